"""Beam search over CTC posteriors."""

from __future__ import annotations

from collections.abc import Sequence
from ctypes import byref
from typing import Any, Callable, Optional, Union

from numpy.typing import ArrayLike

from .._native import arguments as _arguments
from .._native import enumerations as _enumerations
from .._native import handles as _handles
from .._native import library as _library
from .._native.arguments import Array, Integers
from ..language_models import NGramModel
from ._hypotheses import Hypothesis, read_hypotheses
from ._posteriors import is_no_sample, one_sample, padded_batch
from ._search_options import caller_positions, search_options
from ._stream import DecodingStream


class BeamSearchDecoder(_handles.Immutable):
    """Prefix beam search over CTC posteriors (Hannun et al. 2014, arXiv 1408.2873).

    The score of a hypothesis is

        acoustic + language_model_weight · log P(text) + word_bonus · words
        + unknown_word_penalty · unknown words + boosts of its hotwords

    where words are tokens with `language_model_unit="token"`. All penalties, boosts and thresholds
    are in nats. Penalties and boosts are at most 1e9 in magnitude; thresholds are distances below the best,
    `inf` to keep all. Ties go to the prefix that is older, then to the lower token, so results never depend
    on chance.

    A decoder is immutable; any number of threads may share one. Calls release the GIL.

    Args:
        labels: The texts of the tokens, that of the blank any, or their number. `read_tokens` reads labels, blank and
            separator from a file.
        blank: The index of the blank token.
        beam_width: The most prefixes that are kept after each frame.
        beam_threshold: Prefixes this far below the best are left out.
        token_prune_threshold: Tokens this far below a frame's best are left out in that frame.
        topology: As for `ctc_loss`.
        nbest: The most hypotheses that are returned.
        language_model: A model of words or of tokens; none by default.
        language_model_weight: What its log-probabilities are multiplied by.
        language_model_unit: What the model's words are: "word", or "token" for the labels.
        word_bonus: What each word adds.
        unknown_word_penalty: What each word adds that the model has not.
        look_ahead: Whether an unfinished word has the score of the best word of the model that it can still become.
        lexicon: Words that may be written, a list (spelled by their characters) or a dictionary from
            words to lists of tokens (their indices or texts), or to lists of such lists; word separators at
            the ends do not count.
        hotwords: Phrases to prefer, a list, or a dictionary from phrases to their boosts; a boost is
            added once for every time that a hypothesis holds the phrase, in whole words.
        hotword_boost: The boost of each phrase of a list.
        word_separator: Words end at the token of this text, or begin at "▁"; with an empty separator no token
            separates words, for scripts without spaces.
        spans: Whether hypotheses have spans, and words their frames.
        confidence: "largest" (the token's largest probability in its frames), "mean" (the geometric
            mean), or "entropy" (one minus the frames' normalised entropy); of the softmax of each frame's
            values, so that logits have the confidences of their log-probabilities.
        pieces: How the labels say where words begin and end: "sentencepiece" ("▁" and bytes such as "<0xE7>", or no
            marks), "wordpiece" (BERT's "##"), "subword-nmt" ("@@"), "end-of-word" ("</w>"), "underscore" ("_" at the
            end) or "byte-level" (GPT-2's). Bytes that are not UTF-8 together become U+FFFD.
        unspellable: "error", or "skip" to leave out words of the lexicon and hotwords that no tokens
            spell, with a warning; empty ones and those of only separators too.
        fold: Whether hotwords are spelled in other case, with plain punctuation, without punctuation that no
            token has, and in other Unicode forms, where the tokens cannot spell a word as it is (as of
            `spell_text`). Words of a lexicon are what is written, and stay as they are.

    Raises:
        ValueError: An option does not fit; the message names it.
    """

    def __init__(
        self,
        labels: Union[Sequence[str], int],
        *,
        blank: int = 0,
        beam_width: int = 64,
        beam_threshold: float = 10.0,
        token_prune_threshold: float = 8.0,
        topology: str = "classic",
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
        spans: bool = True,
        confidence: str = "largest",
        pieces: str = "sentencepiece",
        unspellable: str = "error",
        fold: bool = False,
    ) -> None:
        options, self.labels = search_options(
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
        options.topology = _arguments.topology_number(topology)
        options.finds_spans = _arguments.flag("spans", spans)
        options.confidence = _arguments.choice("confidence", confidence, _enumerations.CONFIDENCES)
        with caller_positions(options):
            self._handle = _handles.Handle("decoder", _library.decoder_create, byref(options))

    def decode(self, log_probabilities: ArrayLike) -> list[Hypothesis]:
        """The best hypotheses of one sample.

        Args:
            log_probabilities: `[time, vocabulary]`: natural logarithms of the posteriors, or logits.

        Returns:
            At most `nbest` hypotheses, best first.

        Raises:
            ValueError: As from `decode_batch`.
        """
        return self.decode_batch(one_sample(log_probabilities), threads=1)[0]

    def decode_batch(
        self,
        log_probabilities: Union[ArrayLike, Sequence[ArrayLike]],
        lengths: Optional[ArrayLike] = None,
        *,
        threads: Optional[int] = None,
    ) -> list[list[Hypothesis]]:
        """The best hypotheses of each sample.

        Args:
            log_probabilities: `[batch, time, vocabulary]`, or a list of `[time, vocabulary]`: natural logarithms of
                the posteriors, or logits.
            lengths: `[batch]`, the frames of each sample, with an array; all of them unless given.
            threads: The most threads to use; one a processor unless given. Results do not depend on it.

        Returns:
            For each sample at most `nbest` hypotheses, best first.

        Raises:
            ValueError: A shape, type, length or value does not fit; the message names the first bad sample.
        """
        if is_no_sample(log_probabilities):
            return []
        arrays, frames = padded_batch(log_probabilities, lengths)
        return decode(self._handle, _library.decoder_decode, arrays, frames, threads)

    def stream(self) -> DecodingStream:
        """A decoding that frames come to in pieces.

        Returns:
            A new stream, which has seen no frame.
        """
        return DecodingStream(self)


def decode(
    handle: _handles.Handle, function: Callable[..., None], array: Array, lengths: Optional[Integers],
    threads: Optional[int],
) -> list[list[Hypothesis]]:
    return read_hypotheses(
        _library.result(
            function,
            handle,
            byref(_arguments.tensor(array)),
            _arguments.address(lengths),
            _arguments.thread_count(threads),
        )
    )
