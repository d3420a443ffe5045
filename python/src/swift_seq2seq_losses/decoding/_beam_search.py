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

    The score of a hypothesis, in nats, is

        log P(tokens | posteriors)
        + language_model_weight · log P(text) + word_bonus · words + unknown_word_penalty · unknown words
        + the boosts of its hotwords

    where words are tokens if `language_model_unit` is "token". Thresholds are differences to the best score; `inf`
    keeps everything. Penalties and boosts are at most 1e9 in magnitude. Ties go to the prefix that was found first,
    then to the lower token, so the same input always gives the same result.

    A decoder is immutable, and threads may share it. Calls release the GIL. Time is
    O(time · (vocabulary + beam_width)) for each sample, plus the extensions that the thresholds let through.

    Args:
        labels: The texts of the tokens (the text of the blank is ignored), or their number. `read_tokens` reads labels,
            blank and separator from a file.
        blank: The index of the blank token.
        topology: "classic", "simplified" or "no_blank", as for `ctc_loss`.
        beam_width: The maximum number of prefixes that are kept after each frame.
        beam_threshold: Prefixes whose score is lower than the best by more than this are dropped.
        token_prune_threshold: Tokens whose log-probability is lower than the frame's best by more than this are
            ignored in that frame.
        nbest: The maximum number of hypotheses that are returned.
        language_model: An n-gram model of words or of tokens; by default none.
        language_model_weight: The factor of the model's log-probabilities.
        language_model_unit: The unit of the model: "word", or "token" if its words are the labels.
        word_bonus: Added to the score for each word.
        unknown_word_penalty: Added to the score for each word that the model does not contain.
        look_ahead: Whether an unfinished word already has the score of the best word that it can still become.
        lexicon: The words that may be written: a list (spelled with their characters); or a dictionary from words to
            spellings, each a list of tokens (indices or texts), or to lists of spellings. Word separators at their
            ends are ignored. By default any words.
        hotwords: Phrases to prefer: a list, or a dictionary from phrases to their boosts. A boost is added once for
            each time that a hypothesis contains the phrase as whole words.
        hotword_boost: The boost of each phrase of a list.
        word_separator: The text of the token between words. Words begin at "▁" too. With "", no token separates
            words, for scripts without spaces.
        pieces: How labels mark the beginnings and ends of words: "sentencepiece" ("▁", bytes such as "<0xE7>", or no
            marks), "wordpiece" (BERT's "##"), "subword-nmt" ("@@"), "end-of-word" ("</w>"), "underscore" ("_" at the
            end) or "byte-level" (GPT-2's). Bytes that are no UTF-8 together become U+FFFD.
        unspellable: "error"; or "skip", to omit words of the lexicon and hotwords that no tokens spell, with a
            warning. Texts that are empty or only separators count as such.
        fold: Whether a hotword that the tokens cannot spell as it is may be spelled in other case, with plain
            punctuation, without punctuation that no token has, or in another Unicode form. Words of a lexicon are
            always spelled as they are.
        spans: Whether hypotheses have spans, and words their frames.
        confidence: The confidence of a token: "largest" (its largest probability in its frames), "mean" (the
            geometric mean over its frames), or "entropy" (one minus the normalized entropy of its frames). Each frame
            is normalized by a softmax, so logits and log-probabilities have the same confidences.

    Raises:
        ValueError: An option does not fit; the message names it.
    """

    def __init__(
        self, labels: Union[Sequence[str], int], *, blank: int = 0, topology: str = "classic",
        beam_width: int = 64, beam_threshold: float = 10.0, token_prune_threshold: float = 8.0, nbest: int = 1,
        language_model: Optional[NGramModel] = None, language_model_weight: float = 0.5,
        language_model_unit: str = "word", word_bonus: float = 0.0, unknown_word_penalty: float = -10.0,
        look_ahead: bool = True, lexicon: Union[Sequence[str], dict[str, Sequence[Any]], None] = None,
        hotwords: Union[Sequence[str], dict[str, float], None] = None, hotword_boost: float = 10.0,
        word_separator: str = " ", pieces: str = "sentencepiece", unspellable: str = "error", fold: bool = False,
        spans: bool = True, confidence: str = "largest",
    ) -> None:
        options, self.labels = search_options(locals())
        options.topology = _arguments.topology_number(topology)
        options.finds_spans = _arguments.flag("spans", spans)
        options.confidence = _arguments.choice("confidence", confidence, _enumerations.CONFIDENCES)
        with caller_positions(options):
            self._handle = _handles.Handle("decoder", _library.decoder_create, byref(options))

    def decode(self, log_probabilities: ArrayLike) -> list[Hypothesis]:
        """Decodes one sample.

        Args:
            log_probabilities: `[time, vocabulary]` of float16, bfloat16, float32 or float64, with any strides:
                natural logarithms of the posteriors, or logits.

        Returns:
            At most `nbest` hypotheses, the best first.

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
        """Decodes a batch.

        Args:
            log_probabilities: `[batch, time, vocabulary]`, or a list of `[time, vocabulary]`, as for `decode`.
            lengths: `[batch]`, the number of frames of each sample, if they are one array; by default all frames.
            threads: The maximum number of threads; by default one for each processor. Results do not depend on it.

        Returns:
            For each sample at most `nbest` hypotheses, the best first. Without frames, the only hypothesis is empty.

        Raises:
            ValueError: A shape, type or length does not fit, a value is NaN or `inf`, or a whole frame is `-inf`; the
                message names the first bad sample.
        """
        if is_no_sample(log_probabilities):
            return []
        arrays, frames = padded_batch(log_probabilities, lengths)
        return decode(self._handle, _library.decoder_decode, arrays, frames, threads)

    def stream(self) -> DecodingStream:
        """A new session that decodes frames as they arrive.

        Returns:
            A stream without frames.
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
