"""Arrays as the C functions take them: where they lie if that is possible, else copied."""

from __future__ import annotations

import contextlib
import functools
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Optional, TypeVar, Union

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from . import handles, library, structures
from .enumerations import ELEMENTS, INPUTS

LabelsLike = Union[ArrayLike, Sequence[ArrayLike]]

Array = NDArray[Any]
Integers = NDArray[np.int64]
Doubles = NDArray[np.float64]
_Choice = TypeVar("_Choice")


def choice(argument: str, value: str, choices: Mapping[str, _Choice]) -> _Choice:
    """What a named option stands for, mostly its number."""
    try:
        return choices[value]
    except (KeyError, TypeError):
        raise ValueError(f"{argument}: {value!r} is not one of {', '.join(choices)}") from None


def flag(argument: str, value: Any) -> bool:
    """Whether something is true; arrays are neither."""
    try:
        return bool(value)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{argument}: {error}") from None


def loss(blank: int, topology: str, inputs: str, threads: Optional[int]) -> handles.Handle:
    """The handle of a loss with these options."""
    return handles.ctc(
        index("blank", blank),
        topology_number(topology),
        choice("inputs", inputs, INPUTS),
        thread_count(threads),
    )


def topology_number(topology: str) -> int:
    """C's number of a topology."""
    return choice("topology", topology, library.TOPOLOGIES)


def thread_count(threads: Optional[int]) -> int:
    """C's number of threads, 0 for `None`: one a processor."""
    if threads is None:
        return 0
    if index("threads", threads) < 1:
        raise ValueError(f"threads: {threads} is less than 1")
    return index("threads", threads)


def check_draws(argument: str, count: int, steps: int, least: int = 0) -> None:
    """Bounds of how much may be drawn, before memory is asked for: those of the C header."""
    if not least <= count <= 2**20:
        raise ValueError(f"{argument}: {count} is outside {least}...{2**20}")
    if count * steps > 2**28:
        raise ValueError(f"{argument}: {count} draws of {steps} frames in all are more than 2^28")


def empty(argument: str, shape: tuple[int, ...], dtype: DTypeLike = np.float64) -> Array:
    """An array for results that may be larger than memory."""
    try:
        return np.empty(shape, dtype)
    except (MemoryError, ValueError):
        raise ValueError(f"{argument}: results of shape {list(shape)} do not fit into memory") from None


def index(argument: str, value: Any) -> int:
    """An integer of 64 bits."""
    try:
        number: int = value.__index__()
    except (AttributeError, TypeError):
        raise ValueError(f"{argument}: {value!r} is not an integer") from None
    if not -(2**63) <= number < 2**63:
        raise ValueError(f"{argument}: {value!r} is too large")
    return number


def check_texts(argument: str, texts: Sequence[str]) -> None:
    """Texts go to the library as UTF-8, which has no lone surrogates, and some of them end at a zero."""
    try:
        if b"\0" not in "".join(texts).encode():
            return
    except UnicodeEncodeError:
        pass
    for index, text in enumerate(texts):
        name = argument if len(texts) == 1 else f"{argument}, position {index}"
        if "\0" in text:
            raise ValueError(f"{name}: {text!r} has a zero in it")
        # Two of them do not become a whole character when texts are joined.
        if any("\ud800" <= letter <= "\udfff" for letter in text):
            raise ValueError(f"{name}: {text!r} has a lone surrogate in it")


@functools.cache
def _element(dtype: np.dtype[Any]) -> Optional[int]:
    """The C number of an element type; a type's name takes NumPy microseconds."""
    return ELEMENTS.get(dtype.name)


def array(argument: str, values: Any) -> Array:
    """Any array. Values that a mask hides are an error: they would count as they are."""
    if type(values) is np.ndarray:
        return values
    parts = values if isinstance(values, (list, tuple)) else (values,)
    if any(isinstance(part, np.ma.MaskedArray) and np.ma.is_masked(part) for part in parts):
        raise ValueError(f"{argument}: masked values, which cannot be left out: fill them, or give lengths")
    try:
        return np.asarray(values)
    except Exception as error:  # Frameworks have errors of their own for tensors that are no arrays.
        raise ValueError(f"{argument}: {error}") from None


def real_array(argument: str, values: ArrayLike) -> Array:
    """Any array of real numbers. NumPy alone would drop the imaginary parts of complex ones."""
    found = array(argument, values)
    # bfloat16 is no kind of NumPy's own.
    if found.dtype.kind not in "biuf" and _element(found.dtype) is None and found.size:
        raise ValueError(f"{argument}: {found.dtype} where real numbers are expected")
    return found


def numbers(argument: str, values: ArrayLike, shape: tuple[int, ...], of: str) -> Doubles:
    """Dense real numbers, of a shape that belongs to `of`."""
    found = real_array(argument, values)
    if found.shape != shape:
        raise ValueError(f"{argument}: shape {list(found.shape)} for {of}")
    return np.ascontiguousarray(found, dtype=np.float64).reshape(shape)


