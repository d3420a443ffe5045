"""Word and character error rates."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal, Optional, Union

from .._documentation import arguments_of
from .._native import arguments as _arguments
from ._counts import ErrorCounts, error_counts
from ._elements import as_list

Texts = Union[str, Sequence[str]]


def wer(
    references: Texts, hypotheses: Texts, *, normalization: Optional[str] = None, lowercase: bool = False,
    without_punctuation: bool = False,
) -> float:
    """The word error rate: all errors divided by all words of the references.

    Words are separated by Unicode white space, and compared character by character, as jiwer does: `é` as one
    character and as two are different.

    Args:
        references: The correct text, or a list of texts.
        hypotheses: The recognized text, or a list of as many.
        normalization: The Unicode normalization form, "NFC", "NFD", "NFKC" or "NFKD", that texts are converted to; by
            default none.
        lowercase: Whether to ignore case, by Unicode's full case folding (`str.casefold`).
        without_punctuation: Whether to leave out punctuation and symbols (Unicode categories P and S).

    Returns:
        The rate. If the references have no words, it is 0 without errors, else `inf`.

    Raises:
        ValueError: An argument is neither a text nor a list of texts, their numbers differ, or the form is unknown.
    """
    pairs = _texts(references, hypotheses, normalization, lowercase, without_punctuation)
    return _total(error_counts(*([words(text) for text in texts] for texts in pairs))).rate


@arguments_of(wer)
def cer(
    references: Texts, hypotheses: Texts, *, normalization: Optional[str] = None, lowercase: bool = False,
    without_punctuation: bool = False,
) -> float:
    """The character error rate: all errors divided by all characters of the references. Spaces are characters.

    The arguments are those of `wer`.

    Returns:
        The rate. If the references have no characters, it is 0 without errors, else `inf`.

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
_WHITE_SPACE = "[\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+"

_Form = Literal["NFC", "NFD", "NFKC", "NFKD"]

_FORMS: dict[str, _Form] = {"NFC": "NFC", "NFD": "NFD", "NFKC": "NFKC", "NFKD": "NFKD"}


def words(text: str) -> list[str]:
    """The words of a text."""
    if "\x1c" in text or "\x1d" in text or "\x1e" in text or "\x1f" in text:
        return [word for word in re.split(_WHITE_SPACE, text) if word]
    # Several times as fast, and the same without those separators.
    return text.split()


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

    import unicodedata  # Takes a while, and few calls need it.

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
        items = [texts] if isinstance(texts, str) else as_list(name, texts)
        for index, text in enumerate(items):
            if not isinstance(text, str):
                raise ValueError(f"{name}, sample {index}: {text!r} is no string")
        if form or lowercase or without_punctuation:
            items = [normalize(text) for text in items]
        both.append(items)
    return both[0], both[1]
