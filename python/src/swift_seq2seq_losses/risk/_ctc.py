"""Expected risks under CTC."""

from __future__ import annotations

from collections.abc import Sequence
from ctypes import byref
from typing import Any, Optional

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._native import arguments as _arguments
from .._native import library as _library
from .._native.arguments import LabelsLike
from ..ctc._call import CTCCall
from ._expected_risk import HypothesesLike, expected_risk


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


class RiskCall(CTCCall):
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
