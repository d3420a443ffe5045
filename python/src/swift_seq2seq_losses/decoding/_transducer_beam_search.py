"""Beam search over a transducer's outputs."""

from __future__ import annotations

from collections.abc import Sequence
from ctypes import byref
from typing import Any, Optional, Union

import numpy as np
from numpy.typing import ArrayLike

from .._documentation import arguments_of
from .._native import arguments as _arguments
from .._native import handles as _handles
from .._native import library as _library
from .._native import structures as _structures
from ..language_models import NGramModel
from ..transducers._topologies import Topology, topology_numbers
from ._beam_search import BeamSearchDecoder
from ._hypotheses import Hypothesis
from ._search_options import caller_positions, search_options
from ._transducer_model import Joiner, Predictor, decode, utterance_list
from ._transducer_stream import TransducerStream


@arguments_of(BeamSearchDecoder)
class TransducerBeamSearchDecoder(_handles.Immutable):
    """Beam search over a transducer's outputs (RNN-T, TDT, multi-blank), frame by frame.

    The model is two functions, of any framework:

    - `predictor(states, labels)` returns a sequence with the state after each label. `states` is a list of states
      that the predictor returned before, of any type, which must not change afterwards; `labels` is an array of as
      many integers. The first call has the states `[None]` and the blank as label.
    - `joiner(frames, states)` returns the logits `[n, vocabulary]` for n frames, an array `[n, ...]` of rows of the
      encoder's outputs, and n states. With a `TokenAndDuration` the logits of the durations come last:
      `[n, vocabulary + durations]`. The decoder applies the softmax.

    The score of a hypothesis is the logarithm of the sum of the probabilities of all of its paths with at most
    `max_symbols` labels in a frame, plus the scores of the language model and of hotwords, as in `BeamSearchDecoder`.

    Exceptions of the two functions pass through. A decoder is immutable, and threads may share it, each with a model
    of its own or a model that threads may share.

    Args:
        topology: "standard" (labels take no frame), "monotonic" (one symbol per frame, as in icefall's modified beam
            search), a `MultiBlank` or a `TokenAndDuration`, as for `rnnt_loss`.
        max_symbols: The maximum number of labels in a frame.

    The other arguments are those of `BeamSearchDecoder`.

    Raises:
        ValueError: An option does not fit; the message names it.
    """

    def __init__(
        self, labels: Union[Sequence[str], int], *, blank: int = 0, topology: Topology = "standard",
        max_symbols: int = 5,
        beam_width: int = 8, beam_threshold: float = 10.0, token_prune_threshold: float = 8.0, nbest: int = 1,
        language_model: Optional[NGramModel] = None, language_model_weight: float = 0.5,
        language_model_unit: str = "word", word_bonus: float = 0.0, unknown_word_penalty: float = -10.0,
        look_ahead: bool = True, lexicon: Union[Sequence[str], dict[str, Sequence[Any]], None] = None,
        hotwords: Union[Sequence[str], dict[str, float], None] = None, hotword_boost: float = 10.0,
        word_separator: str = " ", pieces: str = "sentencepiece", unspellable: str = "error", fold: bool = False,
    ) -> None:
        search, self.labels = search_options(locals())
        self._blank = search.blank
        options = _structures.TransducerDecoderOptions(search)
        options.maximum_labels_per_frame = _arguments.index("max_symbols", max_symbols)
        options.topology, *tables = topology_numbers(topology)
        steps, big_blanks = (np.array(table, np.int64) for table in tables)
        options.steps, options.step_count = _arguments.address(steps), steps.size
        options.big_blanks = _arguments.address(big_blanks)
        with caller_positions(search):
            self._handle = _handles.Handle(
                "transducer_decoder", _library.transducer_decoder_create, byref(options)
            )

    def decode(self, frames: ArrayLike, predictor: Predictor, joiner: Joiner) -> list[Hypothesis]:
        """Decodes one utterance.

        Args:
            frames: The encoder's outputs, `[time, ...]`.
            predictor, joiner: The model, as the class describes it.

        Returns:
            At most `nbest` hypotheses, the best first.

        Raises:
            ValueError: As from `decode_batch`.
        """
        return self.decode_batch([frames], predictor, joiner)[0]

    def decode_batch(
        self,
        frames: Union[ArrayLike, Sequence[ArrayLike]],
        predictor: Predictor,
        joiner: Joiner,
        lengths: Optional[ArrayLike] = None,
    ) -> list[list[Hypothesis]]:
        """Decodes the utterances of a batch, one after the other.

        Args:
            frames: The encoder's outputs, `[batch, time, ...]`, or a list of `[time, ...]`.
            predictor, joiner: The model, as the class describes it.
            lengths: `[batch]`, the number of frames of each utterance, if they are one array; by default all frames.

        Returns:
            For each utterance at most `nbest` hypotheses, the best first.

        Raises:
            ValueError: A shape or length does not fit, or a result of the model; the message names it.
        """
        utterances = utterance_list(frames, lengths)
        return decode(self, _library.transducer_decode, utterances, predictor, joiner)

    def stream(
        self, predictor: Predictor, joiner: Joiner, *, greedy: bool = False
    ) -> TransducerStream:
        """A new session that decodes frames as they arrive.

        Args:
            predictor, joiner: The model, as the class describes it.
            greedy: Whether to take the most probable move everywhere, as `transducer_greedy_decode` does, instead of a
                beam search.

        Returns:
            A stream without frames.

        Raises:
            ValueError: A result of the model does not fit; the message names it.
        """
        return TransducerStream(self, predictor, joiner, greedy)
