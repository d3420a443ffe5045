"""CTC decoding and forced alignment of NumPy arrays."""

from __future__ import annotations

import contextlib
import functools
import re
import warnings
from collections.abc import Iterable, Iterator, Sequence
from ctypes import byref, pointer
from typing import Any, Callable, NamedTuple, Optional, Union

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ._native import arguments as _arguments
from ._native import enumerations as _enumerations
from ._native import handles as _handles
from ._native import library as _library
from ._native import structures as _structures
from ._native.arguments import Array, Integers, LabelsLike
from ._ngram import NGramModel


class Span(NamedTuple):
    """Where a token is: frames `start` up to, not including, `end`."""

    token: int
    start: int
    end: int
    log_probability: float
    """The sum of its log-probabilities over these frames."""
    confidence: float


class Word(NamedTuple):
    """A word: its frames, and its tokens `tokens[0]` up to, not including, `tokens[1]`.

    Of hypotheses without spans the numbers behind are 0.
    """

    text: str
    tokens: tuple[int, int]
    start: int
    end: int
    log_probability: float
    confidence: float


class Hypothesis(NamedTuple):
    """A labelling that a decoder proposes; scores are natural logarithms."""

    tokens: list[int]
    text: str
    spans: list[Span]
    words: list[Word]
    acoustic_score: float
    """The log-probability of the tokens by the posteriors."""
    language_score: float
    """What the language model adds, weighted, with bonuses and penalties."""
    bias_score: float
    """What hotwords add."""
    is_complete: bool
    """Whether the last word is whole."""

    @property
    def score(self) -> float:
        """The sum of the three scores."""
        return self.acoustic_score + self.language_score + self.bias_score


