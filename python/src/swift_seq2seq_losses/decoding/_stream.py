"""Incremental beam search over CTC posteriors."""

from __future__ import annotations

from ctypes import byref
from typing import TYPE_CHECKING

from numpy.typing import ArrayLike

from .._native import arguments as _arguments
from .._native import handles as _handles
from .._native import library as _library
from ._posteriors import one_sample
from ._session import Functions, Session

if TYPE_CHECKING:
    from ._beam_search import BeamSearchDecoder


class DecodingStream(Session):
    """A session that decodes frames as they arrive. It ends with the same result as decoding all frames at once.

    Threads that use the same stream wait for each other. A stream can be neither copied nor pickled.

    Args:
        decoder: The decoder whose vocabulary and options the stream uses.

    Raises:
        ValueError: `decoder` is no `BeamSearchDecoder`.
    """

    _functions = Functions(
        _library.stream_stable_tokens, _library.stream_hypotheses, _library.stream_finish
    )

    def __init__(self, decoder: BeamSearchDecoder) -> None:
        from ._beam_search import BeamSearchDecoder  # Each of the two modules needs the other.

        if not isinstance(decoder, BeamSearchDecoder):
            raise ValueError(f"decoder: {decoder!r} is no BeamSearchDecoder")
        self._decoder = decoder
        self._handle = _handles.Handle("stream", _library.stream_create, decoder._handle)

    def feed(self, log_probabilities: ArrayLike) -> None:
        """Decodes more frames.

        Args:
            log_probabilities: `[time, vocabulary]`, as for `BeamSearchDecoder.decode`.

        Raises:
            ValueError: A shape, type or value does not fit; the stream stays as it was.
        """
        array = one_sample(log_probabilities)
        _library.stream_feed(self._handle, byref(_arguments.tensor(array)))
