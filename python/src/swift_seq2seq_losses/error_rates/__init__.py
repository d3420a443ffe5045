"""Edit distances, counts of errors, and word and character error rates."""

from ._counts import ErrorCounts, edit_distance, error_counts
from ._rates import cer, wer

__all__ = [
    "ErrorCounts",
    "cer",
    "edit_distance",
    "error_counts",
    "wer",
]
