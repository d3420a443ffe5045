"""The best alignment of labels, and samples from the posterior."""

from __future__ import annotations

from collections.abc import Sequence
from ctypes import byref
from typing import NamedTuple, Optional

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._documentation import arguments_of
from .._native import arguments as _arguments
from .._native import library as _library
from .._native import structures as _structures
from .._native.arguments import LabelsLike
from ._call import TransducerCall
from ._losses import rnnt_loss
from ._topologies import Topology, Wildcard


class TransducerAlignment(NamedTuple):
    """The frames in which a path emits each of a sample's labels."""

    frames: NDArray[np.int64]
    """`[labels]`: the frame of each label; -1 if there is no path."""
    durations: NDArray[np.int64]
    """`[labels]`: the number of frames that each label takes; 0 in the standard topology."""
    log_probabilities: NDArray[np.float64]
    """`[labels]`: the log-probability of each label's move, in nats."""
    log_probability: float
    """The log-probability of the whole path, with its blanks; `-inf` if there is no path."""


@arguments_of(rnnt_loss)
def rnnt_best_path(
    logits: ArrayLike, labels: LabelsLike, logit_lengths: Optional[ArrayLike] = None,
    label_lengths: Optional[ArrayLike] = None, *, blank: int = 0, topology: Topology = "standard",
    normalization: str = "softmax", sigma: float = 0.0, omega: float = 0.0, wildcard: Optional[Wildcard] = None,
    windows: Optional[Sequence[ArrayLike]] = None, first_positions: Optional[ArrayLike] = None,
    threads: Optional[int] = None,
) -> list[TransducerAlignment]:
    """The most probable path of each sample with its labels: forced alignment, for every topology.

    The other arguments are those of `rnnt_loss`.

    Returns:
        One path for each sample, with the log-probability `-inf` if there is none.

    Raises:
        ValueError: As from `rnnt_loss`.
    """
    call = TransducerCall(
        logits, labels, logit_lengths, label_lengths, blank, topology, normalization, sigma, omega, wildcard, windows,
        first_positions, threads,
    )
    return [draws[0] for draws in _alignments(call, None)]


@arguments_of(rnnt_loss)
def rnnt_sample(
    logits: ArrayLike, labels: LabelsLike, logit_lengths: Optional[ArrayLike] = None,
    label_lengths: Optional[ArrayLike] = None, *, count: int = 1, seed: int = 0, blank: int = 0,
    topology: Topology = "standard", normalization: str = "softmax", sigma: float = 0.0, omega: float = 0.0,
    wildcard: Optional[Wildcard] = None, windows: Optional[Sequence[ArrayLike]] = None,
    first_positions: Optional[ArrayLike] = None, threads: Optional[int] = None,
) -> list[list[TransducerAlignment]]:
    """Exact and independent samples from the posterior over each sample's paths.

    Args:
        count: The number of paths for each sample, 1 to 2^20; with all frames and labels together at most 2^28.
        seed: Any integer. The same seed gives the same paths.

    The other arguments are those of `rnnt_loss`.

    Returns:
        `count` paths for each sample.

    Raises:
        ValueError: As from `rnnt_loss`, or `count` is out of its bounds.
    """
    call = TransducerCall(
        logits, labels, logit_lengths, label_lengths, blank, topology, normalization, sigma, omega, wildcard, windows,
        first_positions, threads,
    )
    steps = int(np.prod(call.rows.shape[:2])) + int(call.labels.value_count)
    _arguments.check_draws("count", _arguments.index("count", count), 0, 1)
    if call.lengths is not None and call.lengths.size and (call.lengths >= 0).all():
        steps = int(call.lengths.sum()) + int(call.labels.value_count)
    _arguments.check_draws("count", count, steps, 1)
    return _alignments(call, count, _arguments.index("seed", seed) % 2**64)


def _alignments(call: TransducerCall, count: Optional[int], seed: int = 0) -> list[list[TransducerAlignment]]:
    """So many draws for each sample, the best alignment for `None`."""
    draws = 1 if count is None else count
    # Lengths that do not fit are an error before anything is written.
    labels = int(call.counts.sum()) if (call.counts >= 0).all() else 0
    total = labels * draws if labels <= call.labels.value_count else 0
    scores = np.empty((call.batch, draws))
    frames, durations = np.empty(total, np.int64), np.empty(total, np.int64)
    log_probabilities = np.empty(total)
    description = _structures.TransducerAlignments(
        *map(_arguments.address, (scores, frames, durations, log_probabilities))
    )
    if count is None:
        _library.transducer_best_alignments(*call.arguments, byref(description))
    else:
        _library.transducer_sampled_alignments(*call.arguments, count, seed, byref(description))
    result, place = [], 0
    for sample, count_of_labels in enumerate(call.counts.tolist()):
        paths = []
        for draw in range(draws):
            span = slice(place, place + count_of_labels)
            paths.append(
                TransducerAlignment(
                    frames[span], durations[span], log_probabilities[span],
                    float(scores[sample, draw]),
                )
            )
            place += count_of_labels
        result.append(paths)
    return result
