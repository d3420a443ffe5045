"""Posteriors as decoders take them."""

from __future__ import annotations

from typing import Any, Optional

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._native import arguments as _arguments
from .._native.arguments import Array, Integers


def one_sample(values: Any) -> NDArray[Any]:
    """A batch of the one sample `[time, vocabulary]`."""
    array = _arguments.array("log_probabilities", values)
    if array.ndim != 2:
        raise ValueError(
            f"log_probabilities: shape {list(array.shape)} where [time, vocabulary] is expected"
        )
    return _arguments.float_array("log_probabilities", array[None])


def is_no_sample(values: Any) -> bool:
    """Whether this is an empty list, which has no vocabulary to be checked."""
    return isinstance(values, (list, tuple)) and not values


def padded_batch(values: Any, lengths: Optional[ArrayLike]) -> tuple[Array, Optional[Integers]]:
    """A batch `[batch, time, vocabulary]`, and its lengths."""
    if hasattr(values, "ndim"):
        array = _arguments.float_array("log_probabilities", values)
        return array, _arguments.lengths("lengths", lengths, array.shape[0])
    if lengths is not None:
        raise ValueError("lengths: given with a list of arrays, which have lengths of their own")
    arrays = [one_sample(value)[0] for value in values]
    if len({array.shape[1] for array in arrays}) > 1 or len({array.dtype for array in arrays}) > 1:
        raise ValueError("log_probabilities: arrays with different vocabularies or types")
    counts = np.array([len(array) for array in arrays], dtype=np.int64)
    padded = np.zeros((len(arrays), counts.max(), arrays[0].shape[1]), dtype=arrays[0].dtype)
    for row, array in zip(padded, arrays):
        row[: len(array)] = array
    return padded, counts
