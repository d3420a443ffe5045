"""Transducer decoding: greedy and beam search over a predictor and a joiner in Python."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from ctypes import byref, c_int64
from typing import Any, Callable, Optional, TypeVar, Union

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ._decoding import Hypothesis, caller_positions, read_hypotheses, search_options
from ._native import arguments as _arguments
from ._native import handles as _handles
from ._native import library as _library
from ._native import structures as _structures
from ._ngram import NGramModel
from ._transducer import Topology, topology_numbers

Predictor = Callable[[list[Any], NDArray[np.int64]], Sequence[Any]]
Joiner = Callable[[NDArray[Any], list[Any]], ArrayLike]
_Found = TypeVar("_Found")


class TransducerBeamSearchDecoder(_handles.Immutable):
    """Beam search over a transducer's outputs (RNN-T, TDT, multi-blank), frame by frame.

    The model is two functions, which may be of any framework:

    - `predictor(states, labels)`: the states after one more label each, a sequence as long as both.
      `states` is a list of what the predictor returned before, of any type, which must not change
      since; `labels` an array of integers. The first call, for the beginning, has `[None]` and the
      blank.
    - `joiner(frames, states)`: the logits `[n, vocabulary]` of n frames, an array `[n, ...]` of rows of
      the encoder's output, and n states; of a `TokenAndDuration` those of the durations come after the
      tokens': `[n, vocabulary + durations]`. The softmax is the decoder's part.

    The score of a hypothesis is the logarithm of the sum over all of its paths with at most
    `max_symbols` labels at a frame, with what a language model and hotwords add, as of
    `BeamSearchDecoder`, whose options these are.

    What the functions raise passes through. A decoder is immutable; any number of threads may share
    one, each with a model or a part of one.

    Args:
        topology: "standard" (labels take no frame), "monotonic" (one symbol a frame, as icefall's
            modified beam search), a `MultiBlank` or a `TokenAndDuration`, as of `rnnt_loss`.
        max_symbols: The most labels at a frame.

    The other options are those of `BeamSearchDecoder`.

    Raises:
        ValueError: An option does not fit; the message names it.
    """

    def __init__(
        self,
        labels: Union[Sequence[str], int],
        *,
        blank: int = 0,
        topology: Topology = "standard",
        max_symbols: int = 5,
        beam_width: int = 8,
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
    ) -> None:
        search, self.labels = search_options(
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
        self._blank = search.blank
        options = _structures.TransducerDecoderOptions(search)
        options.maximum_labels_per_frame = _arguments.index("max_symbols", max_symbols)
        options.topology, steps, big_blanks = topology_numbers(topology)
        options.steps = _arguments.address(steps)
        options.big_blanks = _arguments.address(big_blanks)
        options.step_count = 0 if steps is None else steps.size
        with caller_positions(search):
            self._handle = _handles.Handle(
                "transducer_decoder", _library.transducer_decoder_create, byref(options)
            )

    def decode(self, frames: ArrayLike, predictor: Predictor, joiner: Joiner) -> list[Hypothesis]:
        """The best hypotheses of one utterance.

        Args:
            frames: The encoder's output, `[time, ...]`.
            predictor, joiner: The model, as of this class.

        Returns:
            At most `nbest` hypotheses, best first.

        Raises:
            ValueError: As from `decode_batch`.
        """
        return self.decode_batch([frames], predictor, joiner)[0]

    def decode_batch(
        self,
        frames: Union[ArrayLike, Sequence[ArrayLike]],
        predictor: Predictor,
        joiner: Joiner,
        lengths: Optional[ArrayLike] = None,
    ) -> list[list[Hypothesis]]:
        """The best hypotheses of each utterance, one after the other.

        Args:
            frames: The encoder's output, `[batch, time, ...]`, or a list of `[time, ...]`.
            predictor, joiner: The model, as of this class.
            lengths: `[batch]`, the frames of each utterance, with an array; all of them unless given.

        Returns:
            For each utterance at most `nbest` hypotheses, best first.

        Raises:
            ValueError: A shape or length does not fit, or what the model returns; the message names it.
        """
        utterances = _utterances(frames, lengths)
        return _decode(self, _library.transducer_decode, utterances, predictor, joiner)

    def stream(
        self, predictor: Predictor, joiner: Joiner, *, greedy: bool = False
    ) -> TransducerStream:
        """A decoding that frames come to in pieces.

        Args:
            predictor, joiner: The model, as of this class.
            greedy: Whether the most probable move is taken at every place, as by `transducer_greedy_decode`, instead of
                a beam search.

        Returns:
            A new stream, which has seen no frame.

        Raises:
            ValueError: What the model returns does not fit; the message names it.
        """
        return TransducerStream(self, predictor, joiner, greedy)


class TransducerStream(_handles.Stateful):
    """A decoding that frames come to in pieces; its end equals the decoding of the whole, to the bit.

    As far as the model's own numbers do not depend on how many rows it has at once.

    Threads that use one wait for each other, but not for the model: while its predictor or joiner runs, any use
    of the stream, by themselves too, is a `ValueError`, and the stream goes on as it was. It is neither copied
    nor pickled.

    Args:
        decoder: Whose search and options these are.
        predictor, joiner, greedy: As of `TransducerBeamSearchDecoder.stream`.
    """

    def __init__(
        self, decoder: TransducerBeamSearchDecoder, predictor: Predictor, joiner: Joiner, greedy: bool
    ) -> None:
        self._model = _Model(predictor, joiner, decoder._blank)
        self._handle = self._model.call(
            _handles.Handle,
            "transducer_stream",
            _library.transducer_stream_create,
            decoder._handle,
            byref(self._model.functions),
            _arguments.flag("greedy", greedy),
            keeping=self._model,
        )

    @property
    def frames(self) -> int:
        """How many frames were taken in."""
        frames = c_int64()
        _library.transducer_stream_frames(self._handle, byref(frames))
        return frames.value

    def feed(self, frames: ArrayLike) -> None:
        """Takes in more frames. If it fails, the property `frames` says how many were taken in before.

        Args:
            frames: The encoder's output, `[time, ...]`.

        Raises:
            ValueError: A shape does not fit, or what the model returns; the message names it.
        """
        array = _rows(frames)
        with self._model.turn:
            self._model.utterances, self._model.first = [array], self.frames
            try:
                self._model.call(_library.transducer_stream_feed, self._handle, len(array))
            finally:
                self._model.utterances = []

    @property
    def stable_tokens(self) -> list[int]:
        """The tokens that no further frame can change."""
        return _library.result(_library.transducer_stream_stable_tokens, self._handle)[0]

    def hypotheses(self, nbest: int = 1) -> list[Hypothesis]:
        """The best hypotheses so far, without a character whose last bytes are still to come.

        Args:
            nbest: The most hypotheses that are returned.

        Returns:
            The hypotheses, best first.

        Raises:
            ValueError: `nbest` is negative.
        """
        count = _arguments.index("nbest", nbest)
        return read_hypotheses(
            _library.result(_library.transducer_stream_hypotheses, self._handle, count)
        )[0]

    def finish(self) -> list[Hypothesis]:
        """The hypotheses of all that was fed.

        Returns:
            As from `TransducerBeamSearchDecoder.decode`.
        """
        return read_hypotheses(
            _library.result(_library.transducer_stream_finish, self._handle)
        )[0]


def transducer_greedy_decode(
    frames: Union[ArrayLike, Sequence[ArrayLike]],
    predictor: Predictor,
    joiner: Joiner,
    *,
    labels: Union[Sequence[str], int],
    lengths: Optional[ArrayLike] = None,
    blank: int = 0,
    topology: Topology = "standard",
    max_symbols: int = 10,
    word_separator: str = " ",
    pieces: str = "sentencepiece",
) -> Union[Hypothesis, list[Hypothesis]]:
    """The most probable move at every place, for all utterances together (label looping).

    With a `TokenAndDuration` a blank of duration 0 counts as one of 1. Where tokens tie the lower one is taken.

    Args:
        frames: The encoder's output, `[time, features]`, `[batch, time, features]`, or a list of arrays.
        predictor, joiner: The model, as of `TransducerBeamSearchDecoder`.
        labels: The texts of the tokens, or their number.
        lengths: `[batch]`, the frames of each utterance, with an array; all of them unless given.
        max_symbols: The most labels at a frame, after which the blank is taken.
        blank, topology, word_separator, pieces: As of `TransducerBeamSearchDecoder`.

    Returns:
        One hypothesis for `[time, features]`, else a list of them, one for each utterance.

    Raises:
        ValueError: As from `TransducerBeamSearchDecoder.decode_batch`, or an option does not fit.
    """
    is_single = getattr(frames, "ndim", None) == 2
    decoder = TransducerBeamSearchDecoder(
        labels,
        blank=blank,
        topology=topology,
        max_symbols=max_symbols,
        word_separator=word_separator,
        pieces=pieces,
    )
    if is_single and lengths is not None:
        raise ValueError("lengths: given with one utterance")
    utterances = _utterances([frames] if is_single else frames, lengths)
    found = _decode(decoder, _library.transducer_decode_greedy, utterances, predictor, joiner)
    return found[0][0] if is_single else [hypotheses[0] for hypotheses in found]


class _Turn:
    """Lets one thread at a time feed a stream; an error while a function of its model runs."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.calls = 0

    def __enter__(self) -> None:
        while True:
            if self.calls:
                raise ValueError("stream: in use: a function of its model is running")
            # Not for ever: the one that has it may come to call the model, which may wait for this thread.
            if self._lock.acquire(timeout=0.01):
                return

    def __exit__(self, *exception: object) -> None:
        self._lock.release()


