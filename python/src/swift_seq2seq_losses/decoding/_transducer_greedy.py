"""Greedy decoding of a transducer's outputs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Optional, Union

from numpy.typing import ArrayLike

from .._native import library as _library
from ..transducers._topologies import Topology
from ._hypotheses import Hypothesis
from ._transducer_beam_search import TransducerBeamSearchDecoder
from ._transducer_model import Joiner, Predictor, decode, utterance_list


def transducer_greedy_decode(
    frames: Union[ArrayLike, Sequence[ArrayLike]],
    predictor: Predictor,
    joiner: Joiner,
    *,
    labels: Union[Sequence[str], int],
    lengths: Optional[ArrayLike] = None,
    blank: int = 0,
    topology: Topology = "standard",
    max_symbols: int = 10,
    word_separator: str = " ",
    pieces: str = "sentencepiece",
) -> Union[Hypothesis, list[Hypothesis]]:
    """The most probable move at every place, for all utterances together (label looping).

    With a `TokenAndDuration` a blank of duration 0 counts as one of 1. Where tokens tie the lower one is taken.

    Args:
        frames: The encoder's output, `[time, features]`, `[batch, time, features]`, or a list of arrays.
        predictor, joiner: The model, as of `TransducerBeamSearchDecoder`.
        labels: The texts of the tokens, or their number.
        lengths: `[batch]`, the frames of each utterance, with an array; all of them unless given.
        max_symbols: The most labels at a frame, after which the blank is taken.
        blank, topology, word_separator, pieces: As of `TransducerBeamSearchDecoder`.

    Returns:
        One hypothesis for `[time, features]`, else a list of them, one for each utterance.

    Raises:
        ValueError: As from `TransducerBeamSearchDecoder.decode_batch`, or an option does not fit.
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
