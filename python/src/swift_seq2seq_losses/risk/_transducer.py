"""Expected risks under transducers."""

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
from ..transducers import Wildcard, rnnt_loss_and_gradient
from ..transducers._call import TransducerCall
from ..transducers._topologies import Topology
from ._ctc import mwer_loss
from ._expected_risk import HypothesesLike, expected_risk


@arguments_of(rnnt_loss_and_gradient, mwer_loss)
def rnnt_mwer_loss_and_gradient(
    logits: ArrayLike, hypotheses: HypothesesLike, risks: Sequence[ArrayLike],
    references: Optional[LabelsLike] = None, logit_lengths: Optional[ArrayLike] = None, *, blank: int = 0,
    topology: Topology = "standard", normalization: str = "softmax", sigma: float = 0.0, omega: float = 0.0,
    wildcard: Optional[Wildcard] = None, windows: Optional[Sequence[ArrayLike]] = None,
    first_positions: Optional[ArrayLike] = None, fastemit_lambda: float = 0.0, clamp: float = -1.0,
    score_scale: float = 1.0, subtract_mean: bool = True, reference_weight: float = 0.0,
    weights: Optional[ArrayLike] = None, threads: Optional[int] = None,
) -> tuple[NDArray[np.float64], NDArray[Any]]:
    """The expected risk of each utterance's hypotheses under a transducer, and its derivative.

    MWER of transducers (arXiv 2007.13802), with the formula of `mwer_loss`. A transducer's predictor sees the labels,
    so each hypothesis has its own logits.

    Args:
        logits: The joiner's outputs, `[hypotheses, time, labels + 1, vocabulary]`: the hypotheses of the first
            utterance, then those of the next; or compact, as for `rnnt_loss`.
        hypotheses: For each utterance a list of distinct label sequences.
        risks: For each utterance a list of as many finite numbers.
        references: The labels of each utterance, which must be among its hypotheses. They are needed if
            `reference_weight` is not 0.
        logit_lengths: `[hypotheses]`, the number of frames of each hypothesis; by default all frames.
        reference_weight: The weight of the transducer loss of the references.
        weights: `[utterances]`, factors of the utterances' gradients; the values stay as they are.

    The other arguments are those of `rnnt_loss_and_gradient` and `mwer_loss`.

    Returns:
        The values `[utterances]` of float64, and the gradient with respect to the logits, of their shape and type.

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
        call = TransducerCall(
            logits, flat, logit_lengths, None, blank, topology, normalization, sigma, omega, wildcard, windows,
            first_positions, threads, fastemit_lambda, clamp,
        )
    factors = _arguments.weights(weights, utterances, "a number of utterances of")
    values, gradient = np.empty(utterances), np.empty_like(call.rows)
    _library.transducer_expected_risks_and_gradient(
        *call.arguments, byref(risk), _arguments.address(factors), _arguments.address(values),
        byref(_arguments.tensor(gradient)),
    )
    return values, gradient.reshape(call.shape)