def direction(values: ArrayLike, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
    """The argument `vector` of a product with the Hessian: real numbers of the logits' shape, in their type."""
    found = real_array("vector", values)
    if found.shape != shape:
        raise ValueError(f"vector: shape {list(found.shape)} where the logits have {list(shape)}")
    return found.astype(dtype, copy=False)


def weights(values: Optional[ArrayLike], batch: int, of: str = "a batch of") -> Optional[Doubles]:
    """Weights `[batch]`, `None` if none are given."""
    return None if values is None else numbers("weights", values, (batch,), f"{of} {batch}")


@contextlib.contextmanager
def renamed(**names: str) -> Iterator[None]:
    """Renames the argument that an error of the block begins with, to the name that the user knows."""
    try:
        yield
    except ValueError as error:
        name, rest = re.findall(r"\A(\w*)(.*)", str(error), re.DOTALL)[0]
        if name not in names:
            raise
        raise ValueError(names[name] + rest) from None


_array = array


def float_array(argument: str, values: Any) -> Array:
    """An array `[batch, time, vocabulary]` of a type and in a place that the library reads."""
    array = _array(argument, values)
    if array.ndim != 3:
        raise ValueError(
            f"{argument}: shape {list(array.shape)} where [batch, time, vocabulary] is expected"
        )
    if _element(array.dtype) is None:
        raise ValueError(f"{argument}: {array.dtype} is not one of {', '.join(ELEMENTS)}")
    flags = array.flags
    is_native = flags.aligned and array.dtype.isnative
    if is_native and flags.c_contiguous:
        return array
    if not is_native or any(stride % array.itemsize for stride in array.strides):
        array = array.astype(array.dtype.newbyteorder("="), order="C")
    return array


def tensor(array: Array) -> structures.Tensor:
    """The C description of a float array, which has to outlive it."""
    size = array.itemsize
    batch, time, vocabulary = array.strides
    return structures.Tensor(
        address(array), _element(array.dtype), array.shape, (batch // size, time // size, vocabulary // size)
    )


def number(argument: str, value: Any) -> float:
    """A number, as a float; no text that reads one."""
    try:
        if isinstance(value, (str, bytes, bytearray, np.datetime64, np.timedelta64)) or value is np.ma.masked:
            raise TypeError
        return float(value)
    except (TypeError, ValueError, OverflowError):
        raise ValueError(f"{argument}: {value!r} is no number") from None


def lengths(argument: str, values: Optional[ArrayLike], count: int) -> Optional[Integers]:
    """Lengths `[count]` as 64-bit integers, `None` if none are given."""
    if values is None:
        return None
    array = integers(argument, values)
    if array.shape != (count,):
        raise ValueError(f"{argument}: shape {list(array.shape)} for a batch of {count}")
    return array


def integers(argument: str, values: Any) -> Integers:
    """Dense 64-bit integers."""
    if type(values) is np.ndarray and values.dtype == np.int64 and values.flags.c_contiguous:
        return values
    array = _array(argument, values)
    if array.size == 0 and array.dtype.kind == "f":
        array = array.astype(np.int64)
    if array.dtype.kind not in "iu":
        raise ValueError(f"{argument}: {array.dtype} where integers are expected")
    if array.dtype == np.uint64 and array.size and array.max() >= 2**63:
        raise ValueError(f"{argument}: {array.max()} is too large")
    return np.ascontiguousarray(array, dtype=np.int64).reshape(array.shape)


def labels(
    values: Any, label_lengths: Optional[ArrayLike], batch: int, argument: str = "labels",
    lengths_argument: str = "label_lengths",
) -> tuple[structures.Labels, Integers]:
    """The C description of labels in any of their three forms, and their lengths.

    A matrix `[batch, width]`, padded if there are lengths; one vector with lengths, which say where
    each sequence ends; or a list of sequences.
    """
    if not hasattr(values, "__iter__") and not hasattr(values, "shape"):
        raise ValueError(f"{argument}: {values!r} is no array and no list of sequences")
    if not hasattr(values, "shape") and label_lengths is None:
        sequences = [vector(argument, sequence, sample) for sample, sequence in enumerate(values)]
        if len(sequences) != batch:
            raise ValueError(f"{argument}: {len(sequences)} sequences for a batch of {batch}")
        counts = np.array([len(sequence) for sequence in sequences], dtype=np.int64)
        joined = np.concatenate(sequences) if sequences else np.empty(0, dtype=np.int64)
        return _labels(joined, counts, -1), counts
    if not hasattr(values, "shape"):
        values = list(values)
        if len({len(row) for row in values if hasattr(row, "__len__") and getattr(row, "ndim", 1) != 0}) > 1:
            raise ValueError(
                f"{argument}: sequences of different lengths, which have lengths of their own: leave "
                f"{lengths_argument} out"
            )
    array = integers(argument, values)
    if array.ndim not in (1, 2) or (array.ndim == 1 and label_lengths is None):
        raise ValueError(
            f"{argument}: shape {list(array.shape)} where a matrix [batch, width], a list of "
            f"sequences, or a vector with {lengths_argument} is expected"
        )
    given = lengths(lengths_argument, label_lengths, batch)
    if given is not None and array.ndim == 1:
        return _labels(array, given, -1), given
    if array.shape[0] != batch:
        raise ValueError(f"{argument}: shape {list(array.shape)} for a batch of {batch}")
    counts = np.full(batch, array.shape[1], dtype=np.int64) if given is None else given
    return _labels(array, counts, array.shape[1]), counts


def vector(argument: str, values: ArrayLike, sample: Optional[int] = None) -> Integers:
    """Dense 64-bit integers, those of a sample if there are several."""
    if sample is not None:
        argument = f"{argument}, sample {sample}"
    array = integers(argument, values)
    if array.ndim != 1:
        raise ValueError(f"{argument}: shape {list(array.shape)}")
    return array


def _labels(values: Integers, counts: Integers, row_stride: int) -> structures.Labels:
    result = structures.Labels(
        address(values), values.size, address(counts), counts.size, row_stride
    )
    # The structure holds addresses only.
    result.kept = (values, counts)
    return result


def address(array: Optional[Array]) -> Optional[int]:
    """Where a dense array lies, `None` for `None`."""
    # Four times as fast as `ctypes.data`.
    place: Optional[int] = None if array is None else array.__array_interface__["data"][0]
    return place
