"""Second derivatives of the CTC loss."""

from __future__ import annotations

from ctypes import byref
from typing import Any, Optional

from numpy.typing import ArrayLike, NDArray

from .._native import arguments as _arguments
from .._native import library as _library
from .._native.arguments import LabelsLike
from ._call import CTCCall


def ctc_hessian_vector_product(
    logits: ArrayLike,
    labels: LabelsLike,
    logit_lengths: Optional[ArrayLike] = None,
    label_lengths: Optional[ArrayLike] = None,
    *,
    vector: ArrayLike,
    blank: int = 0,
    topology: str = "classic",
    inputs: str = "logits",
    threads: Optional[int] = None,
) -> NDArray[Any]:
    """Each sample's Hessian times its part of `vector`.

    Exact, for two to three times the price of a gradient.

    Args:
        vector: `[batch, time, vocabulary]`, of any floating-point type.

    The other arguments are those of `ctc_loss`.

    Returns:
        `[batch, time, vocabulary]`, of the logits' type: 0 past a sample's frames and where no alignment fits.

    Raises:
        ValueError: As from `ctc_loss`; `vector` does not fit the logits.
    """
    call = CTCCall(logits, labels, logit_lengths, label_lengths, blank, topology, inputs, threads)
    direction = _arguments.float_array("vector", vector)
    if direction.shape != call.logits.shape:
        raise ValueError(
            f"vector: shape {list(direction.shape)} where the logits have {list(call.logits.shape)}"
        )
    if direction.dtype != call.logits.dtype:
        direction = direction.astype(call.logits.dtype)
    product, output = call.like_logits()
    _library.hessian_vector_product(
        *call.arguments, byref(_arguments.tensor(direction)), byref(output)
    )
    return product


def ctc_hessian(
    logits: ArrayLike,
    labels: LabelsLike,
    logit_lengths: Optional[ArrayLike] = None,
    label_lengths: Optional[ArrayLike] = None,
    *,
    blank: int = 0,
    topology: str = "classic",
    inputs: str = "logits",
    threads: Optional[int] = None,
) -> NDArray[Any]:
    """Each sample's matrix of second derivatives of the loss by the logits.

    The arguments are those of `ctc_loss`.

    Returns:
        `[batch, time, vocabulary, time, vocabulary]`, of the logits' type: 0 past a sample's frames and where no
        alignment fits.

    Raises:
        ValueError: As from `ctc_loss`; the matrices do not fit into memory.
    """
    call = CTCCall(logits, labels, logit_lengths, label_lengths, blank, topology, inputs, threads)
    shape = (call.batch, call.time, call.vocabulary, call.time, call.vocabulary)
    hessian = _arguments.empty("logits", shape, call.logits.dtype)
    _library.hessian(*call.arguments, _arguments.address(hessian), hessian.size)
    return hessian
