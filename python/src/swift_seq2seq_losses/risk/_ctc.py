"""Expected risks under CTC."""

from __future__ import annotations

from collections.abc import Sequence
from ctypes import byref
from typing import Any, Optional

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._documentation import arguments_of
from .._native import arguments as _arguments
from .._native import library as _library
from .._native.arguments import LabelsLike
from ..ctc import ctc_loss, ctc_loss_and_gradient
from ..ctc._call import LogitsCall
from ._expected_risk import HypothesesLike, expected_risk


@arguments_of(ctc_loss)
def mwer_loss(
    logits: ArrayLike, hypotheses: HypothesesLike, risks: Sequence[ArrayLike],
    references: Optional[LabelsLike] = None, logit_lengths: Optional[ArrayLike] = None, *, blank: int = 0,
    topology: str = "classic", inputs: str = "logits", score_scale: float = 1.0, subtract_mean: bool = True,
    reference_weight: float = 0.0, threads: Optional[int] = None,
) -> NDArray[np.float64]:
    """The expected risk of each sample's hypotheses under the model (MWER, arXiv 1712.01818).

    For the hypotheses y of a sample and their risks r, the value is `sum(p * (r - mean(r)))`, where p is the softmax
    over the hypotheses of `score_scale * log P(y | logits)`. `reference_weight` times the CTC loss of the reference
    is added.

    Args:
        logits: `[batch, time, vocabulary]`, of a type and in a form that `ctc_loss` takes.
        hypotheses: For each sample a list of label sequences. A sequence that is in the list twice counts once.
        risks: For each sample a list of as many finite numbers: edit distances, or any other risks.
        references: The labels of each sample, in any form that `ctc_loss` takes without `label_lengths`. They are
            needed if `reference_weight` is not 0.
        score_scale: The factor of the log-probabilities; less than 1 flattens the distribution.
        subtract_mean: Whether to subtract the mean of a sample's risks, which changes no derivative.
        reference_weight: The weight of the CTC loss of the references.

    The other arguments are those of `ctc_loss`.

    Returns:
        `[batch]` of float64: `inf` if no hypothesis has a path (or the reference has none), NaN if a valid frame of
        the sample holds NaN.

    Raises:
        ValueError: A shape, length, label, risk or option does not fit; the message names it.
    """
    call = RiskCall(
        logits, hypotheses, risks, references, logit_lengths, blank, topology, inputs, score_scale,
        subtract_mean, reference_weight, threads,
    )
    values = np.empty(call.batch)
    _library.ctc_expected_risks(*call.arguments, _arguments.address(values))
    return values


@arguments_of(mwer_loss, ctc_loss_and_gradient)
def mwer_loss_and_gradient(
    logits: ArrayLike, hypotheses: HypothesesLike, risks: Sequence[ArrayLike],
    references: Optional[LabelsLike] = None, logit_lengths: Optional[ArrayLike] = None, *, blank: int = 0,
    topology: str = "classic", inputs: str = "logits", score_scale: float = 1.0, subtract_mean: bool = True,
    reference_weight: float = 0.0, weights: Optional[ArrayLike] = None, threads: Optional[int] = None,
    out: Optional[NDArray[Any]] = None,
) -> tuple[NDArray[np.float64], NDArray[Any]]:
    """The expected risk of each sample's hypotheses, and its derivative with respect to the logits.

    Time is O(time · (vocabulary + hypotheses · labels)) for each sample: the hypotheses share one pass over the
    vocabulary, and add to one gradient.

    The arguments are those of `mwer_loss` and `ctc_loss_and_gradient`.

    Returns:
        The values `[batch]` as from `mwer_loss`, and the gradient `[batch, time, vocabulary]` of the logits' type: 0
        past a sample's frames and if no hypothesis has a path.

    Raises:
        ValueError: As from `mwer_loss`, or `weights` or `out` do not fit the logits.
    """
    call = RiskCall(
        logits, hypotheses, risks, references, logit_lengths, blank, topology, inputs, score_scale,
        subtract_mean, reference_weight, threads,
    )
    factors = _arguments.weights(weights, call.batch)
    values = np.empty(call.batch)
    gradient, output = call.like_logits(out)
    _library.ctc_expected_risks_and_gradient(
        *call.arguments, _arguments.address(factors), _arguments.address(values), byref(output)
    )
    return values, gradient


@arguments_of(mwer_loss)
def mwer_hessian_vector_product(
    logits: ArrayLike, hypotheses: HypothesesLike, risks: Sequence[ArrayLike],
    references: Optional[LabelsLike] = None, logit_lengths: Optional[ArrayLike] = None, *, vector: ArrayLike,
    blank: int = 0, topology: str = "classic", inputs: str = "logits", score_scale: float = 1.0,
    subtract_mean: bool = True, reference_weight: float = 0.0, threads: Optional[int] = None,
) -> NDArray[Any]:
    """The product of each sample's Hessian of `mwer_loss` with its part of `vector`, exactly.

    Args:
        vector: `[batch, time, vocabulary]`, real numbers of any type.

    The other arguments are those of `mwer_loss`.

    Returns:
        `[batch, time, vocabulary]`, of the logits' type.

    Raises:
        ValueError: As from `mwer_loss`, or `vector` does not fit the logits.
    """
    call = RiskCall(
        logits, hypotheses, risks, references, logit_lengths, blank, topology, inputs, score_scale,
        subtract_mean, reference_weight, threads,
    )
    direction = call.direction(vector)
    product, output = call.like_logits()
    _library.ctc_expected_risk_hessian_vector_products(
        *call.arguments, byref(_arguments.tensor(direction)), byref(output)
    )
    return product


class RiskCall(LogitsCall):
    """The arguments of `mwer_loss`."""

    def __init__(
        self, logits: ArrayLike, hypotheses: HypothesesLike, risks: Sequence[ArrayLike],
        references: Optional[LabelsLike], logit_lengths: Optional[ArrayLike], blank: int, topology: str, inputs: str,
        score_scale: float, subtract_mean: bool, reference_weight: float, threads: Optional[int],
    ) -> None:
        super().__init__(logits, logit_lengths)
        self.risk = expected_risk(
            hypotheses, risks, references, self.batch, score_scale, subtract_mean, reference_weight
        )
        self.arguments = (
            _arguments.loss(blank, topology, inputs, threads), byref(self.description), byref(self.risk),
        )
