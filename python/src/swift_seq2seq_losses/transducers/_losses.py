"""Transducer losses and their gradients."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Optional

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._native import arguments as _arguments
from .._native import library as _library
from .._native.arguments import LabelsLike
from ._call import TransducerCall
from ._topologies import TokenAndDuration, Topology, Wildcard


def rnnt_loss(
    logits: ArrayLike,
    labels: LabelsLike,
    logit_lengths: Optional[ArrayLike] = None,
    label_lengths: Optional[ArrayLike] = None,
    *,
    blank: int = 0,
    topology: Topology = "standard",
    normalization: str = "softmax",
    sigma: float = 0.0,
    omega: float = 0.0,
    wildcard: Optional[Wildcard] = None,
    windows: Optional[Sequence[ArrayLike]] = None,
    first_positions: Optional[ArrayLike] = None,
    threads: Optional[int] = None,
) -> NDArray[np.float64]:
    """The transducer loss (RNN-T, Graves 2012) of each sample.

    Args:
        logits: The joiner's, `[batch, time, labels + 1, vocabulary]`; or `[rows, vocabulary]`, the rows of one
            sample after those of the other without padding, as warp-rnnt's compact form, with both lengths.
        labels: `[batch, labels]`, or in any form that `ctc_loss` takes.
        logit_lengths: `[batch]`, the frames of each sample; all by default.
        label_lengths: `[batch]`, the labels of each sample; all by default.
        blank: The blank's index, anywhere in the vocabulary.
        topology: `"standard"`, where labels take no frame; `"monotonic"`, one symbol a frame; a `MultiBlank` or a
            `TokenAndDuration`.
        normalization: `"softmax"`; `"factored"`, the blank by itself (HAT, arXiv 2003.07705); or `"none"`, for rows
            of log-probabilities, which derivatives are then with respect to.
        sigma: Logit under-normalisation: each move's log-probability is lowered by it.
        omega: The share, 0 to 1, that the standard topology's loss on the same tokens has. NeMo draws one of the
            two with this probability; this is the mean.
        wildcard: What the transcript may leave out.
        windows: For each sample `[labels, 2]`, the first frame at which each label may come and the one after the
            last (arXiv 2011.03072).
        first_positions: `[batch, time]`: rows are of some positions of each frame alone, from these on.
        threads: The most threads; `None` for one a processor. Results do not depend on it.

    Returns:
        `[batch]` of float64, in nats: `inf` where there is no path, NaN for a sample with NaN in a valid row.

    Raises:
        ValueError: A shape, length, label or option does not fit; the message names it.
    """
    call = TransducerCall(
        logits, labels, logit_lengths, label_lengths, blank=blank, topology=topology,
        normalization=normalization, sigma=sigma, omega=omega, wildcard=wildcard, windows=windows,
        first_positions=first_positions, threads=threads,
    )
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
    topology: Topology = "standard",
    normalization: str = "softmax",
    sigma: float = 0.0,
    omega: float = 0.0,
    wildcard: Optional[Wildcard] = None,
    windows: Optional[Sequence[ArrayLike]] = None,
    first_positions: Optional[ArrayLike] = None,
    threads: Optional[int] = None,
    out: Optional[NDArray[Any]] = None,
) -> tuple[NDArray[np.float64], NDArray[Any]]:
    """The transducer loss of each sample, and its derivative by the logits.

    Args:
        fastemit_lambda: Multiplies the labels' shares of the gradient by one more than this (FastEmit,
            arXiv 2010.11148, as NeMo defines it). The loss is without.
        clamp: Values of the gradient are cut off at `-clamp` and `clamp`, after all else; no limit if not
            above 0.
        out: Where the gradient goes: a dense array of the logits' shape and type, which may be the logits
            themselves.

    The other arguments are those of `rnnt_loss`.

    Returns:
        The losses `[batch]`, and the gradient, of the logits' shape and type: 0 past a sample's frames and
        labels.

    Raises:
        ValueError: As from `rnnt_loss`; `out` does not fit the logits.
    """
    call = TransducerCall(
        logits, labels, logit_lengths, label_lengths, blank=blank, topology=topology,
        normalization=normalization, sigma=sigma, omega=omega, wildcard=wildcard, windows=windows,
        first_positions=first_positions, threads=threads, fastemit_lambda=fastemit_lambda, clamp=clamp,
    )
    return call.losses_and_gradient(out)


def tdt_loss(
    logits: ArrayLike,
    labels: LabelsLike,
    logit_lengths: Optional[ArrayLike] = None,
    label_lengths: Optional[ArrayLike] = None,
    durations: Sequence[int] = (),
    *,
    blank: int = 0,
    sigma: float = 0.0,
    omega: float = 0.0,
    threads: Optional[int] = None,
) -> NDArray[np.float64]:
    """The loss of a token-and-duration transducer (arXiv 2304.06795) of each sample.

    Args:
        logits: `[batch, time, labels + 1, vocabulary + durations]`: the last columns are the durations'.
        durations: The frames of each duration.

    The other arguments are those of `rnnt_loss`, which this is with `TokenAndDuration(durations)`.

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


def tdt_loss_and_gradient(
    logits: ArrayLike,
    labels: LabelsLike,
    logit_lengths: Optional[ArrayLike] = None,
    label_lengths: Optional[ArrayLike] = None,
    durations: Sequence[int] = (),
    *,
    blank: int = 0,
    sigma: float = 0.0,
    omega: float = 0.0,
    fastemit_lambda: float = 0.0,
    clamp: float = -1.0,
    threads: Optional[int] = None,
    out: Optional[NDArray[Any]] = None,
) -> tuple[NDArray[np.float64], NDArray[Any]]:
    """The loss of a token-and-duration transducer of each sample, and its derivative by the logits.

    The arguments are those of `tdt_loss` and `rnnt_loss_and_gradient`, which this is with
    `TokenAndDuration(durations)`.

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
