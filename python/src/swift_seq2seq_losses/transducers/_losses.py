"""Transducer losses and their gradients."""

from __future__ import annotations

from collections.abc import Sequence
from ctypes import byref
from typing import Any, Optional

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._documentation import arguments_of
from .._native import arguments as _arguments
from .._native import library as _library
from .._native.arguments import LabelsLike
from ._call import TransducerCall
from ._topologies import TokenAndDuration, Topology, Wildcard


def rnnt_loss(
    logits: ArrayLike, labels: LabelsLike, logit_lengths: Optional[ArrayLike] = None,
    label_lengths: Optional[ArrayLike] = None, *, blank: int = 0, topology: Topology = "standard",
    normalization: str = "softmax", sigma: float = 0.0, omega: float = 0.0, wildcard: Optional[Wildcard] = None,
    windows: Optional[Sequence[ArrayLike]] = None, first_positions: Optional[ArrayLike] = None,
    threads: Optional[int] = None,
) -> NDArray[np.float64]:
    """The transducer loss of each sample, `-log P(labels | logits)` (RNN-T, Graves 2012, arXiv 1211.3711).

    Args:
        logits: The joiner's outputs, `[batch, time, labels + 1, vocabulary]` of float16, bfloat16 (ml_dtypes), float32
            or float64; or `[rows, vocabulary]`, the rows of all samples one after the other without padding (the
            compact form of warp-rnnt), which needs both lengths.
        labels: `[batch, labels]`, or in any form that `ctc_loss` takes.
        logit_lengths: `[batch]`, the number of frames of each sample; by default all frames.
        label_lengths: `[batch]`, the number of labels of each sample; by default all labels.
        blank: The index of the blank token.
        topology: "standard", where labels take no frame; "monotonic", with one symbol per frame; a `MultiBlank` or a
            `TokenAndDuration`.
        normalization: "softmax"; "factored", which models the blank on its own (HAT, arXiv 2003.07705); or "none", if
            rows hold log-probabilities: derivatives are then with respect to those.
        sigma: Logit under-normalization (arXiv 2304.06795): subtracted from each move's log-probability, in nats.
        omega: The weight, 0 to 1, of the standard topology's loss on the same tokens. NeMo draws one of the two
            losses with this probability; this is the expectation.
        wildcard: Frames at both ends that the transcript may leave out; by default none.
        windows: For each sample `[labels, 2]`: the first frame in which each label may come, and the frame after the
            last (arXiv 2011.03072).
        first_positions: `[batch, time]`: the rows of a frame are those of some label positions only, from this one
            on, as after pruning.
        threads: The maximum number of threads; by default one for each processor. Results do not depend on it.

    Returns:
        `[batch]` of float64, in nats: `inf` if there is no path, NaN if a valid row of the sample holds NaN.

    Raises:
        ValueError: A shape, length, label or option does not fit; the message names it.
    """
    call = TransducerCall(
        logits, labels, logit_lengths, label_lengths, blank, topology, normalization, sigma, omega, wildcard, windows,
        first_positions, threads,
    )
    losses = np.empty(call.batch)
    _library.transducer_losses(*call.arguments, _arguments.address(losses))
    return losses


