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
        array = one_sample(log_probabilities)
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
