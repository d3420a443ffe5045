"""The words that a decoder may write, and their spellings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Optional, Union

from .._native import arguments as _arguments
from .._native.arguments import Integers
from ..tokens._vocabulary import text_list


def lexicon_entries(
    lexicon: Union[Sequence[str], dict[str, Sequence[Any]]], labels: Optional[list[str]]
) -> tuple[list[str], Optional[list[Integers]]]:
    """Words, one for each spelling, and their spellings unless the words are spelled by their characters."""
    indices: dict[str, int] = {}
    for place, text in enumerate(labels or []):
        indices.setdefault(text, place)

    def index(token: Any) -> Any:
        """A token's index; a token may be named by its text, as in flashlight's lexica."""
        if not isinstance(token, str):
            return token
        if token not in indices:
            raise ValueError(f"lexicon: {token!r} is no token, in {word!r}")
        return indices[token]

    if not isinstance(lexicon, dict):
        return text_list("lexicon", lexicon), None
    words, spellings = [], []
    for word, spelling in lexicon.items():
        if not hasattr(spelling, "__getitem__") or isinstance(spelling, str):
            raise ValueError(f"lexicon: {spelling!r} where the tokens of {word!r} are expected")
        several = len(spelling) > 0 and not (hasattr(spelling[0], "__index__") or isinstance(spelling[0], str))
        for tokens in spelling if several else [spelling]:
            words.append(word)
            if isinstance(tokens, (list, tuple)):
                tokens = [index(token) for token in tokens]
            with _arguments.renamed(tokens=f"lexicon, the tokens of {word!r}"):
                spellings.append(_arguments.vector("tokens", tokens))
    return text_list("lexicon", words), spellings
