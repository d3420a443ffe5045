"""Incremental beam search over CTC posteriors."""

from __future__ import annotations

from ctypes import byref
from typing import TYPE_CHECKING

from numpy.typing import ArrayLike

from .._native import arguments as _arguments
from .._native import handles as _handles
from .._native import library as _library
from ._hypotheses import Hypothesis, read_hypotheses
from ._posteriors import one_sample

if TYPE_CHECKING:
    from ._beam_search import BeamSearchDecoder


class DecodingStream(_handles.Stateful):
    """A session that decodes frames as they arrive. It ends with the same result as decoding all frames at once.

    Threads that use the same stream wait for each other. A stream can be neither copied nor pickled.

    Args:
        decoder: The decoder whose vocabulary and options the stream uses.

    Raises:
        ValueError: `decoder` is no `BeamSearchDecoder`.
    """

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

    @property
    def stable_tokens(self) -> list[int]:
        """The first tokens of all hypotheses that no further frame can change."""
        return _library.result(_library.stream_stable_tokens, self._handle)[0]

    def hypotheses(self, nbest: int = 1) -> list[Hypothesis]:
        """The best hypotheses so far.

        They have no spans, and no character whose bytes are not all there yet.

        Args:
            nbest: The maximum number of hypotheses.

        Returns:
            The hypotheses, the best first.

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
        """Ends the session.

        Returns:
            The hypotheses of all frames, as from `BeamSearchDecoder.decode`.
        """
        return read_hypotheses(_library.result(_library.stream_finish, self._handle))[0]
