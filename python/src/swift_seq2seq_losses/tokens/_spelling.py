"""The tokens that spell a text."""

from __future__ import annotations

from collections.abc import Sequence
from ctypes import byref

from .._native import arguments as _arguments
from .._native import library as _library
from ._vocabulary import text_list, vocabulary_options


def spell_text(
    text: str, labels: Sequence[str], *, blank: int = 0, word_separator: str = " ", pieces: str = "sentencepiece",
    fold: bool = False,
) -> list[int]:
    """The tokens that spell a text, as targets for `forced_align` or as labels for a loss.

    Each word is spelled with as few tokens as possible; ties go to the spelling whose first token is longest. Texts
    are compared by their Unicode scalars.

    Args:
        text: Words, separated by white space.
        labels: The texts of the tokens; the text of the blank is ignored.
        blank: The index of the blank token.
        word_separator: The text of the token between words; "" if no token separates words.
        pieces: How labels mark the beginnings and ends of words: "sentencepiece", "wordpiece", "subword-nmt",
            "end-of-word", "underscore" or "byte-level", as for `BeamSearchDecoder`.
        fold: Whether a word that the tokens cannot spell as it is may be spelled in other case, with plain
            punctuation, without punctuation that no token has, or in another Unicode form.

    Returns:
        The indices of the tokens.

    Raises:
        ValueError: The tokens cannot spell a word, or an option does not fit; the message names it.
    """
    options, texts = vocabulary_options(locals())
    if texts is None:
        raise ValueError("labels: texts are needed to spell with")
    content = text_list("text", [text])[0]
    options.folds = _arguments.flag("fold", fold)
    found, _, _ = _library.result(_library.spell_text, byref(options), content.encode())
    return list(found)
