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
    """A session that decodes frames as they arrive.

    It ends with the same result as decoding all frames at once, if the model's numbers do not depend on the number of
    rows in a call.

    Threads that use the same stream wait for each other, but not for the model: while its predictor or joiner runs,
    any use of the stream, also by these functions, raises a `ValueError` and leaves the stream as it was. A stream can
    be neither copied nor pickled.

    Args:
        decoder: The decoder whose vocabulary and options the stream uses.
        predictor, joiner: The model, as `TransducerBeamSearchDecoder` describes it.
        greedy: Whether to take the most probable move everywhere instead of a beam search.

    Raises:
        ValueError: `decoder` is no `TransducerBeamSearchDecoder`, or a result of the model does not fit.
    """

    def __init__(
        self, decoder: TransducerBeamSearchDecoder, predictor: Predictor, joiner: Joiner, greedy: bool
    ) -> None:
        from ._transducer_beam_search import TransducerBeamSearchDecoder  # Each of the two modules needs the other.

        if not isinstance(decoder, TransducerBeamSearchDecoder):
            raise ValueError(f"decoder: {decoder!r} is no TransducerBeamSearchDecoder")
        self._model = TransducerModel(predictor, joiner, decoder._blank)
        is_greedy = _arguments.flag("greedy", greedy)
        create = _library.transducer_stream_create_greedy if is_greedy else _library.transducer_stream_create
        self._handle = self._model.call(
            _handles.Handle,
            "transducer_stream",
            create,
            decoder._handle,
            byref(self._model.functions),
            keeping=self._model,
        )

    @property
    def frames(self) -> int:
        """The number of frames that were decoded."""
        frames = c_int64()
        _library.transducer_stream_frames(self._handle, byref(frames))
        return frames.value

    def feed(self, frames: ArrayLike) -> None:
        """Decodes more frames. After an error, the property `frames` says how many were decoded.

        Args:
            frames: The encoder's outputs, `[time, ...]`.

        Raises:
            ValueError: A shape does not fit, or a result of the model; the message names it.
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
        """The first tokens of all hypotheses that no further frame can change."""
        return _library.result(_library.transducer_stream_stable_tokens, self._handle)[0]

    def hypotheses(self, nbest: int = 1) -> list[Hypothesis]:
        """The best hypotheses so far, without a character whose bytes are not all there yet.

        Args:
            nbest: The maximum number of hypotheses.

        Returns:
            The hypotheses, the best first.

        Raises:
            ValueError: `nbest` is negative.
        """
        count = _arguments.index("nbest", nbest)
        return read_hypotheses(
            _library.result(_library.transducer_stream_hypotheses, self._handle, count)
        )[0]

    def finish(self) -> list[Hypothesis]:
        """Ends the session.

        Returns:
            The hypotheses of all frames, as from `TransducerBeamSearchDecoder.decode`.
        """
        return read_hypotheses(
            _library.result(_library.transducer_stream_finish, self._handle)
        )[0]
