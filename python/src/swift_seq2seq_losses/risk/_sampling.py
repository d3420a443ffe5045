"""Expected edit distances, estimated by sampling."""

from __future__ import annotations

from ctypes import byref
from typing import Any, Optional

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._documentation import arguments_of
from .._native import arguments as _arguments
from .._native import library as _library
from .._native.arguments import LabelsLike
from ..ctc import ctc_loss_and_gradient
from ..ctc._call import CTCCall


@arguments_of(ctc_loss_and_gradient)
def embr_loss_and_gradient(
    logits: ArrayLike, references: LabelsLike, logit_lengths: Optional[ArrayLike] = None,
    reference_lengths: Optional[ArrayLike] = None, *, samples: int = 16, seed: int, blank: int = 0,
    topology: str = "classic", inputs: str = "logits", weights: Optional[ArrayLike] = None,
    threads: Optional[int] = None,
) -> tuple[NDArray[np.float64], NDArray[Any]]:
    """Estimates of each sample's expected edit distance to its reference, and of the derivative.

    EMBR (Shannon 2017, arXiv 1706.02776): label sequences are sampled exactly from the model's distribution over all
    of them. The gradient is that of the score function, with the mean of the other samples as baseline; both
    estimates are unbiased. The same seed gives the same result for any number of threads.

    Args:
        references: The labels of each sample, in any form that `ctc_loss` takes.
        reference_lengths: `[batch]`, the number of labels of each reference.
        samples: The number of sampled sequences, 2 to 2^20; with all frames together at most 2^28.
        seed: Any integer; take a new one for each training step.

    The other arguments are those of `ctc_loss_and_gradient`.

    Returns:
        The values `[batch]` of float64, in labels, and the gradient `[batch, time, vocabulary]` of the logits' type.

    Raises:
        ValueError: As from `ctc_loss_and_gradient`, or `samples` is out of its bounds.
    """
    call = CTCCall(
        logits, references, logit_lengths, reference_lengths, blank, topology, inputs, threads,
        ("references", "reference_lengths"),
    )
    _arguments.check_draws("samples", _arguments.index("samples", samples), call.batch * call.time, 2)
    values = np.empty(call.batch)
    gradient, output = call.like_logits()
    factors = _arguments.weights(weights, call.batch)
    _library.ctc_sampled_edit_risks_and_gradient(
        *call.arguments, _arguments.index("samples", samples),
        _arguments.index("seed", seed) % 2**64, _arguments.address(factors),
        _arguments.address(values), byref(output),
    )
    return values, gradient
