"""Variants of the CTC loss."""

from __future__ import annotations

from ctypes import byref
from typing import Any, Callable, Optional

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._documentation import arguments_of
from .._native import arguments as _arguments
from .._native import library as _library
from .._native.arguments import LabelsLike
from ._call import CTCCall
from ._losses import ctc_loss_and_gradient


@arguments_of(ctc_loss_and_gradient)
def ctc_entropy_and_gradient(
    logits: ArrayLike, labels: LabelsLike, logit_lengths: Optional[ArrayLike] = None,
    label_lengths: Optional[ArrayLike] = None, *,
    blank: int = 0, topology: str = "classic", inputs: str = "logits", weights: Optional[ArrayLike] = None,
    threads: Optional[int] = None,
) -> tuple[NDArray[np.float64], NDArray[Any]]:
    """The entropy of the posterior over each sample's paths, and its derivative with respect to the logits.

    The other arguments are those of `ctc_loss_and_gradient`.

    Returns:
        The entropies `[batch]` of float64, in nats, and the gradient `[batch, time, vocabulary]` of the logits' type.
        If no path fits the labels, the entropy is NaN and the gradient 0.

    Raises:
        ValueError: As from `ctc_loss_and_gradient`.
    """
    call = CTCCall(logits, labels, logit_lengths, label_lengths, blank, topology, inputs, threads)
    return _values_and_gradient(call, weights, _library.ctc_entropies_and_gradient)


@arguments_of(ctc_loss_and_gradient)
def ctc_entropy_regularized_loss_and_gradient(
    logits: ArrayLike, labels: LabelsLike, logit_lengths: Optional[ArrayLike] = None,
    label_lengths: Optional[ArrayLike] = None, *, entropy_weight: float,
    blank: int = 0, topology: str = "classic", inputs: str = "logits", weights: Optional[ArrayLike] = None,
    threads: Optional[int] = None,
) -> tuple[NDArray[np.float64], NDArray[Any]]:
    """The CTC loss with an entropy bonus, `loss - entropy_weight * entropy` (EnCTC: Liu, Jin and Zhang, NeurIPS 2018).

    The entropy is that of `ctc_entropy_and_gradient`.

    Args:
        entropy_weight: The factor of the entropy.

    The other arguments are those of `ctc_loss_and_gradient`.

    Returns:
        The values `[batch]` of float64, and the gradient `[batch, time, vocabulary]` of the logits' type.

    Raises:
        ValueError: As from `ctc_loss_and_gradient`.
    """
    call = CTCCall(logits, labels, logit_lengths, label_lengths, blank, topology, inputs, threads)
    weight = _arguments.number("entropy_weight", entropy_weight)
    return _values_and_gradient(call, weights, _library.ctc_entropy_regularized_losses_and_gradient, weight)


@arguments_of(ctc_loss_and_gradient)
def ctc_path_risk_and_gradient(
    logits: ArrayLike, labels: LabelsLike, logit_lengths: Optional[ArrayLike] = None,
    label_lengths: Optional[ArrayLike] = None, *, costs: ArrayLike,
    blank: int = 0, topology: str = "classic", inputs: str = "logits", weights: Optional[ArrayLike] = None,
    threads: Optional[int] = None,
) -> tuple[NDArray[np.float64], NDArray[Any]]:
    """The expected cost of each sample's paths given the labels, and its derivative with respect to the logits.

    The cost of a path is the sum of the `costs` of its tokens. The expectation over the posterior is exact.

    Args:
        costs: `[batch, time, vocabulary]`, of a floating-point type: the cost of emitting a token in a frame. The
            gradient treats costs as constants.

    The other arguments are those of `ctc_loss_and_gradient`.

    Returns:
        The values `[batch]` of float64, and the gradient `[batch, time, vocabulary]` of the logits' type.

    Raises:
        ValueError: As from `ctc_loss_and_gradient`, or `costs` do not fit the logits.
    """
    call = CTCCall(logits, labels, logit_lengths, label_lengths, blank, topology, inputs, threads)
    array = _arguments.float_array("costs", costs).astype(call.logits.dtype, copy=False)
    tensor = byref(_arguments.tensor(array))
    return _values_and_gradient(call, weights, _library.ctc_path_risks_and_gradient, tensor)