class _Model:
    """A predictor and a joiner as C functions; their states by number."""

    def __init__(self, predictor: Predictor, joiner: Joiner, blank: int) -> None:
        for name, function in (("predictor", predictor), ("joiner", joiner)):
            if not callable(function):
                raise ValueError(f"{name}: {function!r} is no function")
        self.predictor, self.joiner, self.blank = predictor, joiner, blank
        self.utterances: list[NDArray[Any]] = []
        self.first = 0
        """The number of the utterances' first frames."""
        self._states: dict[int, Any] = {}
        self._next = 0
        self._error: Optional[BaseException] = None
        self.turn = _Turn()

        def guarded(kind: Callable[..., Any], function: Callable[..., None]) -> Any:
            def call(context: object, *arguments: Any) -> int:
                self.turn.calls += 1
                try:
                    function(*arguments)
                    return 0
                except BaseException as error:  # Python's exceptions cannot pass through C.
                    self._error = error
                    return 1
                finally:
                    self.turn.calls -= 1

            return kind(call)

        self.functions = _structures.TransducerModel(
            None,
            guarded(_structures.TransducerStart, self._start),
            guarded(_structures.TransducerAdvance, self._advance),
            guarded(_structures.TransducerJoin, self._join),
            _structures.TransducerRelease(lambda context, state: self._states.pop(state, None)),
        )

    def call(self, function: Callable[..., _Found], *arguments: Any, **keywords: Any) -> _Found:
        """Calls a C function that may call this model's."""
        try:
            return function(*arguments, **keywords)
        except _library.ModelFailed as failed:
            error, self._error = self._error, None
            raise (failed if error is None else error) from None

    def _keep(self, state: Any) -> int:
        self._next += 1
        self._states[self._next] = state
        return self._next

    def _predict(self, states: list[Any], labels: NDArray[np.int64]) -> list[int]:
        found = self.predictor(states, labels)
        if not hasattr(found, "__len__"):
            raise ValueError(f"predictor: {found!r} is no sequence of states")
        if len(found) != len(states):
            raise ValueError(f"predictor: {len(found)} states for {len(states)} labels")
        return [self._keep(state) for state in found]

    def _start(self, state: Any) -> None:
        state[0] = self._predict([None], np.array([self.blank], dtype=np.int64))[0]

    def _advance(self, count: int, states: Any, labels: Any, next_states: Any) -> None:
        before = [self._states[state] for state in states[:count]]
        for index, state in enumerate(self._predict(before, np.array(labels[:count], np.int64))):
            next_states[index] = state

    def _join(self, count: int, frames: Any, states: Any, width: int, logits: Any) -> None:
        places = frames[: 2 * count]
        rows = np.stack(
            [
                self.utterances[utterance][frame - self.first]
                for utterance, frame in zip(places[::2], places[1::2])
            ]
        )
        found = self.joiner(rows, [self._states[state] for state in states[:count]])
        values = _arguments.array("joiner", found)
        if np.iscomplexobj(values):
            raise ValueError("joiner: complex numbers")
        try:
            values = values.astype(np.float64, copy=False)
        except (TypeError, ValueError) as error:
            raise ValueError(f"joiner: {error}") from None
        if values.shape != (count, width):
            raise ValueError(
                f"joiner: shape {list(values.shape)} where {[count, width]} is expected"
            )
        np.ctypeslib.as_array(logits, (count, width))[...] = values


