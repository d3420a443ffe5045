"""Transducer topologies and their options."""

from __future__ import annotations

import collections.abc
import dataclasses
from collections.abc import Mapping, Sequence
from typing import Union

from .._native import arguments as _arguments
from .._native import library as _library


@dataclasses.dataclass(frozen=True)
class MultiBlank:
    """The standard topology with additional blanks that take several frames (arXiv 2211.03541)."""

    frames: Mapping[int, int]
    """The number of frames of each additional blank, by its token."""


@dataclasses.dataclass(frozen=True)
class TokenAndDuration:
    """Each step emits a token and a duration (TDT, arXiv 2304.06795).

    The last columns of each row of logits are those of the durations. As in NeMo, a blank takes at least one frame,
    and every path ends with a blank.
    """

    durations: Sequence[int]
    """The number of frames of each duration, in the order of the columns."""


@dataclasses.dataclass(frozen=True)
class Wildcard:
    """Paths may skip frames at both ends, for transcripts that leave speech out (W-transducer, arXiv 2303.10384)."""

    log_weight: float = 0.0
    """Added to a path's log-probability for each jump, in nats."""
    ends_with_blank: bool = True
    """Whether a path that jumps to the end still emits the last frame's blank."""


Topology = Union[str, MultiBlank, TokenAndDuration]

# Topologies without parameters. The others have classes of their own.
_TOPOLOGIES = {
    name: number for name, number in _library.TRANSDUCER_TOPOLOGIES.items()
    if name not in ("multi_blank", "token_and_duration")
}


def topology_numbers(topology: Topology) -> tuple[int, tuple[int, ...], tuple[int, ...]]:
    """C's number of a topology, the frames of its steps, and the tokens of its big blanks."""
    if isinstance(topology, MultiBlank):
        if not isinstance(topology.frames, collections.abc.Mapping):
            raise ValueError(f"topology: {topology.frames!r} is no dictionary")
        tokens = tuple(_arguments.index("topology", token) for token in topology.frames)
        frames = tuple(_arguments.index("topology", count) for count in topology.frames.values())
        return _library.TRANSDUCER_TOPOLOGIES["multi_blank"], frames, tokens
    if isinstance(topology, TokenAndDuration):
        durations = _arguments.integers("topology", topology.durations)
        if durations.ndim != 1:
            raise ValueError(f"topology: durations of shape {list(durations.shape)}")
        return _library.TRANSDUCER_TOPOLOGIES["token_and_duration"], tuple(durations.tolist()), ()
    return _arguments.choice("topology", topology, _TOPOLOGIES), (), ()
