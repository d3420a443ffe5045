"""Greedy decoding and beam search, of CTC and of transducers."""

from ._beam_search import BeamSearchDecoder
from ._greedy import ctc_greedy_decode
from ._hypotheses import Hypothesis, Span, Word
from ._stream import DecodingStream
from ._transducer_beam_search import TransducerBeamSearchDecoder
from ._transducer_greedy import transducer_greedy_decode
from ._transducer_stream import TransducerStream

__all__ = [
    "BeamSearchDecoder",
    "DecodingStream",
    "Hypothesis",
    "Span",
    "TransducerBeamSearchDecoder",
    "TransducerStream",
    "Word",
    "ctc_greedy_decode",
    "transducer_greedy_decode",
]
