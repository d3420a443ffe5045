"""Expected risks under transducers."""

from __future__ import annotations

from collections.abc import Sequence
from ctypes import byref
from typing import Any, Optional

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._native import arguments as _arguments
from .._native import library as _library
from .._native.arguments import LabelsLike
from ..transducers._call import TransducerCall
from ._expected_risk import HypothesesLike, expected_risk


def rnnt_mwer_loss_and_gradient(
    logits: ArrayLike,
    hypotheses: HypothesesLike,
    risks: Sequence[ArrayLike],
    references: Optional[LabelsLike] = None,
    logit_lengths: Optional[ArrayLike] = None,
    *,
    score_scale: float = 1.0,
    subtract_mean: bool = True,
    reference_weight: float = 0.0,
    weights: Optional[ArrayLike] = None,
    **options: Any,
) -> tuple[NDArray[np.float64], NDArray[Any]]:
    """The expected risk of each utterance's hypotheses under a transducer, and its derivative by the logits.

    MWER of transducers (arXiv 2007.13802); the formula is that of `mwer_loss`. A transducer's predictor sees the
    labels, so each hypothesis has logits of its own.

    Args:
        logits: `[hypotheses, time, labels + 1, vocabulary]`, the joiner's of all utterances' hypotheses, one
            utterance's after the other's; or compact, as for `rnnt_loss`.
        hypotheses: For each utterance a list of distinct label sequences.
        risks: For each utterance a list of as many finite numbers.
        references: The labels of each utterance, one of its hypotheses; needed if `reference_weight` is not 0.
        logit_lengths: `[hypotheses]`, the frames of each; all by default.
        score_scale, subtract_mean, reference_weight: As for `mwer_loss`.
        weights: `[utterances]`, what each gradient is multiplied by; not the values.
        options: Those of `rnnt_loss_and_gradient`.

    Returns:
        The values `[utterances]`, and the gradient of the logits' shape and type.

    Raises:
        ValueError: A shape, length, label, risk or option does not fit; the message names it.
    """
    if not hasattr(hypotheses, "__len__"):
        raise ValueError(f"hypotheses: {hypotheses!r} is no list")
    utterances = len(hypotheses)
    risk = expected_risk(
        hypotheses, risks, references, utterances, score_scale, subtract_mean, reference_weight
    )
    # Checked by then: each is a list.
    flat = [sequence for sequences in hypotheses for sequence in sequences]
    with _arguments.renamed(labels="hypotheses"):
        call = TransducerCall(logits, flat, logit_lengths, None, **options)
    factors = _arguments.weights(weights, utterances, "a number of utterances of")
    values, gradient = np.empty(utterances), np.empty_like(call.rows)
    _library.transducer_expected_risks_and_gradient(
        *call.arguments[:3], byref(risk), utterances, _arguments.address(factors),
        _arguments.address(values), byref(_arguments.tensor(gradient)),
    )
    return values, gradient.reshape(call.shape)