class BeamSearchDecoder(_handles.Immutable):
    """Prefix beam search over CTC posteriors (Hannun et al. 2014, arXiv 1408.2873).

    The score of a hypothesis is

        acoustic + language_model_weight · log P(text) + word_bonus · words
        + unknown_word_penalty · unknown words + boosts of its hotwords

    where words are tokens with `language_model_unit="token"`. All penalties, boosts and thresholds
    are in nats. Penalties and boosts are at most 1e9 in magnitude; thresholds are distances below the best,
    `inf` to keep all. Ties go to the prefix that is older, then to the lower token, so results never depend
    on chance.

    A decoder is immutable; any number of threads may share one. Calls release the GIL.

    Args:
        labels: The texts of the tokens, that of the blank any, or their number. `read_tokens` reads labels, blank and
            separator from a file.
        blank: The index of the blank token.
        beam_width: The most prefixes that are kept after each frame.
        beam_threshold: Prefixes this far below the best are left out.
        token_prune_threshold: Tokens this far below a frame's best are left out in that frame.
        topology: As for `ctc_loss`.
        nbest: The most hypotheses that are returned.
        language_model: A model of words or of tokens; none by default.
        language_model_weight: What its log-probabilities are multiplied by.
        language_model_unit: What the model's words are: "word", or "token" for the labels.
        word_bonus: What each word adds.
        unknown_word_penalty: What each word adds that the model has not.
        look_ahead: Whether an unfinished word has the score of the best word of the model that it can still become.
        lexicon: Words that may be written, a list (spelled by their characters) or a dictionary from
            words to lists of tokens (their indices or texts), or to lists of such lists; word separators at
            the ends do not count.
        hotwords: Phrases to prefer, a list, or a dictionary from phrases to their boosts; a boost is
            added once for every time that a hypothesis holds the phrase, in whole words.
        hotword_boost: The boost of each phrase of a list.
        word_separator: Words end at the token of this text, or begin at "▁"; with an empty separator no token
            separates words, for scripts without spaces.
        spans: Whether hypotheses have spans, and words their frames.
        confidence: "largest" (the token's largest probability in its frames), "mean" (the geometric
            mean), or "entropy" (one minus the frames' normalised entropy); of the softmax of each frame's
            values, so that logits have the confidences of their log-probabilities.
        pieces: How the labels say where words begin and end: "sentencepiece" ("▁" and bytes such as "<0xE7>", or no
            marks), "wordpiece" (BERT's "##"), "subword-nmt" ("@@"), "end-of-word" ("</w>"), "underscore" ("_" at the
            end) or "byte-level" (GPT-2's). Bytes that are not UTF-8 together become U+FFFD.
        unspellable: "error", or "skip" to leave out words of the lexicon and hotwords that no tokens
            spell, with a warning; empty ones and those of only separators too.
        fold: Whether hotwords are spelled in other case, with plain punctuation, without punctuation that no
            token has, and in other Unicode forms, where the tokens cannot spell a word as it is (as of
            `spell_text`). Words of a lexicon are what is written, and stay as they are.

    Raises:
        ValueError: An option does not fit; the message names it.
    """

    def __init__(
        self,
        labels: Union[Sequence[str], int],
        *,
        blank: int = 0,
        beam_width: int = 64,
        beam_threshold: float = 10.0,
        token_prune_threshold: float = 8.0,
        topology: str = "classic",
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
        spans: bool = True,
        confidence: str = "largest",
        pieces: str = "sentencepiece",
        unspellable: str = "error",
        fold: bool = False,
    ) -> None:
        options, self.labels = search_options(
            labels,
            blank=blank,
            beam_width=beam_width,
            beam_threshold=beam_threshold,
            token_prune_threshold=token_prune_threshold,
            nbest=nbest,
            language_model=language_model,
            language_model_weight=language_model_weight,
            language_model_unit=language_model_unit,
            word_bonus=word_bonus,
            unknown_word_penalty=unknown_word_penalty,
            look_ahead=look_ahead,
            lexicon=lexicon,
            hotwords=hotwords,
            hotword_boost=hotword_boost,
            word_separator=word_separator,
            pieces=pieces,
            unspellable=unspellable,
            fold=fold,
        )
        options.topology = _arguments.topology_number(topology)
        options.finds_spans = _arguments.flag("spans", spans)
        options.confidence = _arguments.choice("confidence", confidence, _enumerations.CONFIDENCES)
        with caller_positions(options):
            self._handle = _handles.Handle("decoder", _library.decoder_create, byref(options))

    def decode(self, log_probabilities: ArrayLike) -> list[Hypothesis]:
        """The best hypotheses of one sample.

        Args:
            log_probabilities: `[time, vocabulary]`: natural logarithms of the posteriors, or logits.

        Returns:
            At most `nbest` hypotheses, best first.

        Raises:
            ValueError: As from `decode_batch`.
        """
        return self.decode_batch(_two_axes(log_probabilities), threads=1)[0]

    def decode_batch(
        self,
        log_probabilities: Union[ArrayLike, Sequence[ArrayLike]],
        lengths: Optional[ArrayLike] = None,
        *,
        threads: Optional[int] = None,
    ) -> list[list[Hypothesis]]:
        """The best hypotheses of each sample.

        Args:
            log_probabilities: `[batch, time, vocabulary]`, or a list of `[time, vocabulary]`: natural logarithms of
                the posteriors, or logits.
            lengths: `[batch]`, the frames of each sample, with an array; all of them unless given.
            threads: The most threads to use; one a processor unless given. Results do not depend on it.

        Returns:
            For each sample at most `nbest` hypotheses, best first.

        Raises:
            ValueError: A shape, type, length or value does not fit; the message names the first bad sample.
        """
        if _is_no_sample(log_probabilities):
            return []
        arrays, frames = _padded(log_probabilities, lengths)
        return _decode(self._handle, _library.decoder_decode, arrays, frames, threads)

    def stream(self) -> DecodingStream:
        """A decoding that frames come to in pieces.

        Returns:
            A new stream, which has seen no frame.
        """
        return DecodingStream(self)


class DecodingStream(_handles.Stateful):
    """A decoding that frames come to in pieces; its end equals the decoding of the whole, to the bit.

    Threads that use one wait for each other. It is neither copied nor pickled.

    Args:
        decoder: Whose search and options these are.
    """

    def __init__(self, decoder: BeamSearchDecoder) -> None:
        self._decoder = decoder
        self._handle = _handles.Handle("stream", _library.stream_create, decoder._handle)

    def feed(self, log_probabilities: ArrayLike) -> None:
        """Takes in more frames.

        Args:
            log_probabilities: `[time, vocabulary]`, as for `BeamSearchDecoder.decode`.

        Raises:
            ValueError: A shape, type or value does not fit; the stream is as before.
        """
        array = _two_axes(log_probabilities)
        _library.stream_feed(self._handle, byref(_arguments.tensor(array)))

    @property
    def stable_tokens(self) -> list[int]:
        """The tokens that no further frame can change."""
        return _library.result(_library.stream_stable_tokens, self._handle)[0]

    def hypotheses(self, nbest: int = 1) -> list[Hypothesis]:
        """The best hypotheses so far, without spans, and without a character whose last bytes are still to come.

        Args:
            nbest: The most hypotheses that are returned.

        Returns:
            The hypotheses, best first.

        Raises:
            ValueError: `nbest` is negative.
        """
        return read_hypotheses(
            _library.result(
                _library.stream_hypotheses,
                self._handle,
                _arguments.index("nbest", nbest),
            )
        )[0]

    def finish(self) -> list[Hypothesis]:
        """The hypotheses of all that was fed.

        Returns:
            As from `BeamSearchDecoder.decode`.
        """
        return read_hypotheses(_library.result(_library.stream_finish, self._handle))[0]


