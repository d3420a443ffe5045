"""The best alignment of labels, and samples from the posterior."""

from __future__ import annotations

from ctypes import byref
from typing import NamedTuple, Optional

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._documentation import arguments_of
from .._native import arguments as _arguments
from .._native import library as _library
from .._native import structures as _structures
from .._native.arguments import LabelsLike
from ._call import CTCCall
from ._losses import ctc_loss


class Alignments(NamedTuple):
    """The alignments of a batch: one for each sample, or `count` for each, which is then the second axis."""

    tokens: NDArray[np.int64]
    """`[..., time]`: the token that each frame emits, blanks included; -1 past a sample's frames."""
    label_indices: NDArray[np.int64]
    """`[..., time]`: which of the sample's labels each frame emits; -1 at blanks and past a sample's frames."""
    log_probabilities: NDArray[np.float64]
    """`[...]`: the natural logarithm of each alignment's probability; `-inf` if no path fits the labels."""


@arguments_of(ctc_loss)
def ctc_best_path(
    logits: ArrayLike, labels: LabelsLike, logit_lengths: Optional[ArrayLike] = None,
    label_lengths: Optional[ArrayLike] = None, *, blank: int = 0, topology: str = "classic", inputs: str = "logits",
    threads: Optional[int] = None,
) -> Alignments:
    """The most probable alignment of each sample with its labels: forced alignment.

    Ties go to the lowest lattice state. Memory is O((time · labels)^(2/3)).

    The other arguments are those of `ctc_loss`.

    Returns:
        One alignment for each sample, with the log-probability `-inf` if no path fits the labels.

    Raises:
        ValueError: As from `ctc_loss`.
    """
    call = CTCCall(logits, labels, logit_lengths, label_lengths, blank, topology, inputs, threads)
    result = _empty((call.batch,), call.time)
    _library.ctc_best_alignments(*call.arguments, byref(_description(result)))
    return result


@arguments_of(ctc_loss)
def ctc_sample(
    logits: ArrayLike, labels: LabelsLike, logit_lengths: Optional[ArrayLike] = None,
    label_lengths: Optional[ArrayLike] = None, *, count: int = 1, seed: int = 0,
    blank: int = 0, topology: str = "classic", inputs: str = "logits",
    threads: Optional[int] = None,
) -> Alignments:
    """Exact and independent samples from the posterior over each sample's alignments.

    Args:
        count: The number of alignments for each sample, 0 to 2^20; with all frames together at most 2^28.
        seed: Any integer. The same seed gives the same alignments.

    The other arguments are those of `ctc_loss`.

    Returns:
        `count` alignments for each sample, with the log-probability `-inf` if no path fits the labels.

    Raises:
        ValueError: As from `ctc_loss`, or `count` is out of its bounds.
    """
    call = CTCCall(logits, labels, logit_lengths, label_lengths, blank, topology, inputs, threads)
    count, seed = _arguments.index("count", count), _arguments.index("seed", seed)
    _arguments.check_draws("count", count, call.batch * call.time)
    result = _empty((call.batch, count), call.time)
    _library.ctc_sampled_alignments(*call.arguments, count, seed % 2**64, byref(_description(result)))
    return result


def _empty(shape: tuple[int, ...], time: int) -> Alignments:
    return Alignments(
        np.empty((*shape, time), dtype=np.int64),
        np.empty((*shape, time), dtype=np.int64),
        np.empty(shape),
    )


def _description(alignments: Alignments) -> _structures.CTCAlignments:
    """The C description of the arrays, which have to outlive it."""
    return _structures.CTCAlignments(*map(_arguments.address, alignments))
