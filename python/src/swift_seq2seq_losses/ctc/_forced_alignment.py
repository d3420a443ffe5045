"""Forced alignment with torchaudio's signature."""

from __future__ import annotations

from ctypes import byref
from typing import Any, Optional

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._documentation import arguments_of
from .._native import arguments as _arguments
from .._native import library as _library
from .._native.arguments import LabelsLike
from ._losses import ctc_loss


@arguments_of(ctc_loss)
def forced_align(
    log_probs: ArrayLike, targets: LabelsLike, input_lengths: Optional[ArrayLike] = None,
    target_lengths: Optional[ArrayLike] = None, blank: int = 0, *, topology: str = "classic",
    threads: Optional[int] = None,
) -> tuple[NDArray[np.int64], NDArray[Any]]:
    """The most probable path of each sample with its targets, as `torchaudio.functional.forced_align`.

    No path is pruned, also for recordings of hours: memory is O((time · targets)^(2/3)).

    Args:
        log_probs: `[batch, time, vocabulary]` of float16, bfloat16, float32 or float64, with any strides: log
            probabilities or logits.
        targets: `[batch, targets]`, or in any form that `ctc_loss` takes. A target of -1 is a wildcard: it matches
            any non-blank tokens, for speech that is missing from the transcript. Frames that it takes get token -1.
        input_lengths: `[batch]`, the number of frames of each sample; by default all frames.
        target_lengths: `[batch]`, the number of targets of each sample.

    The other arguments are those of `ctc_loss`.

    Returns:
        The token of each frame and its log-probability, both `[batch, time]`; past a sample's frames they are the
        blank and 0.

    Raises:
        ValueError: A shape, length, target or option does not fit, or no path fits a sample; the message names it.
    """
    array = _arguments.float_array("log_probs", log_probs)
    batch, time, _ = array.shape
    lengths = _arguments.lengths("input_lengths", input_lengths, batch)
    labels, _ = _arguments.labels(targets, target_lengths, batch, "targets", "target_lengths")
    paths = np.empty((batch, time), dtype=np.int64)
    scores = np.empty((batch, time))
    _library.forced_align(
        byref(_arguments.tensor(array)),
        _arguments.address(lengths),
        byref(labels),
        _arguments.index("blank", blank),
        _arguments.topology_number(topology),
        _arguments.thread_count(threads),
        _arguments.address(paths),
        _arguments.address(scores),
    )
    paths[paths == -2] = blank
    return paths, scores.astype(array.dtype, copy=False)
