"""The tokens of a model, from the files that toolkits write."""

from __future__ import annotations

import os
from ctypes import byref
from typing import Any, Callable, NamedTuple, Optional, Union

from .._native import arguments as _arguments
from .._native import enumerations as _enumerations
from .._native import library as _library

_AUTOMATIC = _enumerations.TOKEN_FILE_FORMATS["automatic"]
_FORMATS = {name: number for name, number in _enumerations.TOKEN_FILE_FORMATS.items() if name != "automatic"}
_NO_TOKENS = "path: neither a JSON object of tokens and their indices nor an array of tokens"
# More than 16 bytes for each of the most tokens that a vocabulary may have.
_LARGEST = 2**28


class TokenFile(NamedTuple):
    """The vocabulary that a file describes, as the decoders' options of the same names."""

    labels: list[str]
    """The text of each token, by its index."""
    blank: int
    """The index of the blank; 0 if no token has a name that toolkits give to the blank."""
    word_separator: str
    """The text of the token between words."""


def read_tokens(
    path: Union[str, os.PathLike[str]], format: Optional[str] = None, *, outputs: Optional[int] = None,
    blank: Optional[int] = None,
) -> TokenFile:
    """Reads the tokens of a model from a file.

    Args:
        path: The file, in UTF-8; a byte order mark is ignored.
        format: The format of the file; by default it is recognized by its content:

            - "list": one token per line (torchaudio, flashlight, EasyOCR);
            - "indexed": a token, white space, its index (k2, icefall, ESPnet, WeNet, Kaldi);
            - "scored": a piece, a tab, its score (SentencePiece's `.vocab`);
            - "paddle": one character per line, without the blank, which comes first, and the space, which comes last
              (PaddleOCR);
            - "json": an object of tokens and their indices (Hugging Face's `vocab.json`), or an array of tokens.
        outputs: The number of the model's outputs, if known. It is checked, and it distinguishes a list without the
            blank from one with it.
        blank: The index of the blank; by default that of the token with a name that toolkits give to the blank. If
            the file has one token fewer than the model has outputs, as the `.vocab` of a SentencePiece model under a
            CTC head, the blank is inserted at this index: `read_tokens("m.vocab", outputs=257, blank=256)`.

    Returns:
        The labels, the blank and the word separator: `BeamSearchDecoder(**read_tokens(path)._asdict())`.

    Raises:
        ValueError: The file does not have the format, or its indices are not 0, 1, 2, … once each.
        OSError: The file cannot be read.
    """
    if format is not None:
        _arguments.choice("format", format, {**_FORMATS, "json": 0})
    count = 0 if outputs is None else _arguments.index("outputs", outputs)
    if outputs is not None and count < 1:
        raise ValueError(f"outputs: {outputs} is less than one")
    place = -1 if blank is None else _arguments.index("blank", blank)
    if blank is not None and place < 0:
        raise ValueError(f"blank: {blank} is negative")
    with open(path, "rb") as file:
        content = file.read(_LARGEST + 1)
    if len(content) > _LARGEST:
        raise ValueError(f"path: {os.fspath(path)!r} has more than {_LARGEST} bytes")
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise ValueError(f"path: {os.fspath(path)!r} is UTF-16, where UTF-8 is read")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"path: {os.fspath(path)!r} is not UTF-8: {error}") from None
    start = "".join(text.split())[:2]
    if format == "json" or (format is None and (start[:1] == "[" or start == '{"')):
        texts = _json_tokens(text)
        if texts is not None:
            _arguments.check_texts("path", texts)
            return _token_file(place, _library.token_file_of_texts, byref(_library.strings(texts)), count, place)
        # A bracket may be a token of a list.
        if format == "json" or start[:1] == "{":
            raise ValueError(_NO_TOKENS)
    if "\0" in text:
        raise ValueError(f"path: {os.fspath(path)!r} has a zero in it")
    number = _AUTOMATIC if format is None else _FORMATS[format]
    return _token_file(place, _library.token_file_read, text.encode(), number, count, place)


def _token_file(place: int, function: Callable[..., None], *arguments: Any) -> TokenFile:
    (blank, *lengths), _, text = _library.result(function, *arguments)
    parts, start = [], 0
    for length in lengths:
        parts.append(text[start : start + length].decode())
        start += length
    if place >= len(parts) - 1:
        raise ValueError(f"blank: {place} is outside 0..<{len(parts) - 1}")
    return TokenFile(parts[1:], max(0, blank) if place < 0 else place, parts[0])


def _json_tokens(text: str) -> Optional[list[str]]:
    """The tokens by their indices; `None` where this is no JSON of tokens."""
    import json  # Takes longer than this whole package: only where it is used.

    def pairs(found: list[tuple[str, Any]]) -> dict[str, Any]:
        names: dict[str, Any] = {}
        for name, value in found:
            if name in names:
                raise ValueError(f"path: {name!r} is there twice")
            names[name] = value
        return names

    try:
        found = json.loads(text, object_pairs_hook=pairs)
    except json.JSONDecodeError:
        return None
    if isinstance(found, list) and found and all(isinstance(token, str) for token in found):
        return found
    if isinstance(found, list) and found:
        raise ValueError(_NO_TOKENS)
    if not isinstance(found, dict) or not found:
        return None
    if not all(type(index) is int for index in found.values()):
        return None
    ordered: list[Optional[str]] = [None] * len(found)
    for token, index in found.items():
        if not 0 <= index < len(found):
            raise ValueError(f"path: {token!r} has index {index}, outside 0..<{len(found)}")
        if ordered[index] is not None:
            raise ValueError(f"path: {ordered[index]!r} and {token!r} both have index {index}")
        ordered[index] = token
    return [token for token in ordered if token is not None]
