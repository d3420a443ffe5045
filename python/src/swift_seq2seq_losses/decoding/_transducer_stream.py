"""Incremental decoding of a transducer's outputs."""

from __future__ import annotations

from ctypes import byref, c_int64
from typing import TYPE_CHECKING

from numpy.typing import ArrayLike

from .._native import arguments as _arguments
from .._native import handles as _handles
from .._native import library as _library
from ._session import Functions, Session
from ._transducer_model import Joiner, Predictor, TransducerModel, rows

if TYPE_CHECKING:
    from ._transducer_beam_search import TransducerBeamSearchDecoder


class TransducerStream(Session):
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

    _functions = Functions(
        _library.transducer_stream_stable_tokens, _library.transducer_stream_hypotheses,
        _library.transducer_stream_finish,
    )

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
