"""Variants of the CTC loss."""

from __future__ import annotations

from ctypes import byref
from typing import Any, Optional

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._native import arguments as _arguments
from .._native import enumerations as _enumerations
from .._native import library as _library
from .._native.arguments import LabelsLike
from ._call import CTCCall

_Result = tuple[NDArray[np.float64], NDArray[Any]]


def ctc_entropy_and_gradient(
    logits: ArrayLike, labels: LabelsLike, logit_lengths: Optional[ArrayLike] = None,
    label_lengths: Optional[ArrayLike] = None, **options: Any,
) -> _Result:
    """The entropy of the posterior of each sample's alignments, in nats, and its derivative by the logits.

    Args:
        options: `blank`, `topology`, `inputs`, `weights` and `threads`, as for `ctc_loss_and_gradient`.

    The other arguments are those of `ctc_loss_and_gradient`.

    Returns:
        The entropies `[batch]`, of float64, and the gradient `[batch, time, vocabulary]` of the logits' type: NaN, and
        a gradient of 0, where no alignment fits.

    Raises:
        ValueError: As from `ctc_loss_and_gradient`.
    """
    return _variant("path_entropy", 0.0, logits, labels, logit_lengths, label_lengths, **options)


def ctc_entropy_regularized_loss_and_gradient(
    logits: ArrayLike, labels: LabelsLike, logit_lengths: Optional[ArrayLike] = None,
    label_lengths: Optional[ArrayLike] = None, *, entropy_weight: float, **options: Any,
) -> _Result:
    """`loss - entropy_weight * entropy` of the alignments (EnCTC: Liu, Jin and Zhang, NeurIPS 2018).

    Args:
        entropy_weight: What the entropy of each sample's alignments, in nats, counts.

    The other arguments are those of `ctc_entropy_and_gradient`.

    Returns:
        The values `[batch]`, of float64, and the gradient `[batch, time, vocabulary]` of the logits' type.

    Raises:
        ValueError: As from `ctc_loss_and_gradient`.
    """
    return _variant(
        "entropy_regularized", _arguments.number("entropy_weight", entropy_weight), logits, labels, logit_lengths,
        label_lengths, **options,
    )


def ctc_path_risk_and_gradient(
    logits: ArrayLike, labels: LabelsLike, logit_lengths: Optional[ArrayLike] = None,
    label_lengths: Optional[ArrayLike] = None, *, costs: ArrayLike, **options: Any,
) -> _Result:
    """The mean over the posterior of each sample's alignments of the sum of their tokens' `costs`, exactly.

    Args:
        costs: `[batch, time, vocabulary]`: what it costs to emit a token in a frame. They have no derivative.

    The other arguments are those of `ctc_entropy_and_gradient`.

    Returns:
        The values `[batch]`, of float64, and the gradient `[batch, time, vocabulary]` of the logits' type.

    Raises:
        ValueError: As from `ctc_loss_and_gradient`; `costs` do not fit the logits.
    """
    return _variant(
        "path_risk", 0.0, logits, labels, logit_lengths, label_lengths, costs=costs, **options
    )


def ctc_prior_corrected_loss_and_gradient(
    logits: ArrayLike, labels: LabelsLike, logit_lengths: Optional[ArrayLike] = None,
    label_lengths: Optional[ArrayLike] = None, *, log_priors: ArrayLike, scale: float = 1.0,
    **options: Any,
) -> _Result:
    """The loss of `log p(k) - scale * log_priors[k]`, not normalised again (Huang et al., arXiv 2406.02560).

    Args:
        log_priors: `[vocabulary]`, finite: natural logarithms of what tokens have anyway, such as the model's own
            mean posteriors.
        scale: What they are multiplied by.

    The other arguments are those of `ctc_entropy_and_gradient`.

    Returns:
        The values `[batch]`, of float64, and the gradient `[batch, time, vocabulary]` of the logits' type.

    Raises:
        ValueError: As from `ctc_loss_and_gradient`; `log_priors` do not fit the logits.
    """
    return _variant(
        "prior_corrected", _arguments.number("scale", scale), logits, labels, logit_lengths, label_lengths,
        log_priors=log_priors, **options,
    )


def ctc_focal_loss_and_gradient(
    logits: ArrayLike, labels: LabelsLike, logit_lengths: Optional[ArrayLike] = None,
    label_lengths: Optional[ArrayLike] = None, *, focus: float = 2.0, **options: Any,
) -> _Result:
    """`(1 - p) ** focus * loss` with `p = exp(-loss)` (Lin et al., arXiv 1708.02002; for CTC Feng et al. 2019).

    Args:
        focus: The exponent; with 0 it is the loss itself.

    The other arguments are those of `ctc_entropy_and_gradient`.

    Returns:
        The values `[batch]`, of float64, and the gradient `[batch, time, vocabulary]` of the logits' type.

    Raises:
        ValueError: As from `ctc_loss_and_gradient`.
    """
    return _variant(
        "focal", _arguments.number("focus", focus), logits, labels, logit_lengths, label_lengths, **options
    )


def ctc_smoothed_loss_and_gradient(
    logits: ArrayLike, labels: LabelsLike, logit_lengths: Optional[ArrayLike] = None,
    label_lengths: Optional[ArrayLike] = None, *, smoothing: float = 0.1, **options: Any,
) -> _Result:
    """`(1 - smoothing) * loss + smoothing * KL`, after Kim et al. (arXiv 1711.02212).

    KL is the divergence of each frame's distribution from the uniform one, `KL(u || p)`, added up over the frames.

    Args:
        smoothing: The share of the divergence.

    The other arguments are those of `ctc_entropy_and_gradient`.

    Returns:
        The values `[batch]`, of float64, and the gradient `[batch, time, vocabulary]` of the logits' type.

    Raises:
        ValueError: As from `ctc_loss_and_gradient`.
    """
    return _variant(
        "smoothed", _arguments.number("smoothing", smoothing), logits, labels, logit_lengths, label_lengths,
        **options,
    )


def _variant(
    variant: str, parameter: float, logits: ArrayLike, labels: LabelsLike, logit_lengths: Optional[ArrayLike],
    label_lengths: Optional[ArrayLike], *, blank: int = 0, topology: str = "classic", inputs: str = "logits",
    weights: Optional[ArrayLike] = None, threads: Optional[int] = None, log_priors: Any = None, costs: Any = None,
) -> _Result:
    call = CTCCall(logits, labels, logit_lengths, label_lengths, blank, topology, inputs, threads)
    values = np.empty(call.batch)
    gradient, output = call.like_logits()
    factors = _arguments.weights(weights, call.batch)
    if variant == "prior_corrected":
        log_priors = _arguments.numbers(
            "log_priors", log_priors, (call.vocabulary,), f"a vocabulary of {call.vocabulary}"
        )
    prices = None
    if variant == "path_risk":
        array = _arguments.float_array("costs", costs).astype(call.logits.dtype, copy=False)
        prices = _arguments.tensor(array)
    _library.variant_values_and_gradient(
        *call.arguments, _enumerations.VARIANTS[variant], parameter, _arguments.address(log_priors),
        None if prices is None else byref(prices), _arguments.address(factors),
        _arguments.address(values), byref(output),
    )
    return values, gradient
