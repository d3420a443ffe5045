"""Beam search over a transducer's outputs."""

from __future__ import annotations

from collections.abc import Sequence
from ctypes import byref
from typing import Any, Optional, Union

from numpy.typing import ArrayLike

from .._native import arguments as _arguments
from .._native import handles as _handles
from .._native import library as _library
from .._native import structures as _structures
from ..language_models import NGramModel
from ..transducers._topologies import Topology, topology_numbers
from ._hypotheses import Hypothesis
from ._search_options import caller_positions, search_options
from ._transducer_model import Joiner, Predictor, decode, utterance_list
from ._transducer_stream import TransducerStream


class TransducerBeamSearchDecoder(_handles.Immutable):
    """Beam search over a transducer's outputs (RNN-T, TDT, multi-blank), frame by frame.

    The model is two functions, which may be of any framework:

    - `predictor(states, labels)`: the states after one more label each, a sequence as long as both.
      `states` is a list of what the predictor returned before, of any type, which must not change
      since; `labels` an array of integers. The first call, for the beginning, has `[None]` and the
      blank.
    - `joiner(frames, states)`: the logits `[n, vocabulary]` of n frames, an array `[n, ...]` of rows of
      the encoder's output, and n states; of a `TokenAndDuration` those of the durations come after the
      tokens': `[n, vocabulary + durations]`. The softmax is the decoder's part.

    The score of a hypothesis is the logarithm of the sum over all of its paths with at most
    `max_symbols` labels at a frame, with what a language model and hotwords add, as of
    `BeamSearchDecoder`, whose options these are.

    What the functions raise passes through. A decoder is immutable; any number of threads may share
    one, each with a model or a part of one.

    Args:
        topology: "standard" (labels take no frame), "monotonic" (one symbol a frame, as icefall's
            modified beam search), a `MultiBlank` or a `TokenAndDuration`, as of `rnnt_loss`.
        max_symbols: The most labels at a frame.

    The other options are those of `BeamSearchDecoder`.

    Raises:
        ValueError: An option does not fit; the message names it.
    """

    def __init__(
        self,
        labels: Union[Sequence[str], int],
        *,
        blank: int = 0,
        topology: Topology = "standard",
        max_symbols: int = 5,
        beam_width: int = 8,
        beam_threshold: float = 10.0,
        token_prune_threshold: float = 8.0,
        nbest: int = 1,
        language_model: Optional[NGramModel] = None,
        language_model_weight: float = 0.5,
        language_model_unit: str = "word",
        word_bonus: float = 0.0,
        unknown_word_penalty: float = -10.0,
        look_ahead: bool = True,
        lexicon: Union[Sequence[str], dict[str, Sequence[Any]], None] = None,
        hotwords: Union[Sequence[str], dict[str, float], None] = None,
        hotword_boost: float = 10.0,
        word_separator: str = " ",
        pieces: str = "sentencepiece",
        unspellable: str = "error",
        fold: bool = False,
    ) -> None:
        search, self.labels = search_options(
            labels,
            blank=blank,
            beam_width=beam_width,
            beam_threshold=beam_threshold,
            token_prune_threshold=token_prune_threshold,
            nbest=nbest,
            language_model=language_model,
            language_model_weight=language_model_weight,
            language_model_unit=language_model_unit,
            word_bonus=word_bonus,
            unknown_word_penalty=unknown_word_penalty,
            look_ahead=look_ahead,
            lexicon=lexicon,
            hotwords=hotwords,
            hotword_boost=hotword_boost,
            word_separator=word_separator,
            pieces=pieces,
            unspellable=unspellable,
            fold=fold,
        )
        self._blank = search.blank
        options = _structures.TransducerDecoderOptions(search)
        options.maximum_labels_per_frame = _arguments.index("max_symbols", max_symbols)
        options.topology, steps, big_blanks = topology_numbers(topology)
        options.steps = _arguments.address(steps)
        options.big_blanks = _arguments.address(big_blanks)
        options.step_count = 0 if steps is None else steps.size
        with caller_positions(search):
            self._handle = _handles.Handle(
                "transducer_decoder", _library.transducer_decoder_create, byref(options)
            )

    def decode(self, frames: ArrayLike, predictor: Predictor, joiner: Joiner) -> list[Hypothesis]:
        """The best hypotheses of one utterance.

        Args:
            frames: The encoder's output, `[time, ...]`.
            predictor, joiner: The model, as of this class.

        Returns:
            At most `nbest` hypotheses, best first.

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
        """The best hypotheses of each utterance, one after the other.

        Args:
            frames: The encoder's output, `[batch, time, ...]`, or a list of `[time, ...]`.
            predictor, joiner: The model, as of this class.
            lengths: `[batch]`, the frames of each utterance, with an array; all of them unless given.

        Returns:
            For each utterance at most `nbest` hypotheses, best first.

        Raises:
            ValueError: A shape or length does not fit, or what the model returns; the message names it.
        """
        utterances = utterance_list(frames, lengths)
        return decode(self, _library.transducer_decode, utterances, predictor, joiner)

    def stream(
        self, predictor: Predictor, joiner: Joiner, *, greedy: bool = False
    ) -> TransducerStream:
        """A decoding that frames come to in pieces.

        Args:
            predictor, joiner: The model, as of this class.
            greedy: Whether the most probable move is taken at every place, as by `transducer_greedy_decode`, instead of
                a beam search.

        Returns:
            A new stream, which has seen no frame.

        Raises:
            ValueError: What the model returns does not fit; the message names it.
        """
        return TransducerStream(self, predictor, joiner, greedy)
