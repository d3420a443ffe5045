"""The options that all beam searches share."""

from __future__ import annotations

import contextlib
import re
import warnings
from collections.abc import Iterable, Iterator, Sequence
from ctypes import byref, pointer
from typing import Any, Optional, Union

import numpy as np

from .._native import arguments as _arguments
from .._native import enumerations as _enumerations
from .._native import library as _library
from .._native import structures as _structures
from .._native.arguments import Integers
from ..language_models import NGramModel


def search_options(
    labels: Any,
    *,
    blank: int = 0,
    beam_width: int = 64,
    beam_threshold: float = 10.0,
    token_prune_threshold: float = 8.0,
    nbest: int = 1,
    language_model: Optional[NGramModel] = None,
    language_model_weight: float = 0.5,
    language_model_unit: str = "word",
    word_bonus: float = 0.0,
    unknown_word_penalty: float = -10.0,
    look_ahead: bool = True,
    lexicon: Union[Sequence[str], dict[str, Sequence[Any]], None] = None,
    hotwords: Union[Sequence[str], dict[str, float], None] = None,
    hotword_boost: float = 10.0,
    word_separator: str = " ",
    pieces: str = "sentencepiece",
    unspellable: str = "error",
    fold: bool = False,
) -> tuple[_structures.DecoderOptions, Optional[list[str]]]:
    """What the decoders of all models have in common, as C has it; and the labels, if they are texts."""
    options = _structures.DecoderOptions()
    texts = None
    # Arrays, too, have an index, if only those without axes give it.
    if hasattr(labels, "__index__") and not getattr(labels, "ndim", 0):
        options.vocabulary = _arguments.index("labels", labels)
    else:
        texts = text_list("labels", labels)
        options.labels = pointer(_library.strings(texts))
    options.blank = _arguments.index("blank", blank)
    options.word_separator = text_list("word_separator", [word_separator])[0].encode()
    options.pieces = _arguments.choice("pieces", pieces, _enumerations.PIECES)
    options.folds = _arguments.flag("fold", fold)
    options.beam_width = _arguments.index("beam_width", beam_width)
    options.beam_threshold = _arguments.number("beam_threshold", beam_threshold)
    options.token_prune_threshold = _arguments.number("token_prune_threshold", token_prune_threshold)
    options.hypothesis_count = _arguments.index("nbest", nbest)
    # Checked without a model too.
    fusion = _structures.LanguageModel(
        None,
        _arguments.choice("language_model_unit", language_model_unit, _enumerations.LANGUAGE_MODEL_UNITS),
        _arguments.number("language_model_weight", language_model_weight),
        _arguments.number("word_bonus", word_bonus),
        _arguments.number("unknown_word_penalty", unknown_word_penalty),
        _arguments.flag("look_ahead", look_ahead),
    )
    boost = _arguments.number("hotword_boost", hotword_boost)
    if language_model is not None:
        if not isinstance(language_model, NGramModel):
            raise ValueError(f"language_model: {language_model!r} is no NGramModel")
        fusion.model = language_model._handle.pointer
        options.language_model = pointer(fusion)
    words: Optional[list[str]] = None
    spellings: Optional[list[Integers]] = None
    if lexicon is not None:
        words, spellings = _lexicon(lexicon, texts)
    if hotwords is not None and not isinstance(hotwords, dict):
        first_places: dict[str, int] = {}
        for place, text in enumerate(text_list("hotwords", hotwords)):
            first_places.setdefault(text, place)
        options.places = {"hotwords": list(first_places.values())}
        hotwords = dict.fromkeys(first_places, boost)
    skips = _arguments.choice("unspellable", unspellable, {"error": 0, "skip": 1})
    _take(options, words, spellings, hotwords)
    if skips and texts is not None:
        words, spellings, hotwords = _spellable(options, words, spellings, hotwords)
        _take(options, words, spellings, hotwords)
    return options, texts


def _take(
    options: _structures.DecoderOptions, words: Optional[list[str]], spellings: Optional[list[Integers]],
    hotwords: Optional[dict[str, float]],
) -> None:
    """Puts a lexicon and phrases into the options."""
    if words is not None:
        options.lexicon = pointer(_library.strings(words))
        if spellings is not None:
            options.spellings = pointer(_arguments.labels(spellings, None, len(spellings), "lexicon")[0])
    if hotwords is not None:
        boosts = np.array([_arguments.number("hotwords", boost) for boost in hotwords.values()])
        options.phrases = pointer(_library.strings(text_list("hotwords", hotwords)))
        options.phrase_boosts = _arguments.address(boosts)
        # The structure holds the address only.
        options.kept = boosts


def _spellable(
    options: _structures.DecoderOptions, words: Optional[list[str]], spellings: Optional[list[Integers]],
    hotwords: Optional[dict[str, float]],
) -> tuple[Optional[list[str]], Optional[list[Integers]], Optional[dict[str, float]]]:
    """The words, their spellings and the phrases that the tokens can spell; a warning names the others."""
    found, _, _ = _library.result(_library.decoder_unspellable, byref(options))
    lost_words, lost_phrases = set(found[1 : 1 + found[0]]), set(found[2 + found[0] :])
    given = getattr(options, "places", {}).get("hotwords")
    options.places = {}
    if words is not None:
        _warn("lexicon", [word for place, word in enumerate(words) if place in lost_words])
        kept = [place for place in range(len(words)) if place not in lost_words]
        options.places["lexicon"] = kept
        words = [words[place] for place in kept]
        spellings = None if spellings is None else [spellings[place] for place in kept]
    if hotwords is not None:
        lost = [text for place, text in enumerate(hotwords) if place in lost_phrases]
        places = range(len(hotwords)) if given is None else given
        options.places["hotwords"] = [
            place for index, place in enumerate(places) if index not in lost_phrases
        ]
        hotwords = {text: boost for place, (text, boost) in enumerate(hotwords.items()) if place not in lost_phrases}
        _warn("hotwords", lost)
    return words, spellings, hotwords


@contextlib.contextmanager
def caller_positions(options: _structures.DecoderOptions) -> Iterator[None]:
    """Errors about entries name their places among what the caller gave, not among what is left of it."""
    try:
        yield
    except ValueError as error:
        found = re.match(r"(lexicon|hotwords), position (\d+)", str(error))
        kept = getattr(options, "places", {}).get(found[1]) if found else None
        if found is None or kept is None:
            raise
        text = f"{found[1]}, position {kept[int(found[2])]}{str(error)[found.end() :]}"
        raise ValueError(text) from None


def _warn(argument: str, lost: list[str]) -> None:
    if lost:
        more = f" and {len(lost) - 10} more" if len(lost) > 10 else ""
        texts = ", ".join(map(repr, lost[:10]))
        warnings.warn(f"{argument}: no tokens spell {texts}{more}; left out", stacklevel=5)


def text_list(argument: str, values: Iterable[str]) -> list[str]:
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


def _lexicon(
    lexicon: Union[Sequence[str], dict[str, Sequence[Any]]], labels: Optional[list[str]]
) -> tuple[list[str], Optional[list[Integers]]]:
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
