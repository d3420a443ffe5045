"""Minimum risk training of CTC on NumPy arrays."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from ctypes import byref, pointer
from typing import Any, Callable, NamedTuple, Optional, Union

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ._ctc import _Call
from ._decoding import BeamSearchDecoder
from ._error_rates import _words, error_counts
from ._native import arguments as _arguments
from ._native import library as _library
from ._native import structures as _structures
from ._native.arguments import LabelsLike

HypothesesLike = Sequence[Sequence[ArrayLike]]


def mwer_loss(
    logits: ArrayLike,
    hypotheses: HypothesesLike,
    risks: Sequence[ArrayLike],
    references: Optional[LabelsLike] = None,
    logit_lengths: Optional[ArrayLike] = None,
    *,
    blank: int = 0,
    topology: str = "classic",
    inputs: str = "logits",
    score_scale: float = 1.0,
    subtract_mean: bool = True,
    reference_weight: float = 0.0,
    threads: Optional[int] = None,
) -> NDArray[np.float64]:
    """The expected risk of each sample's hypotheses under the model (arXiv 1712.01818).

    Of a sample's hypotheses y with risks r it is `sum(p * (r - mean(r)))`, where p is the softmax over the
    hypotheses of `score_scale * log P(y | logits)`; plus `reference_weight` times the CTC loss of its
    reference.

    Args:
        logits: `[batch, time, vocabulary]`, as for `ctc_loss`.
        hypotheses: For each sample a list of label sequences. One that is twice in a list counts once.
        risks: For each sample a list of as many finite numbers: edit distances, or any other.
        references: The labels of each sample, in any form that `ctc_loss` takes without `label_lengths`;
            needed if `reference_weight` is not 0.
        logit_lengths: `[batch]`, the frames of each sample; all of them unless given.
        score_scale: What log-probabilities are multiplied by; less than 1 flattens the distribution.
        subtract_mean: Whether the mean of a list's risks is subtracted: that changes no derivative.
        reference_weight: How much of the references' own loss is added.

    The other arguments are those of `ctc_loss`.

    Returns:
        `[batch]`: `inf` where no hypothesis has an alignment (or the reference has none), NaN for a
        sample whose valid frames hold NaN.

    Raises:
        ValueError: A shape, length, label, risk or option does not fit; the message names it.
    """
    call = RiskCall(
        logits, hypotheses, risks, references, logit_lengths, blank, topology, inputs, score_scale,
        subtract_mean, reference_weight, threads,
    )
    values = np.empty(call.batch)
    _library.expected_risks_and_gradient(
        *call.arguments, None, _arguments.address(values), None
    )
    return values


def mwer_loss_and_gradient(
    logits: ArrayLike,
    hypotheses: HypothesesLike,
    risks: Sequence[ArrayLike],
    references: Optional[LabelsLike] = None,
    logit_lengths: Optional[ArrayLike] = None,
    *,
    blank: int = 0,
    topology: str = "classic",
    inputs: str = "logits",
    score_scale: float = 1.0,
    subtract_mean: bool = True,
    reference_weight: float = 0.0,
    weights: Optional[ArrayLike] = None,
    threads: Optional[int] = None,
    out: Optional[NDArray[Any]] = None,
) -> tuple[NDArray[np.float64], NDArray[Any]]:
    """The expected risk of each sample's hypotheses, and its derivative by the logits.

    With n hypotheses a sample costs O(time * (vocabulary + n * labels)): the hypotheses share one pass over the
    vocabulary and write into one gradient.

    Args:
        weights: `[batch]`, what each sample's gradient is multiplied by; not the values.
        out: An array for the gradient, as for `ctc_loss_and_gradient`.

    The other arguments are those of `mwer_loss`.

    Returns:
        The values `[batch]` as from `mwer_loss`, and the gradient `[batch, time, vocabulary]` of the
        logits' type: 0 past a sample's frames and where no hypothesis has an alignment.

    Raises:
        ValueError: As from `mwer_loss`; `weights` or `out` do not fit the logits.
    """
    call = RiskCall(
        logits, hypotheses, risks, references, logit_lengths, blank, topology, inputs, score_scale,
        subtract_mean, reference_weight, threads,
    )
    factors = _arguments.weights(weights, call.batch)
    values = np.empty(call.batch)
    gradient, output = call.like_logits(out)
    _library.expected_risks_and_gradient(
        *call.arguments, _arguments.address(factors), _arguments.address(values), byref(output)
    )
    return values, gradient


def mwer_hessian_vector_product(
    logits: ArrayLike,
    hypotheses: HypothesesLike,
    risks: Sequence[ArrayLike],
    references: Optional[LabelsLike] = None,
    logit_lengths: Optional[ArrayLike] = None,
    *,
    vector: ArrayLike,
    blank: int = 0,
    topology: str = "classic",
    inputs: str = "logits",
    score_scale: float = 1.0,
    subtract_mean: bool = True,
    reference_weight: float = 0.0,
    threads: Optional[int] = None,
) -> NDArray[Any]:
    """Each sample's Hessian of `mwer_loss` times its part of `vector`, exactly.

    Args:
        vector: `[batch, time, vocabulary]`, of any floating-point type.

    The other arguments are those of `mwer_loss`.

    Returns:
        `[batch, time, vocabulary]`, of the logits' type.

    Raises:
        ValueError: As from `mwer_loss`; `vector` does not fit the logits.
    """
    call = RiskCall(
        logits, hypotheses, risks, references, logit_lengths, blank, topology, inputs, score_scale,
        subtract_mean, reference_weight, threads,
    )
    direction = _arguments.float_array("vector", vector)
    if direction.shape != call.logits.shape:
        raise ValueError(
            f"vector: shape {list(direction.shape)} where the logits have {list(call.logits.shape)}"
        )
    direction = direction.astype(call.logits.dtype, copy=False)
    product, output = call.like_logits()
    _library.expected_risk_hessian_vector_product(
        *call.arguments, byref(_arguments.tensor(direction)), byref(output)
    )
    return product


class NBest(NamedTuple):
    """The hypotheses of a batch, and the risk of each: what `mwer_loss` takes."""

    hypotheses: list[list[list[int]]]
    """For each sample, the label sequences, the likeliest first."""
    risks: list[list[float]]
    """For each sample, the edit distance of each to the reference."""


def nbest_risks(
    logits: Union[ArrayLike, Sequence[ArrayLike]],
    references: Sequence[Any],
    logit_lengths: Optional[ArrayLike] = None,
    *,
    nbest: int = 16,
    blank: int = 0,
    topology: str = "classic",
    decoder: Optional[BeamSearchDecoder] = None,
    unit: str = "token",
    include_reference: bool = False,
    threads: Optional[int] = None,
) -> NBest:
    """The hypotheses that a beam search finds, and how many errors each has.

    Args:
        logits: `[batch, time, vocabulary]`, or log-probabilities: what rows have in common shifts all
            hypotheses alike.
        references: What was said: for each sample a label sequence, or with `unit` "word" or "character" a
            text.
        logit_lengths: `[batch]`, the frames of each sample; all of them unless given.
        nbest: How many hypotheses a sample has at most. Others fall out of the sum.
        blank: The index of the blank token, for the plain decoder.
        topology: As for `ctc_loss`, for the plain decoder.
        decoder: One with `labels`, models or thresholds of its own; its `nbest` counts, not the argument.
            A plain one unless given.
        unit: What is counted: "token", "word" or "character"; the last two of the decoder's texts.
        include_reference: Whether the reference, with a risk of 0, is put in where the search has not found
            it; of tokens only.
        threads: The most threads to use; one a processor unless given. Results do not depend on it.

    Returns:
        For each sample its hypotheses, the likeliest first, and the errors of each.

    Raises:
        ValueError: As from `BeamSearchDecoder.decode_batch`, or an option does not fit.
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
    split: Callable[[Any], Any] = (_tokens, _words, str)[kind]
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