@functools.lru_cache(maxsize=8)
def _greedy_decoder(
    labels: Union[tuple[str, ...], int], blank: int, topology: str, word_separator: str, pieces: str
) -> BeamSearchDecoder:
    # A table of thousands of texts takes longer to make than a line to decode.
    return BeamSearchDecoder(
        labels, blank=blank, topology=topology, word_separator=word_separator, pieces=pieces
    )


def ctc_greedy_decode(
    log_probabilities: Union[ArrayLike, Sequence[ArrayLike]],
    lengths: Optional[ArrayLike] = None,
    *,
    labels: Optional[Sequence[str]] = None,
    blank: int = 0,
    topology: str = "classic",
    threads: Optional[int] = None,
    word_separator: str = " ",
    pieces: str = "sentencepiece",
) -> Union[Hypothesis, list[Hypothesis]]:
    """The most probable token of each frame, collapsed.

    Where tokens tie the lower one is taken.

    Args:
        log_probabilities: `[time, vocabulary]`, `[batch, time, vocabulary]`, or a list of `[time, vocabulary]`:
            natural logarithms of the posteriors, or logits.
        lengths: `[batch]`, the frames of each sample, with an array; all of them unless given.
        labels: The texts of the tokens; without them hypotheses have no text.
        blank, topology, word_separator, pieces: As of `BeamSearchDecoder`.
        threads: The most threads to use; one a processor unless given. Results do not depend on it.

    Returns:
        One hypothesis for `[time, vocabulary]`, else a list of them, one for each sample.

    Raises:
        ValueError: As from `BeamSearchDecoder.decode_batch`, or an option does not fit.
    """
    if _is_no_sample(log_probabilities):
        return []
    is_single = getattr(log_probabilities, "ndim", 0) == 2
    if is_single:
        log_probabilities = _two_axes(log_probabilities)
    arrays, frames = _padded(log_probabilities, lengths)
    # What is neither is an error of the decoder's.
    names: Any = labels
    if labels is None:
        names = arrays.shape[2]
        if names == 0:
            raise ValueError(f"log_probabilities: no tokens in an array of shape {list(arrays.shape)}")
    elif not isinstance(labels, str) and hasattr(labels, "__iter__"):
        names = tuple(labels)
    try:
        # A name, or an error: an array is no key of the decoders that are kept.
        _arguments.topology_number(topology)
        _arguments.choice("pieces", pieces, _enumerations.PIECES)
        decoder = _greedy_decoder(
            names, _arguments.index("blank", blank), topology,
            _texts("word_separator", [word_separator])[0], pieces,
        )
    except TypeError:
        # Labels that are no key are no texts either.
        _texts("labels", names)
        raise
    found = _decode(decoder._handle, _library.decoder_decode_greedy, arrays, frames, threads)
    return found[0][0] if is_single else [hypotheses[0] for hypotheses in found]


def forced_align(
    log_probs: ArrayLike,
    targets: LabelsLike,
    input_lengths: Optional[ArrayLike] = None,
    target_lengths: Optional[ArrayLike] = None,
    blank: int = 0,
    *,
    topology: str = "classic",
    threads: Optional[int] = None,
) -> tuple[NDArray[np.int64], NDArray[Any]]:
    """The best path of each sample with its targets: `torchaudio.functional.forced_align`.

    Exactly the best path, also for hours: memory is O((time · targets)^(2/3)).

    Args:
        log_probs: `[batch, time, vocabulary]`.
        targets: `[batch, targets]`, or any form that `ctc_loss` takes. A target of -1 stands for any tokens but the
            blank, for what a text has not; frames that it takes have the token -1.
        input_lengths: `[batch]`, the frames of each sample; all of them unless given.
        target_lengths: `[batch]`, the targets of each sample.
        blank: The index of the blank token.
        topology: As for `ctc_loss`.
        threads: The most threads to use; one a processor unless given. Results do not depend on it.

    Returns:
        The token of each frame and its log-probability, both `[batch, time]`; past a sample's frames the blank and 0.

    Raises:
        ValueError: A shape, length, target or option does not fit, or a sample has no path; the message names it.
    """
    array = _arguments.float_array("log_probs", log_probs)
    batch, time, _ = array.shape
    lengths = _arguments.lengths("input_lengths", input_lengths, batch)
    labels, _ = _arguments.labels(targets, target_lengths, batch, "targets", "target_lengths")
    paths = np.empty((batch, time), dtype=np.int64)
    scores = np.empty((batch, time))
    _library.forced_align(
        byref(_arguments.tensor(array)),
        _arguments.address(lengths),
        byref(labels),
        _arguments.index("blank", blank),
        _arguments.topology_number(topology),
        _arguments.thread_count(threads),
        _arguments.address(paths),
        _arguments.address(scores),
    )
    paths[paths == -2] = blank
    return paths, scores.astype(array.dtype, copy=False)


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
        texts = _texts("labels", labels)
        options.labels = pointer(_library.strings(texts))
    options.blank = _arguments.index("blank", blank)
    options.word_separator = _texts("word_separator", [word_separator])[0].encode()
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
        for place, text in enumerate(_texts("hotwords", hotwords)):
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
        options.phrases = pointer(_library.strings(_texts("hotwords", hotwords)))
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
    content = _texts("text", [text])[0]
    found, _, _ = _library.result(
        _library.spell_text, byref(options), content.encode(), _arguments.flag("fold", fold)
    )
    return list(found)


