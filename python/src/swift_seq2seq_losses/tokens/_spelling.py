"""The tokens that spell a text."""

from __future__ import annotations

from collections.abc import Sequence
from ctypes import byref

from .._native import arguments as _arguments
from .._native import library as _library
from ..decoding._search_options import search_options, text_list


def spell_text(
    text: str,
    labels: Sequence[str],
    *,
    blank: int = 0,
    word_separator: str = " ",
    pieces: str = "sentencepiece",
    fold: bool = False,
) -> list[int]:
    """The tokens that spell a text: targets for `forced_align`, or labels for a loss.

    Within each word the fewest tokens; of several ways with as many the one whose first token is longest. Texts are
    compared by their scalars.

    Args:
        text: Words with white space between them.
        labels, blank, word_separator, pieces: As of `BeamSearchDecoder`.
        fold: Whether case, typographic punctuation, punctuation that no token has, and the Unicode form make no
            difference where the tokens cannot spell a word.

    Returns:
        The tokens' indices.

    Raises:
        ValueError: The tokens cannot spell a word; the message names it.
    """
    options, texts = search_options(labels, blank=blank, word_separator=word_separator, pieces=pieces)
    if texts is None:
        raise ValueError("labels: texts are needed to spell with")
    content = text_list("text", [text])[0]
    found, _, _ = _library.result(
        _library.spell_text, byref(options), content.encode(), _arguments.flag("fold", fold)
    )
    return list(found)
