"""Second derivatives of the CTC loss."""

from __future__ import annotations

from ctypes import byref
from typing import Any, Optional

from numpy.typing import ArrayLike, NDArray

from .._documentation import arguments_of
from .._native import arguments as _arguments
from .._native import library as _library
from .._native.arguments import LabelsLike
from ._call import CTCCall
from ._losses import ctc_loss


@arguments_of(ctc_loss)
def ctc_hessian_vector_product(
    logits: ArrayLike, labels: LabelsLike, logit_lengths: Optional[ArrayLike] = None,
    label_lengths: Optional[ArrayLike] = None, *, vector: ArrayLike,
    blank: int = 0, topology: str = "classic", inputs: str = "logits",
    threads: Optional[int] = None,
) -> NDArray[Any]:
    """The product of each sample's Hessian with its part of `vector`.

    The product is exact and costs two to three times as much as a gradient.

    Args:
        vector: `[batch, time, vocabulary]`, real numbers of any type.

    The other arguments are those of `ctc_loss`.

    Returns:
        `[batch, time, vocabulary]`, of the logits' type: 0 past a sample's frames and if no path fits the labels.

    Raises:
        ValueError: As from `ctc_loss`, or `vector` does not fit the logits.
    """
    call = CTCCall(logits, labels, logit_lengths, label_lengths, blank, topology, inputs, threads)
    direction = call.direction(vector)
    product, output = call.like_logits()
    _library.ctc_hessian_vector_products(
        *call.arguments, byref(_arguments.tensor(direction)), byref(output)
    )
    return product


@arguments_of(ctc_loss)
def ctc_hessian(
    logits: ArrayLike, labels: LabelsLike, logit_lengths: Optional[ArrayLike] = None,
    label_lengths: Optional[ArrayLike] = None, *, blank: int = 0, topology: str = "classic", inputs: str = "logits",
    threads: Optional[int] = None,
) -> NDArray[Any]:
    """The matrix of second derivatives of each sample's loss with respect to the logits.

    The other arguments are those of `ctc_loss`.

    Returns:
        `[batch, time, vocabulary, time, vocabulary]`, of the logits' type: 0 past a sample's frames and if no path fits
        the labels.

    Raises:
        ValueError: As from `ctc_loss`, or the matrices do not fit into memory.
    """
    call = CTCCall(logits, labels, logit_lengths, label_lengths, blank, topology, inputs, threads)
    shape = (call.batch, call.time, call.vocabulary, call.time, call.vocabulary)
    hessian = _arguments.empty("logits", shape, call.logits.dtype)
    _library.ctc_hessians(*call.arguments, _arguments.address(hessian), hessian.size)
    return hessian

