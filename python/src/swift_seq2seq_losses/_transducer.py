"""Transducer losses of NumPy arrays."""

from __future__ import annotations

from ctypes import byref
from typing import Optional, Tuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import _arguments, _library
from ._arguments import LabelsLike

_TOPOLOGIES = {"standard": 0, "monotonic": 1}


def rnnt_loss(
    logits: ArrayLike,
    labels: LabelsLike,
    logit_lengths: Optional[ArrayLike] = None,
    label_lengths: Optional[ArrayLike] = None,
    *,
    blank: int = 0,
    topology: str = "standard",
    threads: Optional[int] = None,
) -> NDArray[np.float64]:
    """The transducer loss (RNN-T, Graves 2012) of each sample, `[batch]`, in nats.

    Args:
        logits: The joiner's, `[batch, time, labels + 1, vocabulary]`; the softmax is part of the loss.
        labels: `[batch, labels]`, or in any form that `ctc_loss` takes.
        logit_lengths: `[batch]`, the frames of each sample; all by default.
        label_lengths: `[batch]`, the labels of each sample; all by default.
        blank: The blank's index, anywhere in the vocabulary.
        topology: `"standard"`, where labels take no frame, or `"monotonic"`, one symbol a frame.
        threads: The most threads; `None` for one a processor. Results do not depend on it.

    `inf` where there is no path, NaN for a sample with NaN in a valid row.
    """
    call = _Call(logits, labels, logit_lengths, label_lengths, blank, topology, threads)
    losses = np.empty(call.batch)
    _library.transducer_losses_and_gradient(*call.arguments, _arguments.address(losses), None)
    return losses


def rnnt_loss_and_gradient(
    logits: ArrayLike,
    labels: LabelsLike,
    logit_lengths: Optional[ArrayLike] = None,
    label_lengths: Optional[ArrayLike] = None,
    *,
    blank: int = 0,
    fastemit_lambda: float = 0.0,
    clamp: float = -1.0,
    topology: str = "standard",
    threads: Optional[int] = None,
) -> Tuple[NDArray[np.float64], NDArray]:
    """The transducer loss of each sample, and its derivative by the logits.

    Args:
        fastemit_lambda: Multiplies the labels' shares of the gradient by one more than this (FastEmit,
            arXiv 2010.11148, as NeMo defines it). The loss is without.
        clamp: Values of the gradient are cut off at `-clamp` and `clamp`, after all else; no limit if not
            above 0.

    The other arguments are those of `rnnt_loss`.

    Returns:
        The losses `[batch]`, and the gradient, of the logits' shape and type: 0 past a sample's frames and
        labels.
    """
    call = _Call(
        logits, labels, logit_lengths, label_lengths, blank, topology, threads,
        _arguments.number("fastemit_lambda", fastemit_lambda), _arguments.number("clamp", clamp),
    )
    losses, gradient = np.empty(call.batch), np.empty_like(call.rows)
    _library.transducer_losses_and_gradient(
        *call.arguments, _arguments.address(losses), byref(_arguments.tensor(gradient))
    )
    return losses, gradient.reshape(call.shape)


def rnnt_hessian_vector_product(
    logits: ArrayLike,
    labels: LabelsLike,
    logit_lengths: Optional[ArrayLike] = None,
    label_lengths: Optional[ArrayLike] = None,
    *,
    vector: ArrayLike,
    blank: int = 0,
    topology: str = "standard",
    threads: Optional[int] = None,
) -> NDArray:
    """Each sample's Hessian times its part of `vector`, both of the logits' shape.

    Exact, for two to three times the price of a gradient. The other arguments are those of
    `rnnt_loss`.
    """
    call = _Call(logits, labels, logit_lengths, label_lengths, blank, topology, threads)
    direction = np.ascontiguousarray(vector, dtype=call.rows.dtype)
    if direction.shape != call.shape:
        raise ValueError(
            f"vector: shape {list(direction.shape)} where the logits have {list(call.shape)}"
        )
    direction = direction.reshape(call.rows.shape)
    product = np.empty_like(call.rows)
    _library.transducer_hessian_vector_product(
        *call.arguments, byref(_arguments.tensor(direction)), byref(_arguments.tensor(product))
    )
    return product.reshape(call.shape)


class _Call:
    """The arguments that all functions share."""

    def __init__(
        self, logits, labels, logit_lengths, label_lengths, blank, topology, threads, fast_emit=0.0, clamp=0.0
    ):
        array = np.ascontiguousarray(logits)
        if array.ndim != 4:
            raise ValueError(
                f"logits: shape {list(array.shape)} where [batch, time, labels + 1, vocabulary] is expected"
            )
        self.shape = array.shape
        self.batch, time, positions, vocabulary = array.shape
        self.rows = _arguments.float_array(
            "logits", array.reshape(self.batch, time * positions, vocabulary)
        )
        self.lengths = _arguments.lengths("logit_lengths", logit_lengths, self.batch)
        self.labels, _ = _arguments.labels(labels, label_lengths, self.batch)
        self.options = _library.TransducerOptions(
            _arguments.index("blank", blank), positions,
            _arguments.choice("topology", topology, _TOPOLOGIES), fast_emit, clamp,
            _arguments.thread_count(threads),
        )
        self.tensor = _arguments.tensor(self.rows)
        self.arguments = (
            byref(self.options), byref(self.tensor), _arguments.address(self.lengths), byref(self.labels)
        )
