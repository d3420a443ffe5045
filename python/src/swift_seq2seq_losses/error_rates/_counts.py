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
    """The numbers of matches and errors in the alignment of hypotheses with their references."""

    matches: int
    """Elements that are equal."""
    substitutions: int
    """Elements of the reference that the hypothesis replaces."""
    deletions: int
    """Elements of the reference that the hypothesis leaves out."""
    insertions: int
    """Elements of the hypothesis that the reference does not have."""

    @property
    def errors(self) -> int:
        """The sum of all errors: the edit distance."""
        return self.substitutions + self.deletions + self.insertions

    @property
    def rate(self) -> float:
        """The errors divided by the elements of the references; without elements 0 if there is no error, else `inf`."""
        length = self.matches + self.substitutions + self.deletions
        if self.errors == 0:
            return 0.0
        return self.errors / length if length else float("inf")


def edit_distance(a: Sequence[Hashable], b: Sequence[Hashable]) -> int:
    """The smallest number of substitutions, deletions and insertions that turn `a` into `b`.

    Elements are compared with Python's `==` and must be hashable: `5`, `5.0`, `np.int64(5)` and a tensor of 5 are the
    same element, `"5"` is another. The algorithm is bit-parallel (Myers 1999): time O(len(a) · len(b) / 64).

    Args:
        a, b: A string, whose elements are its characters; a list or any other iterable; or an array or a tensor with
            one axis. The two may have different types.

    Returns:
        The number of edits; 0 for equal sequences.

    Raises:
        ValueError: An argument is no sequence, or an element is not hashable or is NaN; the message names it.
    """
    first, second = symbols(("a", [a]), ("b", [b]))
    distances = np.empty(1, dtype=np.int64)
    _library.edit_distances(byref(first), byref(second), _arguments.address(distances))
    return int(distances[0])


def error_counts(
    references: Sequence[Sequence[Hashable]], hypotheses: Sequence[Sequence[Hashable]]
) -> list[ErrorCounts]:
    """The errors of each pair of sequences.

    If several alignments have the fewest errors, the counts are those of the one that rapidfuzz and jiwer choose.

    Args:
        references: The correct sequences, each as for `edit_distance`.
        hypotheses: The recognized sequences, as many.

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
