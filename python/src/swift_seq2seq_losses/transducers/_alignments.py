"""Best and sampled alignments of labels."""

from __future__ import annotations

from typing import Any, NamedTuple, Optional

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._native import arguments as _arguments
from .._native import library as _library
from .._native.arguments import LabelsLike
from ._call import TransducerCall


class TransducerAlignment(NamedTuple):
    """When a path emits each of a sample's labels."""

    frames: NDArray[np.int64]
    """`[labels]`: the frame of each; -1 where there is no path."""
    durations: NDArray[np.int64]
    """`[labels]`: the frames that each takes; 0 in the standard topology."""
    log_probabilities: NDArray[np.float64]
    """`[labels]`: of each label's move."""
    log_probability: float
    """Of the whole path, blanks too; `-inf` where there is none."""


def rnnt_best_path(
    logits: ArrayLike,
    labels: LabelsLike,
    logit_lengths: Optional[ArrayLike] = None,
    label_lengths: Optional[ArrayLike] = None,
    **options: Any,
) -> list[TransducerAlignment]:
    """The most probable path of each sample with its labels: forced alignment, for every topology.

    Args:
        options: Those of `rnnt_loss`, by name.

    The other arguments are those of `rnnt_loss`.

    Returns:
        For each sample its path, whose log-probability is `-inf` where there is none.

    Raises:
        ValueError: As from `rnnt_loss`.
    """
    call = TransducerCall(logits, labels, logit_lengths, label_lengths, **options)
    return [draws[0] for draws in _alignments(call, 0, 0)]


def rnnt_sample(
    logits: ArrayLike,
    labels: LabelsLike,
    logit_lengths: Optional[ArrayLike] = None,
    label_lengths: Optional[ArrayLike] = None,
    *,
    count: int,
    seed: int = 0,
    **options: Any,
) -> list[list[TransducerAlignment]]:
    """Exact, independent draws from the posterior of each sample's paths.

    Args:
        count: The number of draws, 1 to 2^20, and with all frames and labels together at most 2^28.
        seed: The same gives the same draws.
        options: Those of `rnnt_loss`, by name.

    The other arguments are those of `rnnt_loss`.

    Returns:
        For each sample `count` paths.

    Raises:
        ValueError: As from `rnnt_loss`; `count` is out of its bounds.
    """
    call = TransducerCall(logits, labels, logit_lengths, label_lengths, **options)
    steps = int(np.prod(call.rows.shape[:2])) + int(call.labels.value_count)
    _arguments.check_draws("count", _arguments.index("count", count), 0, 1)
    if call.lengths is not None and call.lengths.size and (call.lengths >= 0).all():
        steps = int(call.lengths.sum()) + int(call.labels.value_count)
    _arguments.check_draws("count", count, steps, 1)
    return _alignments(call, count, _arguments.index("seed", seed) % 2**64)


def _alignments(call: TransducerCall, count: int, seed: int) -> list[list[TransducerAlignment]]:
    draws = max(1, count)
    # Lengths that do not fit are an error before anything is written.
    labels = int(call.counts.sum()) if (call.counts >= 0).all() else 0
    total = labels * draws if labels <= call.labels.value_count else 0
    scores = np.empty((call.batch, draws))
    frames, durations = np.empty(total, np.int64), np.empty(total, np.int64)
    log_probabilities = np.empty(total)
    _library.transducer_alignments(
        *call.arguments, count, seed,
        *map(_arguments.address, (scores, frames, durations, log_probabilities)),
    )
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
