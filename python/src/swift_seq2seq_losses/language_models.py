"""N-gram language models."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from ctypes import byref, c_int64
from typing import Union

import numpy as np

from ._native import arguments as _arguments
from ._native import handles as _handles
from ._native import library as _library

__all__ = ["NGramModel"]

_ASCII_WORD = re.compile(r"\S+", re.ASCII)


def _path(path: Union[str, os.PathLike[str]]) -> bytes:
    """A path's bytes, which C has up to the first zero."""
    found = os.fsencode(os.fspath(path))
    if b"\0" in found:
        raise ValueError(f"path: {path!r} has a zero in it")
    return found


class NGramModel(_handles.Immutable):
    """An n-gram language model with back-off.

    Reads ARPA files as lmplz, SRILM and IRSTLM write them, also compressed by gzip, and KenLM's
    binaries (probing hash tables, tries, quantised tries), told by their content. Scores are natural
    logarithms.

    Args:
        path: The file.
        mmap: Whether a KenLM binary is mapped: read when needed, and shared between processes. Another process
            that shortens or rewrites the file meanwhile ends this one (SIGBUS); with `False` the file is read
            into memory at once and may change afterwards. ARPA files are always read into memory.

    Raises:
        ValueError: The file cannot be read, or is damaged; the message says where.
    """

    def __init__(self, path: Union[str, os.PathLike[str]], *, mmap: bool = True) -> None:
        self._handle = _handles.Handle(
            "ngram_model",
            _library.ngram_model_open if mmap else _library.ngram_model_read,
            _path(path),
        )
        order, words = c_int64(), c_int64()
        _library.ngram_model_size(self._handle, byref(order), byref(words))
        self.order: int = order.value
        """The number of words in the longest n-grams."""
        self._words = words.value

    def __len__(self) -> int:
        """The number of words."""
        return self._words

    def scores(
        self, words: Union[str, Sequence[str]], *, bos: bool = True, eos: bool = True
    ) -> list[tuple[float, bool]]:
        """Each word's log-probability after those before it, and whether the model has the word.

        Args:
            words: The words. A string is split at white space of ASCII, as KenLM does: an ideographic space is a
                word.
            bos: Whether the words follow `<s>`.
            eos: Whether the last entry is that of `</s>`.

        Returns:
            For each word its natural log-probability, and whether the model has it.

        Raises:
            ValueError: A word is no string, or no UTF-8; the message names it.
        """
        texts = _ASCII_WORD.findall(words) if isinstance(words, str) else list(words)
        for word in texts:
            if not isinstance(word, str):
                raise ValueError(f"words: {word!r} is no string")
        _arguments.check_texts("words", texts)
        scores = np.empty(len(texts) + bool(eos))
        known = np.empty(len(texts), dtype=np.int8)
        _library.ngram_model_scores(
            self._handle,
            byref(_library.strings(texts)),
            bool(bos),
            bool(eos),
            _arguments.address(scores),
            _arguments.address(known),
        )
        is_known = [bool(value) for value in known] + [True] * bool(eos)
        return list(zip(scores.tolist(), is_known))

    def score(self, words: Union[str, Sequence[str]], *, bos: bool = True, eos: bool = True) -> float:
        """The natural log-probability of a sentence: the sum of the words' `scores`.

        Args:
            words, bos, eos: As of `scores`.

        Returns:
            The log-probability.

        Raises:
            ValueError: As from `scores`.
        """
        return float(sum(score for score, _ in self.scores(words, bos=bos, eos=eos)))

    def __contains__(self, word: str) -> bool:
        return isinstance(word, str) and self.scores([word], eos=False)[0][1]
