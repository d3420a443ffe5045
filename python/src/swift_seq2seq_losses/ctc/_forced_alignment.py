"""Forced alignment with torchaudio's signature."""

from __future__ import annotations

from ctypes import byref
from typing import Any, Optional

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._native import arguments as _arguments
from .._native import library as _library
from .._native.arguments import LabelsLike


def forced_align(
    log_probs: ArrayLike,
    targets: LabelsLike,
    input_lengths: Optional[ArrayLike] = None,
    target_lengths: Optional[ArrayLike] = None,
    blank: int = 0,
    *,
    topology: str = "classic",
    threads: Optional[int] = None,
) -> tuple[NDArray[np.int64], NDArray[Any]]:
    """The best path of each sample with its targets: `torchaudio.functional.forced_align`.

    Exactly the best path, also for hours: memory is O((time · targets)^(2/3)).

    Args:
        log_probs: `[batch, time, vocabulary]`.
        targets: `[batch, targets]`, or any form that `ctc_loss` takes. A target of -1 stands for any tokens but the
            blank, for what a text has not; frames that it takes have the token -1.
        input_lengths: `[batch]`, the frames of each sample; all of them unless given.
        target_lengths: `[batch]`, the targets of each sample.
        blank: The index of the blank token.
        topology: As for `ctc_loss`.
        threads: The most threads to use; one a processor unless given. Results do not depend on it.

    Returns:
        The token of each frame and its log-probability, both `[batch, time]`; past a sample's frames the blank and 0.

    Raises:
        ValueError: A shape, length, target or option does not fit, or a sample has no path; the message names it.
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
