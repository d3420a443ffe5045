"""Incremental decoding of a transducer's outputs."""

from __future__ import annotations

from ctypes import byref, c_int64
from typing import TYPE_CHECKING

from numpy.typing import ArrayLike

from .._native import arguments as _arguments
from .._native import handles as _handles
from .._native import library as _library
from ._hypotheses import Hypothesis, read_hypotheses
from ._transducer_model import Joiner, Predictor, TransducerModel, rows

if TYPE_CHECKING:
    from ._transducer_beam_search import TransducerBeamSearchDecoder


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
        self._model = TransducerModel(predictor, joiner, decoder._blank)
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
        array = rows(frames)
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