def _decode(
    decoder: TransducerBeamSearchDecoder, function: Callable[..., None], utterances: list[NDArray[Any]],
    predictor: Predictor, joiner: Joiner,
) -> list[list[Hypothesis]]:
    model = _Model(predictor, joiner, decoder._blank)
    model.utterances = utterances
    counts = np.array([len(utterance) for utterance in utterances], dtype=np.int64)
    return read_hypotheses(
        model.call(
            _library.result,
            function,
            decoder._handle,
            byref(model.functions),
            _arguments.address(counts),
            len(utterances),
        )
    )


def _rows(frames: ArrayLike) -> NDArray[Any]:
    array = _arguments.array("frames", frames)
    if array.ndim < 2:
        raise ValueError(f"frames: shape {list(array.shape)} where [time, features] is expected")
    return array


def _utterances(frames: Any, lengths: Optional[ArrayLike]) -> list[NDArray[Any]]:
    """The frames of each utterance."""
    if not hasattr(frames, "ndim"):
        if lengths is not None:
            raise ValueError("lengths: given with a list of arrays, which have lengths of their own")
        return [_rows(utterance) for utterance in frames]
    array = _arguments.array("frames", frames)
    if array.ndim < 3:
        raise ValueError(
            f"frames: shape {list(array.shape)} where [batch, time, features] is expected"
        )
    counts = _arguments.lengths("lengths", lengths, len(array))
    if counts is None:
        return list(array)
    for sample, count in enumerate(counts):
        if not 0 <= count <= array.shape[1]:
            raise ValueError(f"lengths, sample {sample}: {count} is outside 0...{array.shape[1]}")
    return [utterance[:count] for utterance, count in zip(array, counts)]
