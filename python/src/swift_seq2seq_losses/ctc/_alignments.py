"""Best and sampled alignments of labels."""

from __future__ import annotations

from typing import NamedTuple, Optional

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._native import arguments as _arguments
from .._native import library as _library
from .._native.arguments import LabelsLike
from ._call import CTCCall


class Alignments(NamedTuple):
    """Alignments of a batch, `[batch]` or `[batch, count]` of them; -1 past a sample's frames."""

    tokens: NDArray[np.int64]
    """`[..., time]`: the token that each frame emits, the blank included."""
    label_indices: NDArray[np.int64]
    """`[..., time]`: which of the sample's labels each frame emits, -1 at a blank."""
    log_probabilities: NDArray[np.float64]
    """`[...]`: the natural logarithm of each alignment's probability, `-inf` where there is none."""


def ctc_best_path(
    logits: ArrayLike,
    labels: LabelsLike,
    logit_lengths: Optional[ArrayLike] = None,
    label_lengths: Optional[ArrayLike] = None,
    *,
    blank: int = 0,
    topology: str = "classic",
    inputs: str = "logits",
    threads: Optional[int] = None,
) -> Alignments:
    """The most probable alignment of each sample with its labels: forced alignment.

    The arguments are those of `ctc_loss`. Ties go to the lowest lattice state.

    Returns:
        One alignment for each sample; where none fits it has the log-probability `-inf`.

    Raises:
        ValueError: As from `ctc_loss`.
    """
    call = CTCCall(logits, labels, logit_lengths, label_lengths, blank, topology, inputs, threads)
    result = _alignments((call.batch,), call.time)
    _library.best_alignments(*call.arguments, *map(_arguments.address, result))
    return result


def ctc_sample(
    logits: ArrayLike,
    labels: LabelsLike,
    logit_lengths: Optional[ArrayLike] = None,
    label_lengths: Optional[ArrayLike] = None,
    *,
    count: int = 1,
    seed: int = 0,
    blank: int = 0,
    topology: str = "classic",
    inputs: str = "logits",
    threads: Optional[int] = None,
) -> Alignments:
    """Exact, independent draws from the posterior of each sample's alignments.

    Args:
        count: The number of draws, 0 to 2^20, and with all frames together at most 2^28.
        seed: The same gives the same draws.

    The other arguments are those of `ctc_loss`.

    Returns:
        `count` alignments for each sample; where none fits they have the log-probability `-inf`.

    Raises:
        ValueError: As from `ctc_loss`; `count` is out of its bounds.
    """
    call = CTCCall(logits, labels, logit_lengths, label_lengths, blank, topology, inputs, threads)
    count, seed = _arguments.index("count", count), _arguments.index("seed", seed)
    _arguments.check_draws("count", count, call.batch * call.time)
    result = _alignments((call.batch, count), call.time)
    _library.sampled_alignments(
        *call.arguments, count, seed % 2**64, *map(_arguments.address, result)
    )
    return result


def _alignments(shape: tuple[int, ...], time: int) -> Alignments:
    return Alignments(
        np.empty((*shape, time), dtype=np.int64),
        np.empty((*shape, time), dtype=np.int64),
        np.empty(shape),
    )
