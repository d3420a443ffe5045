"""Elements of sequences, numbered such that equal ones have the same number."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence, Set
from typing import Any, Callable

import numpy as np

from .._native import arguments as _arguments
from .._native import structures as _structures
from .._native.arguments import Array, Integers


def as_list(name: str, values: Iterable[Any]) -> list[Any]:
    # Their order would be that of hashes.
    if not isinstance(values, (Set, Mapping)):
        try:
            return list(values)
        except TypeError:
            pass
    raise ValueError(f"{name}: {type(values).__name__} where a sequence is expected")


def symbols(
    *sides: tuple[str, Sequence[Any]]
) -> tuple[_structures.Labels, _structures.Labels]:
    """Both sides as sequences of integers, equal where the elements are."""
    sequences = [sequence for _, side in sides for sequence in side]
    # The number of an element must not depend on what holds it: shortcuts only where they hold for all.
    convert: Callable[[Any, str], Integers]
    if all(type(sequence) is str for sequence in sequences):
        convert = _code_points
    elif all(_is_integers(sequence) for sequence in sequences):
        convert = _integers
    else:
        numbers: dict[Hashable, int] = defaultdict(itertools.count().__next__)

        def convert_elements(sequence: Any, name: str) -> Integers:
            return _numbers(_elements(sequence, name), name, numbers)

        convert = convert_elements

    both = []
    for name, side in sides:
        arrays = [
            convert(sequence, name if len(name) == 1 else f"{name}, sample {sample}")
            for sample, sequence in enumerate(side)
        ]
        both.append(_arguments.labels(arrays, None, len(arrays))[0])
    return both[0], both[1]


def _code_points(text: str, _name: str) -> Integers:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.int64)


def _is_integers(sequence: Any) -> bool:
    return (
        type(sequence) is np.ndarray
        and sequence.ndim == 1
        and (sequence.dtype.kind == "i" or (sequence.dtype.kind == "u" and sequence.itemsize < 8))
    )


def _integers(array: Array, _name: str) -> Integers:
    return array.astype(np.int64)


def _elements(sequence: Any, name: str) -> Sequence[Hashable]:
    """The elements as Python's own objects."""
    if hasattr(sequence, "shape") or hasattr(sequence, "__array__"):
        array = _array(sequence, name)
        if array.ndim != 1:
            raise ValueError(f"{name}: shape {list(array.shape)} where one axis is expected")
        elements: list[Hashable] = array.tolist()
        return elements
    return as_list(name, sequence)


def _array(tensor: Any, name: str) -> Array:
    if hasattr(tensor, "detach"):
        # PyTorch's tensors may need a gradient or lie on another device.
        tensor = tensor.detach().cpu()
    try:
        array = np.asarray(tensor)
    except (TypeError, ValueError, RuntimeError) as error:
        raise ValueError(f"{name}: no array ({error})") from None
    if np.ma.is_masked(tensor):
        raise ValueError(f"{name}: masked elements")
    return array


# Types whose elements need no look one by one.
_PLAIN = {str, int, bool, bytes}


def _numbers(elements: Sequence[Any], name: str, numbers: dict[Hashable, int]) -> Integers:
    """The number of each element; `numbers` gives new ones the next."""
    kinds = set(map(type, elements))
    # Integers of NumPy hash and compare as Python's do.
    if kinds <= _PLAIN or all(kind in _PLAIN or issubclass(kind, np.integer) for kind in kinds):
        return np.fromiter(map(numbers.__getitem__, elements), np.int64, len(elements))
    result = np.empty(len(elements), dtype=np.int64)
    for position, element in enumerate(elements):
        if hasattr(element, "shape") and not isinstance(element, np.generic):
            # Arrays without axes, tensors of one element: equal by value, though their hashes are not.
            array = _array(element, f"{name}, position {position}")
            if array.ndim:
                raise ValueError(
                    f"{name}, position {position}: an array of shape {list(array.shape)}, "
                    "which is not one element"
                )
            element = array.item()
        try:
            if element != element:
                raise ValueError(f"{name}, position {position}: NaN equals nothing")
            result[position] = numbers[element]
        except TypeError:
            raise ValueError(
                f"{name}, position {position}: {type(element).__name__} has no hash and cannot be "
                "compared"
            ) from None
    return result