@arguments_of(ctc_loss_and_gradient)
def ctc_prior_corrected_loss_and_gradient(
    logits: ArrayLike, labels: LabelsLike, logit_lengths: Optional[ArrayLike] = None,
    label_lengths: Optional[ArrayLike] = None, *, log_priors: ArrayLike, scale: float = 1.0,
    blank: int = 0, topology: str = "classic", inputs: str = "logits", weights: Optional[ArrayLike] = None,
    threads: Optional[int] = None,
) -> tuple[NDArray[np.float64], NDArray[Any]]:
    """The CTC loss of `log P(token) - scale * log_priors[token]`, not normalized again.

    Source: Huang et al. (arXiv 2406.02560).

    Args:
        log_priors: `[vocabulary]`, finite: natural logarithms of the tokens' prior probabilities, such as the model's
            mean posteriors. The gradient treats them as constants.
        scale: The factor of the log priors.

    The other arguments are those of `ctc_loss_and_gradient`.

    Returns:
        The values `[batch]` of float64, and the gradient `[batch, time, vocabulary]` of the logits' type.

    Raises:
        ValueError: As from `ctc_loss_and_gradient`, or `log_priors` do not fit the logits.
    """
    call = CTCCall(logits, labels, logit_lengths, label_lengths, blank, topology, inputs, threads)
    priors = _arguments.numbers(
        "log_priors", log_priors, (call.vocabulary,), f"a vocabulary of {call.vocabulary}"
    )
    parameters = _arguments.address(priors), _arguments.number("scale", scale)
    return _values_and_gradient(
        call, weights, _library.ctc_prior_corrected_losses_and_gradient, *parameters
    )


@arguments_of(ctc_loss_and_gradient)
def ctc_focal_loss_and_gradient(
    logits: ArrayLike, labels: LabelsLike, logit_lengths: Optional[ArrayLike] = None,
    label_lengths: Optional[ArrayLike] = None, *, focus: float = 2.0,
    blank: int = 0, topology: str = "classic", inputs: str = "logits", weights: Optional[ArrayLike] = None,
    threads: Optional[int] = None,
) -> tuple[NDArray[np.float64], NDArray[Any]]:
    """The focal CTC loss, `(1 - p) ** focus * loss` with `p = exp(-loss)`: down-weights samples that are modeled well.

    Sources: Lin et al. (arXiv 1708.02002); for CTC, Feng et al. (2019).

    Args:
        focus: The exponent; 0 gives the CTC loss.

    The other arguments are those of `ctc_loss_and_gradient`.

    Returns:
        The values `[batch]` of float64, and the gradient `[batch, time, vocabulary]` of the logits' type.

    Raises:
        ValueError: As from `ctc_loss_and_gradient`.
    """
    call = CTCCall(logits, labels, logit_lengths, label_lengths, blank, topology, inputs, threads)
    exponent = _arguments.number("focus", focus)
    return _values_and_gradient(call, weights, _library.ctc_focal_losses_and_gradient, exponent)


@arguments_of(ctc_loss_and_gradient)
def ctc_smoothed_loss_and_gradient(
    logits: ArrayLike, labels: LabelsLike, logit_lengths: Optional[ArrayLike] = None,
    label_lengths: Optional[ArrayLike] = None, *, smoothing: float = 0.1,
    blank: int = 0, topology: str = "classic", inputs: str = "logits", weights: Optional[ArrayLike] = None,
    threads: Optional[int] = None,
) -> tuple[NDArray[np.float64], NDArray[Any]]:
    """The CTC loss with label smoothing, `(1 - smoothing) * loss + smoothing * KL` (Kim et al., arXiv 1711.02212).

    KL is the divergence of each frame's distribution p from the uniform one u, `KL(u || p)`, summed over the frames.

    Args:
        smoothing: The weight of the divergence.

    The other arguments are those of `ctc_loss_and_gradient`.

    Returns:
        The values `[batch]` of float64, and the gradient `[batch, time, vocabulary]` of the logits' type.

    Raises:
        ValueError: As from `ctc_loss_and_gradient`.
    """
    call = CTCCall(logits, labels, logit_lengths, label_lengths, blank, topology, inputs, threads)
    weight = _arguments.number("smoothing", smoothing)
    return _values_and_gradient(call, weights, _library.ctc_smoothed_losses_and_gradient, weight)


def _values_and_gradient(
    call: CTCCall, weights: Optional[ArrayLike], function: Callable[..., None], *parameters: Any
) -> tuple[NDArray[np.float64], NDArray[Any]]:
    """Values and gradient by one of the library's functions, with the parameters that only it has."""
    values = np.empty(call.batch)
    gradient, output = call.like_logits()
    factors = _arguments.weights(weights, call.batch)
    function(*call.arguments, *parameters, _arguments.address(factors), _arguments.address(values), byref(output))
    return values, gradient
