"""Transducers without the big array, of NumPy arrays: the names and arguments of k2 and fast_rnnt.

A training step of pruned RNN-T (Kuang et al. 2022, arXiv 2206.13236): the simple or smoothed loss of what an
encoder (`am`) and a predictor (`lm`) give, from its occupancies the few positions of each frame that matter, and
the loss of a joiner of only those.
"""

from __future__ import annotations

from ctypes import byref, c_int64
from typing import Any, Literal, Optional, Union, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import _transducer
from ._native import arguments as _arguments
from ._native import enumerations as _enumerations
from ._native import library as _library
from ._native import structures as _structures
from ._native.arguments import Array, Doubles

# k2's names of the standard and the monotonic `seq2seq_transducer_topology`.
_TYPES = {
    "regular": _enumerations.TRANSDUCER_TOPOLOGIES["standard"],
    "modified": _enumerations.TRANSDUCER_TOPOLOGIES["monotonic"],
}
_Occupancies = tuple[Doubles, Doubles]
_WithGradients = tuple[Doubles, Array, Array]
_WithGradientsAndOccupancies = tuple[Doubles, Array, Array, _Occupancies]


@overload
def rnnt_loss_simple(
    lm: ArrayLike, am: ArrayLike, symbols: ArrayLike, termination_symbol: int,
    boundary: Optional[ArrayLike] = None, rnnt_type: str = "regular", *, return_grad: Literal[False] = False,
    threads: Optional[int] = None,
) -> Doubles: ...


@overload
def rnnt_loss_simple(
    lm: ArrayLike, am: ArrayLike, symbols: ArrayLike, termination_symbol: int,
    boundary: Optional[ArrayLike] = None, rnnt_type: str = "regular", *, return_grad: Literal[True],
    threads: Optional[int] = None,
) -> tuple[Doubles, _Occupancies]: ...


def rnnt_loss_simple(
    lm: ArrayLike,
    am: ArrayLike,
    symbols: ArrayLike,
    termination_symbol: int,
    boundary: Optional[ArrayLike] = None,
    rnnt_type: str = "regular",
    *,
    return_grad: bool = False,
    threads: Optional[int] = None,
) -> Union[Doubles, tuple[Doubles, _Occupancies]]:
    """The transducer loss of the logits `am[:, t] + lm[:, u]`, which are never made; `[batch]`, in nats.

    Args:
        lm: The predictor's, `[batch, labels + 1, vocabulary]`.
        am: The encoder's, `[batch, time, vocabulary]`, of the same type.
        symbols: The labels, `[batch, labels]`.
        termination_symbol: The blank's index.
        boundary: `[batch, 4]` of `[0, 0, labels, frames]` of each sample; all by default.
        rnnt_type: `"regular"`, where labels take no frame, or `"modified"`, one symbol a frame.
        return_grad: Whether the occupancies `(px_grad, py_grad)` are wanted, from which
            `get_rnnt_prune_ranges` finds what to keep.
        threads: The most threads; `None` for one a processor. Results do not depend on it.

    Returns:
        The losses; with `return_grad` the losses and `(px_grad, py_grad)`: what share of the paths emits
        each label at each frame, `[batch, labels, time + 1]` (`time` for `"modified"`), and leaves each by a
        blank, `[batch, labels + 1, time]`.

    Raises:
        ValueError: A shape, length, label or option does not fit; the message names it.
    """
    call = _Call(lm, am, symbols, termination_symbol, boundary, rnnt_type, threads)
    losses, _, occupancies = call.run(False, return_grad)
    return (losses, occupancies) if return_grad else losses


@overload
def rnnt_loss_simple_and_gradients(
    lm: ArrayLike, am: ArrayLike, symbols: ArrayLike, termination_symbol: int,
    boundary: Optional[ArrayLike] = None, rnnt_type: str = "regular", *, return_grad: Literal[False] = False,
    fastemit_lambda: float = 0.0, threads: Optional[int] = None,
) -> _WithGradients: ...


