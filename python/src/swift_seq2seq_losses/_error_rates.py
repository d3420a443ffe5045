"""Error rates of recognition."""

from __future__ import annotations

from ctypes import byref
from typing import Dict, Hashable, List, NamedTuple, Sequence, Tuple, Union

import numpy as np

from . import _arguments, _library


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

    Of strings, by their characters, or of lists of anything that can be a key. Bit-parallel (Myers
    1999): time O(len(a) · len(b) / 64).
    """
    first, second = _symbols([a], [b])
    distances = np.empty(1, dtype=np.int64)
    _library.edit_distances(byref(first), byref(second), _arguments.address(distances))
    return int(distances[0])


def error_counts(
    references: Sequence[Sequence[Hashable]], hypotheses: Sequence[Sequence[Hashable]]
) -> List[ErrorCounts]:
    """The errors of each pair of sequences.

    Of several alignments with the fewest errors it is the one of rapidfuzz and jiwer.
    """
    if len(references) != len(hypotheses):
        raise ValueError(f"hypotheses: {len(hypotheses)} for {len(references)} references")
    first, second = _symbols(references, hypotheses)
    counts = np.empty((len(references), 4), dtype=np.int64)
    _library.error_counts(byref(first), byref(second), _arguments.address(counts))
    return [ErrorCounts(*row) for row in counts.tolist()]


Texts = Union[str, Sequence[str]]


def wer(references: Texts, hypotheses: Texts) -> float:
    """The word error rate of one text or of many: all errors over all words of the references."""
    references, hypotheses = _texts(references, hypotheses)
    return _total(
        error_counts(
            [text.split() for text in references], [text.split() for text in hypotheses]
        )
    ).rate


def cer(references: Texts, hypotheses: Texts) -> float:
    """The character error rate of one text or of many; spaces are characters."""
    return _total(error_counts(*_texts(references, hypotheses))).rate


def _total(counts: List[ErrorCounts]) -> ErrorCounts:
    return ErrorCounts(*(sum(column) for column in zip(*counts))) if counts else ErrorCounts(0, 0, 0, 0)


def _texts(references: Texts, hypotheses: Texts) -> Tuple[Sequence[str], Sequence[str]]:
    both = []
    for name, texts in (("references", references), ("hypotheses", hypotheses)):
        texts = [texts] if isinstance(texts, str) else list(texts)
        for index, text in enumerate(texts):
            if not isinstance(text, str):
                raise ValueError(f"{name}, sample {index}: {text!r} is no string")
        both.append(texts)
    return both[0], both[1]


def _symbols(references, hypotheses) -> Tuple[_library.Labels, _library.Labels]:
    """Both as sequences of integers, equal where the elements are."""
    numbers: Dict[Hashable, int] = {}

    def convert(sequence) -> np.ndarray:
        if isinstance(sequence, str):
            return np.frombuffer(sequence.encode("utf-32-le", "surrogatepass"), np.uint32).astype(
                np.int64
            )
        if isinstance(sequence, np.ndarray) and sequence.dtype.kind in "iu":
            return sequence.astype(np.int64).ravel()
        return np.array(
            [numbers.setdefault(element, len(numbers)) for element in sequence], dtype=np.int64
        )

    both = []
    for sequences in (references, hypotheses):
        arrays = [convert(sequence) for sequence in sequences]
        both.append(_arguments.labels(arrays, None, len(arrays))[0])
    return both[0], both[1]
