"""The CTC loss and its gradient."""

from __future__ import annotations

from ctypes import byref
from typing import Any, Literal, Optional, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._native import arguments as _arguments
from .._native import library as _library
from .._native.arguments import LabelsLike
from ._call import CTCCall, Loss


@overload
def ctc_loss(
    logits: ArrayLike, labels: LabelsLike, logit_lengths: Optional[ArrayLike] = None,
    label_lengths: Optional[ArrayLike] = None, *, blank: int = 0, topology: str = "classic", inputs: str = "logits",
    reduction: Literal["none"] = "none", threads: Optional[int] = None,
) -> NDArray[np.float64]: ...


@overload
def ctc_loss(
    logits: ArrayLike, labels: LabelsLike, logit_lengths: Optional[ArrayLike] = None,
    label_lengths: Optional[ArrayLike] = None, *, blank: int = 0, topology: str = "classic", inputs: str = "logits",
    reduction: Literal["sum", "mean", "mean_by_label_length"], threads: Optional[int] = None,
) -> float: ...


@overload
def ctc_loss(
    logits: ArrayLike, labels: LabelsLike, logit_lengths: Optional[ArrayLike] = None,
    label_lengths: Optional[ArrayLike] = None, *, blank: int = 0, topology: str = "classic", inputs: str = "logits",
    reduction: str, threads: Optional[int] = None,
) -> Loss: ...


def ctc_loss(
    logits: ArrayLike,
    labels: LabelsLike,
    logit_lengths: Optional[ArrayLike] = None,
    label_lengths: Optional[ArrayLike] = None,
    *,
    blank: int = 0,
    topology: str = "classic",
    inputs: str = "logits",
    reduction: str = "none",
    threads: Optional[int] = None,
) -> Loss:
    """Minus the natural logarithm of the probability of each sample's labels.

    Args:
        logits: `[batch, time, vocabulary]` of float16, bfloat16 (ml_dtypes), float32 or float64,
            with any strides; read where it lies.
        labels: A list of sequences; or a matrix `[batch, width]`, whose rows are padded after
            `label_lengths`; or with `label_lengths` one vector of all labels.
        logit_lengths: `[batch]`, the frames of each sample; all of them unless given.
        label_lengths: `[batch]`, the labels of each sample.
        blank: The index of the blank token.
        topology: "classic" collapses repeated labels unless a blank is between them; "simplified"
            does not collapse them: only blanks are removed; "no_blank" collapses them and has no
            blank: each label takes one frame or more, as in the alignment of speech synthesis.
        inputs: "logits", whose softmax is part of the loss, or "log_probabilities".
        reduction: "none", "sum", "mean" over the batch, or "mean_by_label_length": the mean of each
            loss divided by its number of labels, what PyTorch calls mean.
        threads: The most threads to use; one a processor unless given. Results do not depend on it.

    Returns:
        `[batch]` of float64, or one number if reduced: `inf` where no alignment fits, NaN for a
        sample whose valid frames hold NaN.

    Raises:
        ValueError: A shape, length, label or option does not fit; the message names it.
    """
    call = CTCCall(logits, labels, logit_lengths, label_lengths, blank, topology, inputs, threads)
    weights = call.reduction_weights(reduction)
    losses = np.empty(call.batch)
    _library.losses(*call.arguments, _arguments.address(losses))
    return call.reduce(losses, reduction, weights)


@overload
def ctc_loss_and_gradient(
    logits: ArrayLike, labels: LabelsLike, logit_lengths: Optional[ArrayLike] = None,
    label_lengths: Optional[ArrayLike] = None, *, blank: int = 0, topology: str = "classic", inputs: str = "logits",
    reduction: Literal["none"] = "none",
    weights: Optional[ArrayLike] = None, threads: Optional[int] = None, out: Optional[NDArray[Any]] = None,
) -> tuple[NDArray[np.float64], NDArray[Any]]: ...


@overload
def ctc_loss_and_gradient(
    logits: ArrayLike, labels: LabelsLike, logit_lengths: Optional[ArrayLike] = None,
    label_lengths: Optional[ArrayLike] = None, *, blank: int = 0, topology: str = "classic", inputs: str = "logits",
    reduction: Literal["sum", "mean", "mean_by_label_length"],
    weights: Optional[ArrayLike] = None, threads: Optional[int] = None, out: Optional[NDArray[Any]] = None,
) -> tuple[float, NDArray[Any]]: ...


@overload
def ctc_loss_and_gradient(
    logits: ArrayLike, labels: LabelsLike, logit_lengths: Optional[ArrayLike] = None,
    label_lengths: Optional[ArrayLike] = None, *, blank: int = 0, topology: str = "classic", inputs: str = "logits",
    reduction: str,
    weights: Optional[ArrayLike] = None, threads: Optional[int] = None, out: Optional[NDArray[Any]] = None,
) -> tuple[Loss, NDArray[Any]]: ...


def ctc_loss_and_gradient(
    logits: ArrayLike,
    labels: LabelsLike,
    logit_lengths: Optional[ArrayLike] = None,
    label_lengths: Optional[ArrayLike] = None,
    *,
    blank: int = 0,
    topology: str = "classic",
    inputs: str = "logits",
    reduction: str = "none",
    weights: Optional[ArrayLike] = None,
    threads: Optional[int] = None,
    out: Optional[NDArray[Any]] = None,
) -> tuple[Loss, NDArray[Any]]:
    """The loss and its derivative by the logits (or the log-probabilities).

    Args:
        weights: `[batch]`, what each sample's gradient is multiplied by, besides the reduction;
            not the losses. One that is not finite makes a gradient that is not.
        out: An array for the gradient, of the logits' shape and type and with any strides: a large new
            array costs the operating system as much time as the loss takes.

    The other arguments are those of `ctc_loss`.

    Returns:
        The loss as from `ctc_loss`, and the gradient `[batch, time, vocabulary]` of the logits'
        type: of each sample's own loss if not reduced. 0 past a sample's frames and where no
        alignment fits, NaN for a sample whose valid frames hold NaN.

    Raises:
        ValueError: As from `ctc_loss`; `weights` or `out` do not fit the logits.
    """
    call = CTCCall(logits, labels, logit_lengths, label_lengths, blank, topology, inputs, threads)
    reduction_weights = call.reduction_weights(reduction)
    factors = _arguments.weights(weights, call.batch)
    if factors is None:
        factors = reduction_weights
    elif reduction_weights is not None:
        factors = factors * reduction_weights
    losses = np.empty(call.batch)
    gradient, output = call.like_logits(out)
    _library.losses_and_gradient(
        *call.arguments, _arguments.address(factors), _arguments.address(losses), byref(output)
    )
    return call.reduce(losses, reduction, reduction_weights), gradient
