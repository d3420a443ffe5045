"""The arguments that the functions of additive joiners share."""

from __future__ import annotations

from ctypes import byref
from typing import Any, Optional

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._native import arguments as _arguments
from .._native import handles as _handles
from .._native import library as _library
from .._native import structures as _structures
from .._native.arguments import Doubles

# k2's names of the standard and the monotonic `seq2seq_transducer_topology`.
RNNT_TYPES = {
    "regular": _library.TRANSDUCER_TOPOLOGIES["standard"],
    "modified": _library.TRANSDUCER_TOPOLOGIES["monotonic"],
}


class AdditiveCall:
    """The arguments of an additive loss."""

    def __init__(
        self, lm: ArrayLike, am: ArrayLike, symbols: ArrayLike, termination_symbol: int,
        boundary: Optional[ArrayLike], rnnt_type: str, threads: Optional[int], lm_only_scale: float = 0.0,
        am_only_scale: float = 0.0, fast_emit: float = 0.0,
    ) -> None:
        self.lm = _arguments.float_array("lm", np.ascontiguousarray(_arguments.array("lm", lm)))
        self.am = _arguments.float_array("am", np.ascontiguousarray(_arguments.array("am", am)))
        labels = _arguments.integers("symbols", symbols)
        batch, self.time, _ = self.am.shape
        if labels.ndim != 2 or labels.shape != (batch, self.lm.shape[1] - 1):
            raise ValueError(
                f"symbols: shape {list(labels.shape)} where lm has {list(self.lm.shape)} and am "
                f"{list(self.am.shape)}"
            )
        counts, self.lengths = boundary_lengths(boundary, batch, labels.shape[1], self.time)
        self.labels, _ = _arguments.labels(labels, counts, batch, "symbols", "boundary")
        self.is_modified = _arguments.choice("rnnt_type", rnnt_type, RNNT_TYPES)
        self.loss = _handles.additive_transducer(
            _arguments.index("termination_symbol", termination_symbol), self.is_modified,
            _arguments.number("lm_only_scale", lm_only_scale),
            _arguments.number("am_only_scale", am_only_scale),
            _arguments.number("fastemit_lambda", fast_emit), _arguments.thread_count(threads),
        )

    def run(self, with_gradients: bool, with_occupancies: bool) -> tuple[Doubles, Any, Any]:
        """Losses, gradients, and occupancies in k2's order of axes; `None` for those that are not asked for."""
        batch, positions, _ = self.lm.shape
        losses = np.empty(batch)
        gradients = (np.empty_like(self.lm), np.empty_like(self.am)) if with_gradients else None
        of_lm, of_am = [byref(_arguments.tensor(g)) for g in gradients] if gradients else (None, None)
        description = _structures.AdditiveTransducerBatch(
            _arguments.tensor(self.am), _arguments.tensor(self.lm), _arguments.address(self.lengths), self.labels
        )
        arguments = (self.loss, byref(description), _arguments.address(losses))
        if not with_occupancies:
            if gradients:
                _library.additive_transducer_losses_and_gradients(*arguments, of_am, of_lm)
            else:
                _library.additive_transducer_losses(*arguments)
            return losses, gradients, None
        occupancies = np.empty((batch, self.time, positions, 2))
        address = _arguments.address(occupancies)
        if gradients:
            _library.additive_transducer_losses_gradients_and_occupancies(*arguments, of_am, of_lm, address)
        else:
            _library.additive_transducer_losses_and_occupancies(*arguments, address)
        py_grad = np.ascontiguousarray(occupancies[..., 0].transpose(0, 2, 1))
        px_grad = np.zeros((batch, positions - 1, self.time + (not self.is_modified)))
        px_grad[:, :, :self.time] = occupancies[:, :, :-1, 1].transpose(0, 2, 1)
        return losses, gradients, (px_grad, py_grad)


def boundary_lengths(
    boundary: Optional[ArrayLike], batch: int, labels: int, time: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The number of labels and of frames of each sample, from k2's `boundary`."""
    if boundary is None:
        return np.full(batch, labels, np.int64), np.full(batch, time, np.int64)
    array = _arguments.integers("boundary", boundary)
    if array.shape != (batch, 4):
        raise ValueError(f"boundary: shape {list(array.shape)} where [{batch}, 4] is expected")
    if array[:, :2].any():
        raise ValueError("boundary: samples that do not begin at 0")
    return np.ascontiguousarray(array[:, 2]), np.ascontiguousarray(array[:, 3])
