"""The hypotheses of a beam search, and their errors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Callable, NamedTuple, Optional, Union

from numpy.typing import ArrayLike

from .._native import arguments as _arguments
from ..decoding import BeamSearchDecoder
from ..error_rates import error_counts
from ..error_rates._rates import words


class NBest(NamedTuple):
    """The hypotheses of a batch and their risks, as `mwer_loss` takes them."""

    hypotheses: list[list[list[int]]]
    """For each sample, the label sequences, the most probable first."""
    risks: list[list[float]]
    """For each sample, the edit distance of each hypothesis to the reference."""


def nbest_risks(
    logits: Union[ArrayLike, Sequence[ArrayLike]], references: Sequence[Any],
    logit_lengths: Optional[ArrayLike] = None, *, nbest: int = 16, blank: int = 0, topology: str = "classic",
    decoder: Optional[BeamSearchDecoder] = None, unit: str = "token", include_reference: bool = False,
    threads: Optional[int] = None,
) -> NBest:
    """The hypotheses of a beam search, and the number of errors of each.

    Args:
        logits: `[batch, time, vocabulary]`, logits or log-probabilities; with a `decoder` also a list of
            `[time, vocabulary]`.
        references: For each sample its label sequence; its text if `unit` is "word" or "character".
        logit_lengths: `[batch]`, the number of frames of each sample; by default all frames.
        nbest: The maximum number of hypotheses for each sample.
        blank: The index of the blank token, for the search without a `decoder`.
        topology: "classic", "simplified" or "no_blank", as for `ctc_loss`; for the search without a `decoder`.
        decoder: A decoder with labels, language model or thresholds of its own; then its `nbest` counts. By default a
            plain beam search.
        unit: The unit in which errors are counted: "token", or "word" or "character" of the decoder's texts.
        include_reference: Whether to add the reference, with a risk of 0, if the search has not found it; for the unit
            "token" only.
        threads: The maximum number of threads; by default one for each processor. Results do not depend on it.

    Returns:
        For each sample its hypotheses, the most probable first, and their errors.

    Raises:
        ValueError: As from `BeamSearchDecoder.decode_batch`, or an option does not fit; the message names it.
    """
    units = {"token": 0, "word": 1, "character": 2}
    kind = _arguments.choice("unit", unit, units)
    if decoder is None:
        if kind:
            raise ValueError(f"unit: {unit!r} needs a decoder with labels")
        if isinstance(logits, (list, tuple)):
            raise ValueError("logits: a list of arrays needs a decoder")
        # Wide and deep enough for the alternatives, which the best hypothesis alone has no need of.
        logits = _arguments.float_array("logits", logits)
        # Twice as wide as there are hypotheses, within what a beam may have.
        width = min(2**20, max(64, 2 * _arguments.index("nbest", nbest)))
        with _arguments.renamed(labels="logits"):
            decoder = BeamSearchDecoder(
                logits.shape[2], blank=blank, topology=topology, nbest=nbest, beam_width=width,
                beam_threshold=20.0, token_prune_threshold=15.0, spans=False,
            )
    elif not isinstance(decoder, BeamSearchDecoder):
        raise ValueError(f"decoder: {decoder!r} is no BeamSearchDecoder")
    include_reference = _arguments.flag("include_reference", include_reference)
    with _arguments.renamed(log_probabilities="logits", lengths="logit_lengths"):
        found = decoder.decode_batch(logits, logit_lengths, threads=threads)
    if not hasattr(references, "__len__") or not hasattr(references, "__iter__"):
        raise ValueError(f"references: {references!r} is no list")
    if len(references) != len(found):
        raise ValueError(f"references: {len(references)} for a batch of {len(found)}")
    split: Callable[[Any], Any] = (_tokens, words, str)[kind]
    if kind:
        for sample, reference in enumerate(references):
            if not isinstance(reference, str):
                raise ValueError(f"references, sample {sample}: {reference!r} is no string")
    pairs = [
        (split(reference), split(hypothesis.text) if kind else hypothesis.tokens)
        for reference, list_ in zip(references, found)
        for hypothesis in list_
    ]
    counts = iter(error_counts([pair[0] for pair in pairs], [pair[1] for pair in pairs]))
    hypotheses = [[hypothesis.tokens for hypothesis in list_] for list_ in found]
    risks = [[float(next(counts).errors) for _ in list_] for list_ in found]
    if include_reference:
        if kind:
            raise ValueError("include_reference: of tokens only")
        for reference, sequences, errors in zip(references, hypotheses, risks):
            if 0.0 not in errors:
                sequences.append(_tokens(reference))
                errors.append(0.0)
    return NBest(hypotheses, risks)


def _tokens(sequence: ArrayLike) -> list[int]:
    tokens: list[int] = _arguments.integers("references", sequence).ravel().tolist()
    return tokens
