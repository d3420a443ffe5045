"""Pruned transducer losses, with the signatures of k2 and fast_rnnt."""

from __future__ import annotations

from ctypes import byref, c_int64
from typing import Any, Optional

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._documentation import arguments_of
from .._native import arguments as _arguments
from .._native import library as _library
from .._native.arguments import Array, Doubles
from ._additive import rnnt_loss_simple
from ._additive_call import RNNT_TYPES, boundary_lengths
from ._losses import rnnt_loss, rnnt_loss_and_gradient


def get_rnnt_prune_ranges(
    px_grad: ArrayLike, py_grad: ArrayLike, boundary: Optional[ArrayLike], s_range: int
) -> NDArray[np.int64]:
    """The label positions of each frame that pruning keeps (arXiv 2206.13236).

    Args:
        px_grad: The occupancies of labels, as from `rnnt_loss_simple`; their shape tells the `rnnt_type`.
        py_grad: The occupancies of blanks, as from `rnnt_loss_simple`.
        boundary: As for `rnnt_loss_simple`.
        s_range: The number of positions to keep for each frame. More are kept if no path would be left, and fewer if
            there are no more.

    Returns:
        `[batch, time, range]`: consecutive positions of each frame.

    Raises:
        ValueError: A shape, type or length does not fit; the message names it.
    """
    labels, blanks = _arguments.real_array("px_grad", px_grad), _arguments.real_array("py_grad", py_grad)
    if blanks.ndim != 3 or labels.ndim != 3:
        raise ValueError("px_grad, py_grad: [batch, labels, time] and [batch, labels + 1, time] are expected")
    batch, positions, time = blanks.shape
    if labels.shape not in [(batch, positions - 1, time), (batch, positions - 1, time + 1)]:
        raise ValueError(f"px_grad: shape {list(labels.shape)} where py_grad has {list(blanks.shape)}")
    counts, lengths = boundary_lengths(boundary, batch, positions - 1, time)
    occupancies = np.zeros((batch, time, positions, 2))
    occupancies[..., 0] = blanks.transpose(0, 2, 1)
    occupancies[:, :, :-1, 1] = labels[:, :, :time].transpose(0, 2, 1)
    first, kept = np.empty((batch, time), np.int64), c_int64()
    _library.transducer_pruning_bounds(
        batch, time, positions, *map(_arguments.address, (occupancies, lengths, counts)),
        _arguments.index("s_range", s_range), int(labels.shape[2] == time), _arguments.address(first),
        byref(kept),
    )
    return first[:, :, None] + np.arange(kept.value)


def do_rnnt_pruning(
    am: ArrayLike, lm: ArrayLike, ranges: ArrayLike
) -> tuple[NDArray[Any], NDArray[Any]]:
    """The rows of `am` and `lm` for the positions that pruning keeps.

    Args:
        am: The encoder's outputs, `[batch, time, width]`, of any type.
        lm: The predictor's outputs, `[batch, labels + 1, width]`, of any type; the widths may differ.
        ranges: The positions, `[batch, time, range]`, as from `get_rnnt_prune_ranges`.

    Returns:
        A view of `am` and a copy of rows of `lm`, both `[batch, time, range, width]`.

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
    # Positions past the last one take its row, which no loss reads.
    places = np.minimum(positions, other[1] - 1)
    return repeated, predictor[np.arange(len(predictor))[:, None, None], places]


@arguments_of(rnnt_loss_simple)
def rnnt_loss_pruned(
    logits: ArrayLike, symbols: ArrayLike, ranges: ArrayLike, termination_symbol: int,
    boundary: Optional[ArrayLike] = None, rnnt_type: str = "regular", *, threads: Optional[int] = None,
) -> NDArray[np.float64]:
    """The transducer loss of a joiner that computes only some label positions of each frame.

    Paths through other positions do not count.

    Args:
        logits: The joiner's outputs, `[batch, time, range, vocabulary]`; the loss applies a softmax.
        ranges: The positions, `[batch, time, range]`, as from `get_rnnt_prune_ranges`.

    The other arguments are those of `rnnt_loss_simple`.

    Returns:
        `[batch]` of float64, in nats: `inf` if there is no path.

    Raises:
        ValueError: A shape, length, label or option does not fit; the message names it.
    """
    return _pruned(
        logits, symbols, ranges, termination_symbol, boundary, rnnt_type, threads, False, 0.0, -1.0
    )[0]


@arguments_of(rnnt_loss_pruned, rnnt_loss_and_gradient)
def rnnt_loss_pruned_and_gradient(
    logits: ArrayLike, symbols: ArrayLike, ranges: ArrayLike, termination_symbol: int,
    boundary: Optional[ArrayLike] = None, rnnt_type: str = "regular", *, fastemit_lambda: float = 0.0,
    clamp: float = -1.0, threads: Optional[int] = None,
) -> tuple[NDArray[np.float64], NDArray[Any]]:
    """The loss of `rnnt_loss_pruned`, and its derivative with respect to the logits.

    The arguments are those of `rnnt_loss_pruned` and `rnnt_loss_and_gradient`.

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
    counts, lengths = boundary_lengths(boundary, batch, labels.shape[1], time)
    _arguments.choice("rnnt_type", rnnt_type, RNNT_TYPES)
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
            return rnnt_loss(*arguments, **options), None
        return rnnt_loss_and_gradient(
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
