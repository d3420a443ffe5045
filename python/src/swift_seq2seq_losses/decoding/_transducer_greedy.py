"""Greedy decoding of a transducer's outputs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Optional, Union

from numpy.typing import ArrayLike

from .._documentation import arguments_of
from .._native import library as _library
from ..transducers._topologies import Topology
from ._hypotheses import Hypothesis
from ._transducer_beam_search import TransducerBeamSearchDecoder
from ._transducer_model import Joiner, Predictor, decode, utterance_list


@arguments_of(TransducerBeamSearchDecoder)
def transducer_greedy_decode(
    frames: Union[ArrayLike, Sequence[ArrayLike]], predictor: Predictor, joiner: Joiner, *,
    labels: Union[Sequence[str], int], lengths: Optional[ArrayLike] = None, blank: int = 0,
    topology: Topology = "standard", max_symbols: int = 10, word_separator: str = " ", pieces: str = "sentencepiece",
) -> Union[Hypothesis, list[Hypothesis]]:
    """The most probable move at each place, for all utterances together (label looping, arXiv 2406.06220).

    With a `TokenAndDuration`, a blank of duration 0 counts as one of duration 1. Ties go to the lower token.

    Args:
        frames: The encoder's outputs, `[time, features]`, `[batch, time, features]`, or a list of arrays.
        predictor, joiner: The model, as `TransducerBeamSearchDecoder` describes it.
        lengths: `[batch]`, the number of frames of each utterance, if they are one array; by default all frames.
        max_symbols: The maximum number of labels in a frame; after these a blank is taken.

    The other arguments are those of `TransducerBeamSearchDecoder`.

    Returns:
        One hypothesis for `[time, features]`, else a list with one for each utterance.

    Raises:
        ValueError: As from `TransducerBeamSearchDecoder.decode_batch`, or an option does not fit; the message names it.
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
    utterances = utterance_list([frames] if is_single else frames, lengths)
    found = decode(decoder, _library.transducer_decode_greedy, utterances, predictor, joiner)
    return found[0][0] if is_single else [hypotheses[0] for hypotheses in found]
