"""The options that the beam searches of all models share."""

from __future__ import annotations

import contextlib
import re
import warnings
from collections.abc import Iterator, Mapping
from ctypes import byref, pointer
from typing import Any, Optional

import numpy as np

from .._native import arguments as _arguments
from .._native import enumerations as _enumerations
from .._native import library as _library
from .._native import structures as _structures
from .._native.arguments import Integers
from ..language_models import NGramModel
from ..tokens._vocabulary import text_list, vocabulary_options
from ._lexicon import lexicon_entries


def search_options(given: Mapping[str, Any]) -> tuple[_structures.DecoderOptions, Optional[list[str]]]:
    """C's options of a search, and the texts of the tokens unless there is only their number.

    `given` holds the arguments of a decoder by name. The class docstring of `BeamSearchDecoder` describes them.
    """
    options, texts = vocabulary_options(given)
    options.folds = _arguments.flag("fold", given["fold"])
    options.beam_width = _arguments.index("beam_width", given["beam_width"])
    options.beam_threshold = _arguments.number("beam_threshold", given["beam_threshold"])
    options.token_prune_threshold = _arguments.number("token_prune_threshold", given["token_prune_threshold"])
    options.hypothesis_count = _arguments.index("nbest", given["nbest"])
    _set_language_model(options, given)
    words, spellings = None, None
    if given["lexicon"] is not None:
        words, spellings = lexicon_entries(given["lexicon"], texts)
    hotwords = _boosts(options, given)
    skips = _arguments.choice("unspellable", given["unspellable"], {"error": 0, "skip": 1})
    _take(options, words, spellings, hotwords)
    if skips and texts is not None:
        words, spellings, hotwords = _spellable(options, words, spellings, hotwords)
        _take(options, words, spellings, hotwords)
    return options, texts


def _set_language_model(options: _structures.DecoderOptions, given: Mapping[str, Any]) -> None:
    # Its options are checked without a model too.
    fusion = _structures.LanguageModel(
        None,
        _arguments.choice("language_model_unit", given["language_model_unit"], _enumerations.LANGUAGE_MODEL_UNITS),
        _arguments.number("language_model_weight", given["language_model_weight"]),
        _arguments.number("word_bonus", given["word_bonus"]),
        _arguments.number("unknown_word_penalty", given["unknown_word_penalty"]),
        _arguments.flag("look_ahead", given["look_ahead"]),
    )
    model = given["language_model"]
    if model is None:
        return
    if not isinstance(model, NGramModel):
        raise ValueError(f"language_model: {model!r} is no NGramModel")
    fusion.model = model._handle.pointer
    options.language_model = pointer(fusion)


def _boosts(options: _structures.DecoderOptions, given: Mapping[str, Any]) -> Optional[dict[str, float]]:
    """The boost of each phrase."""
    boost, hotwords = _arguments.number("hotword_boost", given["hotword_boost"]), given["hotwords"]
    if hotwords is None or isinstance(hotwords, dict):
        return hotwords
    first_places: dict[str, int] = {}
    for place, text in enumerate(text_list("hotwords", hotwords)):
        first_places.setdefault(text, place)
    options.places = {"hotwords": list(first_places.values())}
    return dict.fromkeys(first_places, boost)


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
    """Corrects positions in errors: those in the argument, not those among the entries that are kept."""
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