@overload
def rnnt_loss_simple_and_gradients(
    lm: ArrayLike, am: ArrayLike, symbols: ArrayLike, termination_symbol: int,
    boundary: Optional[ArrayLike] = None, rnnt_type: str = "regular", *, return_grad: Literal[True],
    fastemit_lambda: float = 0.0, threads: Optional[int] = None,
) -> _WithGradientsAndOccupancies: ...


def rnnt_loss_simple_and_gradients(
    lm: ArrayLike,
    am: ArrayLike,
    symbols: ArrayLike,
    termination_symbol: int,
    boundary: Optional[ArrayLike] = None,
    rnnt_type: str = "regular",
    *,
    return_grad: bool = False,
    fastemit_lambda: float = 0.0,
    threads: Optional[int] = None,
) -> Union[_WithGradients, _WithGradientsAndOccupancies]:
    """`rnnt_loss_simple`, and its derivatives by `lm` and `am`, of their shapes and type.

    Args:
        fastemit_lambda: Multiplies the labels' shares of the gradients by one more than this (FastEmit,
            arXiv 2010.11148). The loss is without.

    The other arguments are those of `rnnt_loss_simple`.

    Returns:
        `(losses, lm_gradient, am_gradient)`, and with `return_grad` `(px_grad, py_grad)` behind.

    Raises:
        ValueError: As from `rnnt_loss_simple`.
    """
    call = _Call(
        lm, am, symbols, termination_symbol, boundary, rnnt_type, threads, fast_emit=fastemit_lambda
    )
    losses, gradients, occupancies = call.run(True, return_grad)
    return (losses, *gradients, occupancies) if return_grad else (losses, *gradients)


@overload
def rnnt_loss_smoothed(
    lm: ArrayLike, am: ArrayLike, symbols: ArrayLike, termination_symbol: int, lm_only_scale: float = 0.1,
    am_only_scale: float = 0.1,
    boundary: Optional[ArrayLike] = None, rnnt_type: str = "regular", *, return_grad: Literal[False] = False,
    threads: Optional[int] = None,
) -> Doubles: ...


@overload
def rnnt_loss_smoothed(
    lm: ArrayLike, am: ArrayLike, symbols: ArrayLike, termination_symbol: int, lm_only_scale: float = 0.1,
    am_only_scale: float = 0.1,
    boundary: Optional[ArrayLike] = None, rnnt_type: str = "regular", *, return_grad: Literal[True],
    threads: Optional[int] = None,
) -> tuple[Doubles, _Occupancies]: ...


def rnnt_loss_smoothed(
    lm: ArrayLike,
    am: ArrayLike,
    symbols: ArrayLike,
    termination_symbol: int,
    lm_only_scale: float = 0.1,
    am_only_scale: float = 0.1,
    boundary: Optional[ArrayLike] = None,
    rnnt_type: str = "regular",
    *,
    return_grad: bool = False,
    threads: Optional[int] = None,
) -> Union[Doubles, tuple[Doubles, _Occupancies]]:
    """`rnnt_loss_simple`, where log-probabilities are partly those of `lm` and of `am` by themselves.

    Args:
        lm_only_scale: How much of a log-probability is that of `lm` alone.
        am_only_scale: How much is that of `am` and the logarithm of the mean of `lm`'s probabilities, over all
            valid positions of the batch (k2's mean is over padding too). A sample without a finite loss has no
            part in the mean.

    The other arguments are those of `rnnt_loss_simple`.

    Returns:
        As from `rnnt_loss_simple`.

    Raises:
        ValueError: As from `rnnt_loss_simple`.
    """
    call = _Call(
        lm, am, symbols, termination_symbol, boundary, rnnt_type, threads, lm_only_scale, am_only_scale
    )
    losses, _, occupancies = call.run(False, return_grad)
    return (losses, occupancies) if return_grad else losses


@overload
def rnnt_loss_smoothed_and_gradients(
    lm: ArrayLike, am: ArrayLike, symbols: ArrayLike, termination_symbol: int, lm_only_scale: float = 0.1,
    am_only_scale: float = 0.1,
    boundary: Optional[ArrayLike] = None, rnnt_type: str = "regular", *, return_grad: Literal[False] = False,
    fastemit_lambda: float = 0.0, threads: Optional[int] = None,
) -> _WithGradients: ...


