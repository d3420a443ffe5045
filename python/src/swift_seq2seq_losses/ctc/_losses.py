"""The CTC loss and its gradient."""

from __future__ import annotations

from ctypes import byref
from typing import Any, Literal, Optional, Union, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._documentation import arguments_of
from .._native import arguments as _arguments
from .._native import library as _library
from .._native.arguments import LabelsLike
from ._call import CTCCall


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
) -> Union[float, NDArray[np.float64]]: ...


def ctc_loss(
    logits: ArrayLike, labels: LabelsLike, logit_lengths: Optional[ArrayLike] = None,
    label_lengths: Optional[ArrayLike] = None, *, blank: int = 0, topology: str = "classic", inputs: str = "logits",
    reduction: str = "none", threads: Optional[int] = None,
) -> Union[float, NDArray[np.float64]]:
    """The CTC loss of each sample, `-log P(labels | logits)` (Graves et al. 2006).

    `P(labels | logits)` is the sum of the probabilities of all paths that collapse to the labels. Time is
    O(time · (vocabulary + labels)) for each sample.

    Args:
        logits: `[batch, time, vocabulary]` of float16, bfloat16 (ml_dtypes), float32 or float64, with any strides;
            read in place.
        labels: A list of label sequences; a matrix `[batch, width]`, with `label_lengths` if rows are padded; or one
            vector of all labels, with `label_lengths`.
        logit_lengths: `[batch]`, the number of frames of each sample; by default all frames.
        label_lengths: `[batch]`, the number of labels of each sample.
        blank: The index of the blank token.
        topology: "classic" merges repeated labels unless a blank is between them; "simplified" (arXiv 2110.03098)
            keeps repeated labels and removes blanks; "no_blank" (arXiv 2108.10447) merges repeated labels and has no
            blank, so each label takes one frame or more, as in the alignment of speech synthesis.
        inputs: "logits", to which the loss applies a softmax, or "log_probabilities".
        reduction: "none", "sum", "mean" over the batch, or "mean_by_label_length": each loss is divided by its number
            of labels before the mean is taken, which PyTorch calls mean.
        threads: The maximum number of threads; by default one for each processor. Results do not depend on it.

    Returns:
        `[batch]` of float64, or one number if reduced, in nats: `inf` if no path fits the labels, NaN if a valid
        frame of the sample holds NaN.

    Raises:
        ValueError: A shape, length, label or option does not fit; the message names it.
    """
    call = CTCCall(logits, labels, logit_lengths, label_lengths, blank, topology, inputs, threads)
    weights = call.reduction_weights(reduction)
    losses = np.empty(call.batch)
    _library.ctc_losses(*call.arguments, _arguments.address(losses))
    return call.reduce(losses, reduction, weights)


@overload
def ctc_loss_and_gradient(
    logits: ArrayLike, labels: LabelsLike, logit_lengths: Optional[ArrayLike] = None,
    label_lengths: Optional[ArrayLike] = None, *, blank: int = 0, topology: str = "classic", inputs: str = "logits",
    reduction: Literal["none"] = "none", weights: Optional[ArrayLike] = None,
    threads: Optional[int] = None, out: Optional[NDArray[Any]] = None,
) -> tuple[NDArray[np.float64], NDArray[Any]]: ...


@overload
def ctc_loss_and_gradient(
    logits: ArrayLike, labels: LabelsLike, logit_lengths: Optional[ArrayLike] = None,
    label_lengths: Optional[ArrayLike] = None, *, blank: int = 0, topology: str = "classic", inputs: str = "logits",
    reduction: Literal["sum", "mean", "mean_by_label_length"], weights: Optional[ArrayLike] = None,
    threads: Optional[int] = None, out: Optional[NDArray[Any]] = None,
) -> tuple[float, NDArray[Any]]: ...


@overload
def ctc_loss_and_gradient(
    logits: ArrayLike, labels: LabelsLike, logit_lengths: Optional[ArrayLike] = None,
    label_lengths: Optional[ArrayLike] = None, *, blank: int = 0, topology: str = "classic", inputs: str = "logits",
    reduction: str, weights: Optional[ArrayLike] = None,
    threads: Optional[int] = None, out: Optional[NDArray[Any]] = None,
) -> tuple[Union[float, NDArray[np.float64]], NDArray[Any]]: ...


@arguments_of(ctc_loss)
def ctc_loss_and_gradient(
    logits: ArrayLike, labels: LabelsLike, logit_lengths: Optional[ArrayLike] = None,
    label_lengths: Optional[ArrayLike] = None, *, blank: int = 0, topology: str = "classic", inputs: str = "logits",
    reduction: str = "none", weights: Optional[ArrayLike] = None, threads: Optional[int] = None,
    out: Optional[NDArray[Any]] = None,
) -> tuple[Union[float, NDArray[np.float64]], NDArray[Any]]:
    """The CTC loss of each sample, and its derivative with respect to the logits (or the log-probabilities).

    Args:
        weights: `[batch]`, factors of the samples' gradients, in addition to the reduction; the losses stay as they
            are. A weight that is not finite makes the sample's gradient not finite.
        out: An array for the gradient, of the logits' shape and type, with any strides. It saves the time in which
            the operating system provides a large new array, which may be as long as that of the loss.

    The other arguments are those of `ctc_loss`.

    Returns:
        The losses as from `ctc_loss`, and the gradient `[batch, time, vocabulary]` of the logits' type: that of each
        sample's own loss if not reduced. It is 0 past a sample's frames and for a sample whose loss is `inf`, and NaN
        for a sample whose valid frames hold NaN.

    Raises:
        ValueError: As from `ctc_loss`, or `weights` or `out` do not fit the logits.
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
    _library.ctc_losses_and_gradient(
        *call.arguments, _arguments.address(factors), _arguments.address(losses), byref(output)
    )
    return call.reduce(losses, reduction, reduction_weights), gradient
