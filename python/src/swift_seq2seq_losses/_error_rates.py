"""Error rates of recognition."""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence, Set
from ctypes import byref
from typing import Any, Callable, Literal, NamedTuple, Optional, Union

import numpy as np

from ._native import arguments as _arguments
from ._native import library as _library
from ._native import structures as _structures
from ._native.arguments import Array, Integers


class ErrorCounts(NamedTuple):
    """Matches and errors of hypotheses against their references."""

    matches: int
    substitutions: int
    deletions: int
    insertions: int

    @property
    def errors(self) -> int:
        """All errors together: the edit distance."""
        return self.substitutions + self.deletions + self.insertions

    @property
    def rate(self) -> float:
        """Errors for each element of the references; of none, 0 without errors and else `inf`."""
        length = self.matches + self.substitutions + self.deletions
        if self.errors == 0:
            return 0.0
        return self.errors / length if length else float("inf")


def edit_distance(a: Sequence[Hashable], b: Sequence[Hashable]) -> int:
    """The least number of substitutions, deletions and insertions that make `b` of `a`.

    Elements are equal where Python's `==` says so and need hashes: `5`, `5.0`, `np.int64(5)` and a tensor of 5 are one
    element, `"5"` is another. Bit-parallel (Myers 1999): time O(len(a) · len(b) / 64).

    Args:
        a, b: Each a string, whose elements are its characters, a list or any other iterable, an array or a tensor of
            one axis; they may be of different types.

    Returns:
        Their number; 0 for equal sequences.

    Raises:
        ValueError: One is no sequence, or an element has no hash or is NaN; the message names it.
    """
    first, second = _symbols(("a", [a]), ("b", [b]))
    distances = np.empty(1, dtype=np.int64)
    _library.edit_distances(byref(first), byref(second), _arguments.address(distances))
    return int(distances[0])


def error_counts(
    references: Sequence[Sequence[Hashable]], hypotheses: Sequence[Sequence[Hashable]]
) -> list[ErrorCounts]:
    """The errors of each pair of sequences.

    Of several alignments with the fewest errors it is the one of rapidfuzz and jiwer.

    Args:
        references: What was said: sequences as for `edit_distance`.
        hypotheses: What was recognized: as many.

    Returns:
        The matches and errors of each pair.

    Raises:
        ValueError: As from `edit_distance`, or the numbers of sequences differ.
    """
    said, heard = _list("references", references), _list("hypotheses", hypotheses)
    if len(said) != len(heard):
        raise ValueError(f"hypotheses: {len(heard)} for {len(said)} references")
    first, second = _symbols(("references", said), ("hypotheses", heard))
    counts = np.empty((len(said), 4), dtype=np.int64)
    _library.error_counts(byref(first), byref(second), _arguments.address(counts))
    return [ErrorCounts(*row) for row in counts.tolist()]


Texts = Union[str, Sequence[str]]


def wer(
    references: Texts,
    hypotheses: Texts,
    *,
    normalization: Optional[str] = None,
    lowercase: bool = False,
    without_punctuation: bool = False,
) -> float:
    """The word error rate of one text or of many: all errors over all words of the references.

    Words stand between Unicode white space and are compared character by character, as jiwer does: `é` in one
    character and in two differ.

    Args:
        references: What was said: a text, or a list of them.
        hypotheses: What was recognized: as many.
        normalization: Unicode's normalization form, such as `"NFC"`, that texts are brought into first.
        lowercase: Whether case makes no difference, by Unicode's full case folding (`str.casefold`).
        without_punctuation: Whether punctuation and symbols (Unicode categories P and S) are left out.

    Returns:
        The rate: of references without words 0 without errors and else `inf`.

    Raises:
        ValueError: What is given is no text or texts, their numbers differ, or the form is unknown.
    """
    pairs = _texts(references, hypotheses, normalization, lowercase, without_punctuation)
    return _total(error_counts(*([_words(text) for text in texts] for texts in pairs))).rate


def cer(
    references: Texts,
    hypotheses: Texts,
    *,
    normalization: Optional[str] = None,
    lowercase: bool = False,
    without_punctuation: bool = False,
) -> float:
    """The character error rate of one text or of many; spaces are characters.

    The arguments are those of `wer`.

    Returns:
        The rate: of references without characters 0 without errors and else `inf`.

    Raises:
        ValueError: As from `wer`.
    """
    return _total(
        error_counts(
            *_texts(references, hypotheses, normalization, lowercase, without_punctuation)
        )
    ).rate


def _total(counts: list[ErrorCounts]) -> ErrorCounts:
    return ErrorCounts(*(sum(column) for column in zip(*counts))) if counts else ErrorCounts(0, 0, 0, 0)


# Unicode's property White_Space. `str.split` takes the separators U+001C to U+001F besides.
_WHITE_SPACE = re.compile("[\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+")
_Form = Literal["NFC", "NFD", "NFKC", "NFKD"]
_FORMS: dict[str, _Form] = {"NFC": "NFC", "NFD": "NFD", "NFKC": "NFKC", "NFKD": "NFKD"}

_INFORMATION_SEPARATORS = re.compile("[\x1c-\x1f]")


def _words(text: str) -> list[str]:
    # Several times as fast as the expression, where it means the same.
    if _INFORMATION_SEPARATORS.search(text) is None:
        return text.split()
    return [word for word in _WHITE_SPACE.split(text) if word]


def _texts(
    references: Texts,
    hypotheses: Texts,
    normalization: Optional[str],
    lowercase: bool,
    without_punctuation: bool,
) -> tuple[list[str], list[str]]:
    form = None
    if normalization is not None:
        form = _arguments.choice("normalization", normalization, _FORMS)

    def normalize(text: str) -> str:
        if form:
            text = unicodedata.normalize(form, text)
        if lowercase:
            text = text.casefold()
        if without_punctuation:
            text = "".join(c for c in text if unicodedata.category(c)[0] not in "PS")
        # Folding case may undo the form, and so may punctuation that stood before a mark.
        if form and (lowercase or without_punctuation):
            text = unicodedata.normalize(form, text)
        return text

    both = []
    for name, texts in (("references", references), ("hypotheses", hypotheses)):
        items = [texts] if isinstance(texts, str) else _list(name, texts)
        for index, text in enumerate(items):
            if not isinstance(text, str):
                raise ValueError(f"{name}, sample {index}: {text!r} is no string")
        if form or lowercase or without_punctuation:
            items = [normalize(text) for text in items]
        both.append(items)
    return both[0], both[1]


def _list(name: str, values: Iterable[Any]) -> list[Any]:
    # Their order would be that of hashes.
    if not isinstance(values, (Set, Mapping)):
        try:
            return list(values)
        except TypeError:
            pass
    raise ValueError(f"{name}: {type(values).__name__} where a sequence is expected")


def _symbols(
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
    return _list(name, sequence)


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
