"""Edit distances and counts of errors."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from ctypes import byref
from typing import NamedTuple

import numpy as np

from .._native import arguments as _arguments
from .._native import library as _library
from ._elements import as_list, symbols


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
    first, second = symbols(("a", [a]), ("b", [b]))
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
    said, heard = as_list("references", references), as_list("hypotheses", hypotheses)
    if len(said) != len(heard):
        raise ValueError(f"hypotheses: {len(heard)} for {len(said)} references")
    first, second = symbols(("references", said), ("hypotheses", heard))
    counts = np.empty((len(said), 4), dtype=np.int64)
    _library.error_counts(byref(first), byref(second), _arguments.address(counts))
    return [ErrorCounts(*row) for row in counts.tolist()]
