"""The vocabulary of a decoder: the texts of its tokens, the blank, and how tokens are joined to words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from ctypes import pointer
from typing import Any, Optional

from .._native import arguments as _arguments
from .._native import enumerations as _enumerations
from .._native import library as _library
from .._native import structures as _structures


def vocabulary_options(given: Mapping[str, Any]) -> tuple[_structures.DecoderOptions, Optional[list[str]]]:
    """C's options with the vocabulary in them, and the texts of the tokens unless there is only their number.

    `given` holds the arguments `labels`, `blank`, `word_separator` and `pieces`.
    """
    options, labels, texts = _structures.DecoderOptions(), given["labels"], None
    # Arrays, too, have an index, but only those without axes return it.
    if hasattr(labels, "__index__") and not getattr(labels, "ndim", 0):
        options.vocabulary = _arguments.index("labels", labels)
    else:
        texts = text_list("labels", labels)
        options.labels = pointer(_library.strings(texts))
    options.blank = _arguments.index("blank", given["blank"])
    options.word_separator = text_list("word_separator", [given["word_separator"]])[0].encode()
    options.pieces = _arguments.choice("pieces", given["pieces"], _enumerations.PIECES)
    return options, texts


def text_list(argument: str, values: Iterable[str]) -> list[str]:
    """The texts as a list; an error for anything that is not an iterable of strings."""
    if isinstance(values, str):
        raise ValueError(f"{argument}: a string where a list of texts is expected")
    if not hasattr(values, "__iter__"):
        raise ValueError(f"{argument}: {values!r} where a list of texts is expected")
    texts = list(values)
    for index, text in enumerate(texts):
        if not isinstance(text, str):
            raise ValueError(f"{argument}, position {index}: {text!r} is no string")
    _arguments.check_texts(argument, texts)
    return texts