def _decode(
    handle: _handles.Handle, function: Callable[..., None], array: Array, lengths: Optional[Integers],
    threads: Optional[int],
) -> list[list[Hypothesis]]:
    return read_hypotheses(
        _library.result(
            function,
            handle,
            byref(_arguments.tensor(array)),
            _arguments.address(lengths),
            _arguments.thread_count(threads),
        )
    )


def read_hypotheses(result: tuple[list[int], list[float], bytes]) -> list[list[Hypothesis]]:
    """The hypotheses of each sample, as the C header describes them."""
    integers, numbers, text = result
    at = number = byte = 0
    samples = []

    def take(count: int) -> list[int]:
        nonlocal at
        at += count
        return integers[at - count : at]

    def take_text(count: int) -> str:
        nonlocal byte
        byte += count
        return text[byte - count : byte].decode()

    while at < len(integers):
        hypotheses = []
        for _ in range(take(1)[0]):
            token_count, spans, words, length, is_complete = take(5)
            tokens = take(token_count)
            frames = take(2 * spans)
            acoustic, language, bias = numbers[number : number + 3]
            number += 3
            found = []
            for index in range(spans):
                found.append(
                    Span(tokens[index], *frames[2 * index : 2 * index + 2], *numbers[number : number + 2])
                )
                number += 2
            whole = take_text(length)
            parts = []
            for _ in range(words):
                size, first, last, start, end = take(5)
                parts.append(
                    Word(take_text(size), (first, last), start, end, *numbers[number : number + 2])
                )
                number += 2
            hypotheses.append(
                Hypothesis(tokens, whole, found, parts, acoustic, language, bias, bool(is_complete))
            )
        samples.append(hypotheses)
    return samples


def _two_axes(values: Any) -> NDArray[Any]:
    array = _arguments.array("log_probabilities", values)
    if array.ndim != 2:
        raise ValueError(
            f"log_probabilities: shape {list(array.shape)} where [time, vocabulary] is expected"
        )
    return _arguments.float_array("log_probabilities", array[None])


def _is_no_sample(values: Any) -> bool:
    """Whether this is an empty list, which has no vocabulary to be checked."""
    return isinstance(values, (list, tuple)) and not values


def _padded(values: Any, lengths: Optional[ArrayLike]) -> tuple[Array, Optional[Integers]]:
    """A batch `[batch, time, vocabulary]`, and its lengths."""
    if hasattr(values, "ndim"):
        array = _arguments.float_array("log_probabilities", values)
        return array, _arguments.lengths("lengths", lengths, array.shape[0])
    if lengths is not None:
        raise ValueError("lengths: given with a list of arrays, which have lengths of their own")
    arrays = [_two_axes(value)[0] for value in values]
    if len({array.shape[1] for array in arrays}) > 1 or len({array.dtype for array in arrays}) > 1:
        raise ValueError("log_probabilities: arrays with different vocabularies or types")
    counts = np.array([len(array) for array in arrays], dtype=np.int64)
    padded = np.zeros((len(arrays), counts.max(), arrays[0].shape[1]), dtype=arrays[0].dtype)
    for row, array in zip(padded, arrays):
        row[: len(array)] = array
    return padded, counts


def _texts(argument: str, values: Iterable[str]) -> list[str]:
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
        return _texts("lexicon", lexicon), None
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
    return _texts("lexicon", words), spellings
