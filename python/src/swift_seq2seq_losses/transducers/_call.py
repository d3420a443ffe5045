"""The arguments that all functions of a joiner's logits share."""

from __future__ import annotations

from collections.abc import Sequence
from ctypes import byref
from typing import Any, Optional

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._native import arguments as _arguments
from .._native import enumerations as _enumerations
from .._native import handles as _handles
from .._native import structures as _structures
from .._native.arguments import Array, Integers, LabelsLike
from ._topologies import Topology, Wildcard, topology_numbers


class TransducerCall:
    """The arguments of `rnnt_loss`; those of its gradient are 0 where there is none."""

    def __init__(
        self, logits: ArrayLike, labels: LabelsLike, logit_lengths: Optional[ArrayLike],
        label_lengths: Optional[ArrayLike], blank: int, topology: Topology, normalization: str, sigma: float,
        omega: float, wildcard: Optional[Wildcard], windows: Optional[Sequence[ArrayLike]],
        first_positions: Optional[ArrayLike], threads: Optional[int], fastemit_lambda: float = 0.0,
        clamp: float = 0.0,
    ) -> None:
        array = np.ascontiguousarray(_arguments.array("logits", logits))
        self.shape = array.shape
        self.lengths: Optional[Integers]
        if array.ndim == 2:
            if logit_lengths is None or first_positions is not None:
                raise ValueError("logits: compact rows need logit_lengths, and have no first_positions")
            self.lengths = _arguments.integers("logit_lengths", logit_lengths)
            if self.lengths.ndim != 1:
                raise ValueError(f"logit_lengths: shape {list(self.lengths.shape)}")
            self.batch, positions = len(self.lengths), 0
            rows = array.reshape(1, *array.shape)
        elif array.ndim == 4:
            self.batch, time, positions, vocabulary = array.shape
            if positions == 0:
                raise ValueError(f"logits: shape {list(array.shape)}, without any position")
            self.lengths = _arguments.lengths("logit_lengths", logit_lengths, self.batch)
            rows = array.reshape(self.batch, time * positions, vocabulary)
        else:
            raise ValueError(
                f"logits: shape {list(array.shape)} where [batch, time, labels + 1, vocabulary] or "
                "[rows, vocabulary] is expected"
            )
        self.rows = _arguments.float_array("logits", rows)
        self.labels, self.counts = _arguments.labels(labels, label_lengths, self.batch)
        number, steps, big_blanks = topology_numbers(topology)
        starts = None
        if first_positions is not None:
            starts = _arguments.integers("first_positions", first_positions)
            if starts.shape != self.shape[:2]:
                raise ValueError(
                    f"first_positions: shape {list(starts.shape)} where {list(self.shape[:2])} is expected"
                )
        bounds = None if windows is None else self._windows(windows)
        if wildcard is not None and not isinstance(wildcard, Wildcard):
            raise ValueError(f"wildcard: {wildcard!r} is no Wildcard")
        address, read = _arguments.address, _arguments.number
        skips, log_weight = "none", 0.0
        if wildcard is not None:
            skips = "ends_with_blank" if wildcard.ends_with_blank else "skips_last_blank"
            log_weight = read("wildcard", wildcard.log_weight)
        loss = _handles.transducer(
            _arguments.index("blank", blank), number,
            _arguments.choice("normalization", normalization, _enumerations.TRANSDUCER_NORMALIZATIONS),
            steps, big_blanks, read("sigma", sigma), read("omega", omega), _enumerations.WILDCARDS[skips], log_weight,
            read("fastemit_lambda", fastemit_lambda), read("clamp", clamp), _arguments.thread_count(threads),
        )
        self.description = _structures.TransducerBatch(
            _arguments.tensor(self.rows), address(self.lengths), self.labels, positions, address(starts),
            address(bounds),
        )
        # The structure holds addresses only.
        self._kept = (starts, bounds)
        self.arguments = (loss, byref(self.description))

    def _windows(self, windows: Sequence[ArrayLike]) -> Integers:
        if not hasattr(windows, "__len__"):
            raise ValueError(f"windows: {windows!r} is no list")
        if len(windows) != self.batch:
            raise ValueError(f"windows: {len(windows)} for a batch of {self.batch}")
        rows = []
        for sample, (window, count) in enumerate(zip(windows, self.counts)):
            array = _arguments.integers(f"windows, sample {sample}", window)
            if array.size == 0:
                array = array.reshape(0, 2)
            if array.shape != (count, 2):
                raise ValueError(
                    f"windows, sample {sample}: shape {list(array.shape)} where [{count}, 2] is expected"
                )
            rows.append(array)
        return np.ascontiguousarray(np.concatenate(rows) if rows else np.empty((0, 2), np.int64))

    def gradient_array(self, out: Optional[NDArray[Any]] = None) -> Array:
        """An array for a gradient, of the logits' shape and type: `out` if that is given."""
        if out is None:
            return np.empty_like(self.rows).reshape(self.shape)
        if not isinstance(out, np.ndarray) or out.shape != self.shape or out.dtype != self.rows.dtype:
            raise ValueError("out: not an array of the logits' shape and type")
        if not (out.flags.c_contiguous and out.flags.writeable and out.flags.aligned):
            raise ValueError("out: not dense, or not writeable")
        if out.__array_interface__["data"][0] != _arguments.address(self.rows) and np.may_share_memory(
            out, self.rows
        ):
            raise ValueError("out: overlaps the logits")
        return out
