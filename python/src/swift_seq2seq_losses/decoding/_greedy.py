"""Greedy decoding of CTC posteriors."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any, Optional, Union

from numpy.typing import ArrayLike

from .._documentation import arguments_of
from .._native import arguments as _arguments
from .._native import enumerations as _enumerations
from .._native import library as _library
from ..tokens._vocabulary import text_list
from ._beam_search import BeamSearchDecoder, decode
from ._hypotheses import Hypothesis
from ._posteriors import is_no_sample, one_sample, padded_batch


@functools.lru_cache(maxsize=8)
def _decoder(
    labels: Union[tuple[str, ...], int], blank: int, topology: str, word_separator: str, pieces: str
) -> BeamSearchDecoder:
    # A table of thousands of texts takes longer to make than a line to decode.
    return BeamSearchDecoder(
        labels, blank=blank, topology=topology, word_separator=word_separator, pieces=pieces
    )


@arguments_of(BeamSearchDecoder)
def ctc_greedy_decode(
    log_probabilities: Union[ArrayLike, Sequence[ArrayLike]], lengths: Optional[ArrayLike] = None, *,
    labels: Optional[Sequence[str]] = None, blank: int = 0, topology: str = "classic", word_separator: str = " ",
    pieces: str = "sentencepiece", threads: Optional[int] = None,
) -> Union[Hypothesis, list[Hypothesis]]:
    """The most probable token of each frame, collapsed to a hypothesis.

    Ties go to the lower token.

    Args:
        log_probabilities: `[time, vocabulary]`, `[batch, time, vocabulary]`, or a list of `[time, vocabulary]`, of
            float16, bfloat16, float32 or float64, with any strides: natural logarithms of the posteriors, or logits.
        lengths: `[batch]`, the number of frames of each sample, if they are one array; by default all frames.
        labels: The texts of the tokens; without them hypotheses have no text.
        threads: The maximum number of threads; by default one for each processor. Results do not depend on it.

    The other arguments are those of `BeamSearchDecoder`.

    Returns:
        One hypothesis for `[time, vocabulary]`, else a list with one for each sample.

    Raises:
        ValueError: As from `BeamSearchDecoder.decode_batch`, or an option does not fit; the message names it.
    """
    if is_no_sample(log_probabilities):
        return []
    is_single = getattr(log_probabilities, "ndim", 0) == 2
    if is_single:
        log_probabilities = one_sample(log_probabilities)
    arrays, frames = padded_batch(log_probabilities, lengths)
    # Anything else is an error that the decoder raises.
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
        decoder = _decoder(
            names, _arguments.index("blank", blank), topology,
            text_list("word_separator", [word_separator])[0], pieces,
        )
    except TypeError:
        # Labels that are no key are no texts either.
        text_list("labels", names)
        raise
    found = decode(decoder._handle, _library.decoder_decode_greedy, arrays, frames, threads)
    return found[0][0] if is_single else [hypotheses[0] for hypotheses in found]