@overload
def rnnt_loss_smoothed_and_gradients(
    lm: ArrayLike, am: ArrayLike, symbols: ArrayLike, termination_symbol: int, lm_only_scale: float = 0.1,
    am_only_scale: float = 0.1,
    boundary: Optional[ArrayLike] = None, rnnt_type: str = "regular", *, return_grad: Literal[True],
    fastemit_lambda: float = 0.0, threads: Optional[int] = None,
) -> _WithGradientsAndOccupancies: ...


def rnnt_loss_smoothed_and_gradients(
    lm: ArrayLike,
    am: ArrayLike,
    symbols: ArrayLike,
    termination_symbol: int,
    lm_only_scale: float = 0.1,
    am_only_scale: float = 0.1,
    boundary: Optional[ArrayLike] = None,
    rnnt_type: str = "regular",
    *,
    return_grad: bool = False,
    fastemit_lambda: float = 0.0,
    threads: Optional[int] = None,
) -> Union[_WithGradients, _WithGradientsAndOccupancies]:
    """`rnnt_loss_smoothed`, and the derivatives of the sum of the losses by `lm` and `am`.

    The arguments are those of `rnnt_loss_smoothed` and `rnnt_loss_simple_and_gradients`.

    Returns:
        As from `rnnt_loss_simple_and_gradients`.

    Raises:
        ValueError: As from `rnnt_loss_simple`.
    """
    call = _Call(
        lm, am, symbols, termination_symbol, boundary, rnnt_type, threads, lm_only_scale, am_only_scale,
        fastemit_lambda,
    )
    losses, gradients, occupancies = call.run(True, return_grad)
    return (losses, *gradients, occupancies) if return_grad else (losses, *gradients)


def get_rnnt_prune_ranges(
    px_grad: ArrayLike, py_grad: ArrayLike, boundary: Optional[ArrayLike], s_range: int
) -> NDArray[np.int64]:
    """The positions of each frame to keep.

    Args:
        px_grad, py_grad: The occupancies, as `rnnt_loss_simple` returns them; `px_grad`'s shape tells the
            type.
        boundary: As for `rnnt_loss_simple`.
        s_range: The positions to keep. More are kept where no path would be left, fewer where there are no
            more.

    Returns:
        `[batch, time, range]`: consecutive positions of each frame.

    Raises:
        ValueError: A shape or length does not fit; the message names it.
    """
    labels, blanks = _arguments.array("px_grad", px_grad), _arguments.array("py_grad", py_grad)
    if blanks.ndim != 3 or labels.ndim != 3:
        raise ValueError("px_grad, py_grad: [batch, labels, time] and [batch, labels + 1, time] are expected")
    batch, positions, time = blanks.shape
    if labels.shape not in [(batch, positions - 1, time), (batch, positions - 1, time + 1)]:
        raise ValueError(f"px_grad: shape {list(labels.shape)} where py_grad has {list(blanks.shape)}")
    counts, lengths = _boundary(boundary, batch, positions - 1, time)
    of_labels = np.zeros((batch, time, positions))
    of_labels[:, :, :-1] = labels[:, :, :time].transpose(0, 2, 1)
    of_blanks = np.ascontiguousarray(blanks.transpose(0, 2, 1), dtype=np.float64)
    first, kept = np.empty((batch, time), np.int64), c_int64()
    _library.transducer_pruning_bounds(
        batch, time, positions, *map(_arguments.address, (of_blanks, of_labels, lengths, counts)),
        _arguments.index("s_range", s_range), int(labels.shape[2] == time), _arguments.address(first),
        byref(kept),
    )
    return first[:, :, None] + np.arange(kept.value)


