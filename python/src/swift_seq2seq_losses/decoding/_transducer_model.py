"""A predictor and a joiner in Python, as C calls them."""

from __future__ import annotations

from collections.abc import Sequence
from ctypes import byref
from typing import TYPE_CHECKING, Any, Callable, Optional, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._native import arguments as _arguments
from .._native import library as _library
from .._native import structures as _structures
from ._hypotheses import Hypothesis, read_hypotheses

if TYPE_CHECKING:
    from ._transducer_beam_search import TransducerBeamSearchDecoder

Predictor = Callable[[list[Any], NDArray[np.int64]], Sequence[Any]]

Joiner = Callable[[NDArray[Any], list[Any]], ArrayLike]

_Found = TypeVar("_Found")


class _Turn:
    """Lets one thread at a time feed a stream; an error while a function of its model runs."""

    def __init__(self) -> None:
        import threading  # Half a millisecond, for streams alone.

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


class TransducerModel:
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


def decode(
    decoder: TransducerBeamSearchDecoder, function: Callable[..., None], utterances: list[NDArray[Any]],
    predictor: Predictor, joiner: Joiner,
) -> list[list[Hypothesis]]:
    model = TransducerModel(predictor, joiner, decoder._blank)
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


def rows(frames: ArrayLike) -> NDArray[Any]:
    array = _arguments.array("frames", frames)
    if array.ndim < 2:
        raise ValueError(f"frames: shape {list(array.shape)} where [time, features] is expected")
    return array


def utterance_list(frames: Any, lengths: Optional[ArrayLike]) -> list[NDArray[Any]]:
    """The frames of each utterance."""
    if not hasattr(frames, "ndim"):
        if lengths is not None:
            raise ValueError("lengths: given with a list of arrays, which have lengths of their own")
        return [rows(utterance) for utterance in frames]
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
