"""The results of incremental decoding, for the streams of all models."""

from __future__ import annotations

from typing import Callable, NamedTuple

from .._native import arguments as _arguments
from .._native import handles as _handles
from .._native import library as _library
from ._hypotheses import Hypothesis, read_hypotheses


class Functions(NamedTuple):
    """The C functions of a stream."""

    stable_tokens: Callable[..., None]
    hypotheses: Callable[..., None]
    finish: Callable[..., None]


class Session(_handles.Stateful):
    """A session that decodes frames as they arrive."""

    _functions: Functions
    _handle: _handles.Handle

    @property
    def stable_tokens(self) -> list[int]:
        """The first tokens of all hypotheses that no further frame can change."""
        return _library.result(self._functions.stable_tokens, self._handle)[0]

    def hypotheses(self, nbest: int = 1) -> list[Hypothesis]:
        """The best hypotheses so far.

        They have no character whose bytes are not all there yet; those of CTC have no spans.

        Args:
            nbest: The maximum number of hypotheses.

        Returns:
            The hypotheses, the best first.

        Raises:
            ValueError: `nbest` is negative.
        """
        count = _arguments.index("nbest", nbest)
        return read_hypotheses(_library.result(self._functions.hypotheses, self._handle, count))[0]

    def finish(self) -> list[Hypothesis]:
        """Ends the session.

        Returns:
            The hypotheses of all frames, as from the method `decode` of the decoder.
        """
        return read_hypotheses(_library.result(self._functions.finish, self._handle))[0]