def do_rnnt_pruning(
    am: ArrayLike, lm: ArrayLike, ranges: ArrayLike
) -> tuple[NDArray[Any], NDArray[Any]]:
    """The rows of `am` and `lm` for the positions kept.

    Args:
        am: The encoder's, `[batch, time, width]`.
        lm: The predictor's, `[batch, labels + 1, width]`; the widths may differ.
        ranges: The positions, as `get_rnnt_prune_ranges` returns them.

    Returns:
        Of `am` a view, of `lm` a copy, `[batch, time, range, width]` each.

    Raises:
        ValueError: A shape does not fit the others; the message names it.
    """
    encoder, predictor, positions = _arguments.array("am", am), _arguments.array("lm", lm), _ranges(ranges)
    shape, other = encoder.shape, predictor.shape
    if len(shape) != 3 or len(other) != 3 or shape[0] != other[0] or shape[:2] != positions.shape[:2]:
        raise ValueError(
            f"ranges: shape {list(positions.shape)} where am has {list(shape)} and lm {list(other)}"
        )
    if other[1] < 1:
        raise ValueError(f"lm: shape {list(other)}, without any position")
    repeated = np.broadcast_to(encoder[:, :, None, :], (*positions.shape, shape[2]))
    # Past the last position stands the last: no loss reads what is made of it.
    places = np.minimum(positions, other[1] - 1)
    return repeated, predictor[np.arange(len(predictor))[:, None, None], places]


def rnnt_loss_pruned(
    logits: ArrayLike,
    symbols: ArrayLike,
    ranges: ArrayLike,
    termination_symbol: int,
    boundary: Optional[ArrayLike] = None,
    rnnt_type: str = "regular",
    *,
    threads: Optional[int] = None,
) -> NDArray[np.float64]:
    """The transducer loss of a joiner of some positions a frame; the others have no paths.

    Args:
        logits: The joiner's, `[batch, time, range, vocabulary]`; the softmax is part of the loss.
        ranges: The positions, as `get_rnnt_prune_ranges` returns them.

    The other arguments are those of `rnnt_loss_simple`.

    Returns:
        `[batch]` of float64, in nats; `inf` where there is no path.

    Raises:
        ValueError: A shape, length, label or option does not fit; the message names it.
    """
    return _pruned(
        logits, symbols, ranges, termination_symbol, boundary, rnnt_type, threads, False, 0.0, -1.0
    )[0]


def rnnt_loss_pruned_and_gradient(
    logits: ArrayLike,
    symbols: ArrayLike,
    ranges: ArrayLike,
    termination_symbol: int,
    boundary: Optional[ArrayLike] = None,
    rnnt_type: str = "regular",
    *,
    fastemit_lambda: float = 0.0,
    clamp: float = -1.0,
    threads: Optional[int] = None,
) -> tuple[NDArray[np.float64], NDArray[Any]]:
    """`rnnt_loss_pruned`, and its derivative by the logits, of their shape and type.

    Args:
        fastemit_lambda, clamp: As of `rnnt_loss_and_gradient`.

    The other arguments are those of `rnnt_loss_pruned`.

    Returns:
        The losses `[batch]`, and the gradient, of the logits' shape and type.

    Raises:
        ValueError: As from `rnnt_loss_pruned`.
    """
    losses, gradient = _pruned(
        logits, symbols, ranges, termination_symbol, boundary, rnnt_type, threads, True,
        _arguments.number("fastemit_lambda", fastemit_lambda), _arguments.number("clamp", clamp),
    )
    assert gradient is not None
    return losses, gradient


