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

    Files are ARPA files of lmplz, SRILM or IRSTLM, also compressed by gzip, or KenLM's binaries (probing hash tables,
    tries, quantized tries); the content tells which. Scores are natural logarithms. A model never changes, and
    threads may share it.

    Args:
        path: The file.
        mmap: Whether to map a KenLM binary into memory: it is read when needed, and processes share it. If another
            process shortens or rewrites a mapped file, this process ends (SIGBUS). With `False`, the file is read into
            memory at once and may change afterwards. ARPA files are always read into memory.

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
        """The length of the longest n-grams, in words."""
        self._words = words.value

    def __len__(self) -> int:
        """The number of words."""
        return self._words

    def scores(
        self, words: Union[str, Sequence[str]], *, bos: bool = True, eos: bool = True
    ) -> list[tuple[float, bool]]:
        """The log-probability of each word given the words before it, and whether the model contains the word.

        Args:
            words: The words. A string is split at ASCII white space, as KenLM does; an ideographic space is a word.
            bos: Whether the words begin a sentence, after `<s>`.
            eos: Whether they end it; the last entry is then that of `</s>`.

        Returns:
            For each word its log-probability in nats, and whether the model contains it.

        Raises:
            ValueError: A word is no string, or cannot be encoded as UTF-8; the message names it.
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
        """The log-probability of a sentence: the sum of its words' `scores`.

        Args:
            words, bos, eos: As for `scores`.

        Returns:
            The log-probability in nats.

        Raises:
            ValueError: As from `scores`.
        """
        return float(sum(score for score, _ in self.scores(words, bos=bos, eos=eos)))

    def __contains__(self, word: str) -> bool:
        return isinstance(word, str) and self.scores([word], eos=False)[0][1]