@arguments_of(rnnt_loss)
def rnnt_loss_and_gradient(
    logits: ArrayLike, labels: LabelsLike, logit_lengths: Optional[ArrayLike] = None,
    label_lengths: Optional[ArrayLike] = None, *, blank: int = 0, topology: Topology = "standard",
    normalization: str = "softmax", sigma: float = 0.0, omega: float = 0.0, wildcard: Optional[Wildcard] = None,
    windows: Optional[Sequence[ArrayLike]] = None, first_positions: Optional[ArrayLike] = None,
    fastemit_lambda: float = 0.0, clamp: float = -1.0, threads: Optional[int] = None,
    out: Optional[NDArray[Any]] = None,
) -> tuple[NDArray[np.float64], NDArray[Any]]:
    """The transducer loss of each sample, and its derivative with respect to the logits.

    Args:
        fastemit_lambda: The gradient through labels is multiplied by `1 + fastemit_lambda` (FastEmit, arXiv
            2010.11148, as in NeMo). The loss stays as it is.
        clamp: At the end, values of the gradient are limited to `-clamp` to `clamp`; no limit unless above 0.
        out: An array for the gradient: dense, of the logits' shape and type. It may be the logits.

    The other arguments are those of `rnnt_loss`.

    Returns:
        The losses `[batch]` as from `rnnt_loss`, and the gradient, of the logits' shape and type: 0 past a sample's
        frames and labels, and for a sample whose loss is `inf`.

    Raises:
        ValueError: As from `rnnt_loss`, or `out` does not fit the logits.
    """
    call = TransducerCall(
        logits, labels, logit_lengths, label_lengths, blank, topology, normalization, sigma, omega, wildcard, windows,
        first_positions, threads, fastemit_lambda, clamp,
    )
    gradient = call.gradient_array(out)
    losses = np.empty(call.batch)
    _library.transducer_losses_and_gradient(
        *call.arguments, None, _arguments.address(losses),
        byref(_arguments.tensor(gradient.reshape(call.rows.shape))),
    )
    return losses, gradient


@arguments_of(rnnt_loss)
def tdt_loss(
    logits: ArrayLike, labels: LabelsLike, logit_lengths: Optional[ArrayLike] = None,
    label_lengths: Optional[ArrayLike] = None, durations: Sequence[int] = (), *, blank: int = 0, sigma: float = 0.0,
    omega: float = 0.0, threads: Optional[int] = None,
) -> NDArray[np.float64]:
    """The loss of a token-and-duration transducer of each sample (TDT, arXiv 2304.06795).

    This is `rnnt_loss` with the topology `TokenAndDuration(durations)`.

    Args:
        logits: `[batch, time, labels + 1, vocabulary + durations]`; the last columns are the durations' logits.
        durations: The number of frames of each duration.

    The other arguments are those of `rnnt_loss`.

    Returns:
        `[batch]` of float64, in nats, as from `rnnt_loss`.

    Raises:
        ValueError: As from `rnnt_loss`.
    """
    with _arguments.renamed(topology="durations"):
        return rnnt_loss(
            logits, labels, logit_lengths, label_lengths, blank=blank,
            topology=TokenAndDuration(durations), sigma=sigma, omega=omega, threads=threads,
        )


@arguments_of(tdt_loss, rnnt_loss_and_gradient)
def tdt_loss_and_gradient(
    logits: ArrayLike, labels: LabelsLike, logit_lengths: Optional[ArrayLike] = None,
    label_lengths: Optional[ArrayLike] = None, durations: Sequence[int] = (), *, blank: int = 0, sigma: float = 0.0,
    omega: float = 0.0, fastemit_lambda: float = 0.0, clamp: float = -1.0, threads: Optional[int] = None,
    out: Optional[NDArray[Any]] = None,
) -> tuple[NDArray[np.float64], NDArray[Any]]:
    """The loss of a token-and-duration transducer of each sample, and its derivative with respect to the logits.

    This is `rnnt_loss_and_gradient` with the topology `TokenAndDuration(durations)`.

    The arguments are those of `tdt_loss` and `rnnt_loss_and_gradient`.

    Returns:
        The losses `[batch]`, and the gradient, of the logits' shape and type.

    Raises:
        ValueError: As from `rnnt_loss_and_gradient`.
    """
    with _arguments.renamed(topology="durations"):
        return rnnt_loss_and_gradient(
            logits, labels, logit_lengths, label_lengths, blank=blank,
            topology=TokenAndDuration(durations), sigma=sigma, omega=omega,
            fastemit_lambda=fastemit_lambda, clamp=clamp, threads=threads, out=out,
        )