def _pruned(
    logits: ArrayLike, symbols: ArrayLike, ranges: ArrayLike, termination_symbol: int, boundary: Optional[ArrayLike],
    rnnt_type: str, threads: Optional[int], with_gradient: bool, fast_emit: float, clamp: float,
) -> tuple[Doubles, Optional[Array]]:
    array, positions = np.ascontiguousarray(_arguments.array("logits", logits)), _ranges(ranges)
    if array.ndim != 4 or array.shape[:3] != positions.shape:
        raise ValueError(f"logits: shape {list(array.shape)} where ranges have {list(positions.shape)}")
    batch, time = array.shape[:2]
    labels = _arguments.integers("symbols", symbols)
    if labels.ndim != 2 or len(labels) != batch:
        raise ValueError(f"symbols: shape {list(labels.shape)} for a batch of {batch}")
    counts, lengths = _boundary(boundary, batch, labels.shape[1], time)
    _arguments.choice("rnnt_type", rnnt_type, _TYPES)
    arguments = array, labels, lengths, counts
    options: dict[str, Any] = {
        "blank": _arguments.index("termination_symbol", termination_symbol),
        "topology": "monotonic" if rnnt_type == "modified" else "standard",
        "first_positions": positions[:, :, 0],
        "threads": threads,
    }
    with _arguments.renamed(
        labels="symbols", blank="termination_symbol", first_positions="ranges", topology="rnnt_type",
        logit_lengths="boundary", label_lengths="boundary",
    ):
        if not with_gradient:
            return _transducer.rnnt_loss(*arguments, **options), None
        return _transducer.rnnt_loss_and_gradient(
            *arguments, fastemit_lambda=fast_emit, clamp=clamp, **options
        )


def _ranges(ranges: ArrayLike) -> NDArray[np.int64]:
    """Consecutive positions, `[batch, time, range]`."""
    array = _arguments.integers("ranges", ranges)
    if array.ndim != 3 or array.shape[2] < 1:
        raise ValueError(f"ranges: shape {list(array.shape)} where [batch, time, range] is expected")
    if (array[:, :, :1] + np.arange(array.shape[2]) != array).any() or (array < 0).any():
        raise ValueError("ranges: positions that are negative or not consecutive")
    return array


def _boundary(
    boundary: Optional[ArrayLike], batch: int, labels: int, time: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The labels and the frames of each sample."""
    if boundary is None:
        return np.full(batch, labels, np.int64), np.full(batch, time, np.int64)
    array = _arguments.integers("boundary", boundary)
    if array.shape != (batch, 4):
        raise ValueError(f"boundary: shape {list(array.shape)} where [{batch}, 4] is expected")
    if array[:, :2].any():
        raise ValueError("boundary: samples that do not begin at 0")
    return np.ascontiguousarray(array[:, 2]), np.ascontiguousarray(array[:, 3])


class _Call:
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
        counts, self.lengths = _boundary(boundary, batch, labels.shape[1], self.time)
        self.labels, _ = _arguments.labels(labels, counts, batch, "symbols", "boundary")
        self.is_modified = _arguments.choice("rnnt_type", rnnt_type, _TYPES)
        self.options = _structures.AdditiveTransducerOptions(
            _arguments.index("termination_symbol", termination_symbol), self.is_modified,
            _arguments.number("lm_only_scale", lm_only_scale),
            _arguments.number("am_only_scale", am_only_scale),
            _arguments.number("fastemit_lambda", fast_emit), _arguments.thread_count(threads),
        )

    def run(self, with_gradients: bool, with_occupancies: bool) -> tuple[Doubles, Any, Any]:
        """Losses, gradients and occupancies, the latter as k2 has them; `None` for what is not wanted."""
        batch, positions, _ = self.lm.shape
        losses = np.empty(batch)
        gradients = (np.empty_like(self.lm), np.empty_like(self.am)) if with_gradients else None
        of_lm, of_am = [byref(_arguments.tensor(g)) for g in gradients] if gradients else (None, None)
        shape = (batch, self.time, positions)
        blanks, labels = (np.empty(shape), np.empty(shape)) if with_occupancies else (None, None)
        encoder, predictor = _arguments.tensor(self.am), _arguments.tensor(self.lm)
        _library.additive_transducer_losses_and_gradients(
            byref(self.options), byref(encoder), byref(predictor), _arguments.address(self.lengths),
            byref(self.labels), _arguments.address(losses), of_am, of_lm, _arguments.address(blanks),
            _arguments.address(labels),
        )
        if blanks is None or labels is None:
            return losses, gradients, None
        py_grad = np.ascontiguousarray(blanks.transpose(0, 2, 1))
        px_grad = np.zeros((batch, positions - 1, self.time + (not self.is_modified)))
        px_grad[:, :, :self.time] = labels[:, :, :-1].transpose(0, 2, 1)
        return losses, gradients, (px_grad, py_grad)
