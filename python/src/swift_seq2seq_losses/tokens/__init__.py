"""The tokens of a model: files of tokens, and the spelling of texts."""

from ._spelling import spell_text
from ._token_file import TokenFile, read_tokens

__all__ = [
    "TokenFile",
    "read_tokens",
    "spell_text",
]