class RiskCall(_Call):
    """The arguments that all functions share."""

    def __init__(
        self, logits: ArrayLike, hypotheses: HypothesesLike, risks: Sequence[ArrayLike],
        references: Optional[LabelsLike], logit_lengths: Optional[ArrayLike], blank: int, topology: str, inputs: str,
        score_scale: float, subtract_mean: bool, reference_weight: float, threads: Optional[int],
    ) -> None:
        self.logits = _arguments.float_array("logits", logits)
        self.batch, self.time, self.vocabulary = self.logits.shape
        self.lengths = _arguments.lengths("logit_lengths", logit_lengths, self.batch)
        self.tensor = _arguments.tensor(self.logits)
        self.risk = expected_risk(
            hypotheses, risks, references, self.batch, score_scale, subtract_mean, reference_weight
        )
        self.arguments = (
            _arguments.loss(blank, topology, inputs, threads),
            byref(self.tensor),
            _arguments.address(self.lengths),
            byref(self.risk),
        )


def _labels(sequences: list[Any]) -> _structures.Labels:
    """C's description of label sequences: lists in one step, since an array for each takes microseconds."""
    if sequences and all(type(sequence) is list for sequence in sequences):
        joined = np.array(list(itertools.chain.from_iterable(sequences)))
        if joined.dtype == np.int64 and joined.ndim == 1:
            return _arguments.labels(joined, [len(sequence) for sequence in sequences], len(sequences))[0]
    return _arguments.labels(sequences, None, len(sequences), "hypotheses")[0]


def expected_risk(
    hypotheses: HypothesesLike, risks: Sequence[ArrayLike], references: Optional[LabelsLike],
    batch: int, score_scale: float = 1.0, subtract_mean: bool = True, reference_weight: float = 0.0,
) -> _structures.ExpectedRisk:
    """C's description of hypotheses and options."""
    for name, lists in (("hypotheses", hypotheses), ("risks", risks)):
        if not hasattr(lists, "__len__") or len(lists) != batch:
            count = len(lists) if hasattr(lists, "__len__") else repr(lists)
            raise ValueError(f"{name}: {count} lists for a batch of {batch}")
    flat: list[Any] = []
    numbers: list[NDArray[Any]] = []
    for sample, (sequences, own) in enumerate(zip(hypotheses, risks)):
        if not hasattr(sequences, "__len__"):
            raise ValueError(f"hypotheses, sample {sample}: {sequences!r} is no list")
        own = _arguments.numbers(
            f"risks, sample {sample}", own, (len(sequences),), f"{len(sequences)} hypotheses"
        )
        sequence: Any
        for index, sequence in enumerate(sequences):
            if type(sequence) is not list:
                _arguments.vector(f"hypotheses, sample {sample}", sequence, index)
        flat.extend(sequences)
        numbers.append(own)
    labels = _labels(flat)
    counts = np.array([len(sequences) for sequences in hypotheses], dtype=np.int64)
    joined = np.concatenate(numbers) if numbers else np.empty(0)
    result = _structures.ExpectedRisk(
        pointer(labels), _arguments.address(counts), _arguments.address(joined), None,
        _arguments.number("score_scale", score_scale),
        _arguments.number("reference_weight", reference_weight), _arguments.flag("subtract_mean", subtract_mean),
    )
    kept: list[Any] = [labels, counts, joined]
    if references is not None:
        known, _ = _arguments.labels(references, None, batch, "references")
        result.references = pointer(known)
        kept.append(known)
    # The structure holds addresses only.
    result.kept = kept
    return result
