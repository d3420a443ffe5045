"""Posteriors of moves, and entropies."""

from __future__ import annotations

from typing import Any, Optional

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._native import arguments as _arguments
from .._native import library as _library
from .._native.arguments import LabelsLike
from ._call import TransducerCall


def rnnt_occupancy(
    logits: ArrayLike,
    labels: LabelsLike,
    logit_lengths: Optional[ArrayLike] = None,
    label_lengths: Optional[ArrayLike] = None,
    **options: Any,
) -> NDArray[np.float64]:
    """How probable it is that a path leaves each node by a blank, and by the label that comes next.

    Args:
        logits: As for `rnnt_loss`, but not compact.
        options: Those of `rnnt_loss`, by name.

    The other arguments are those of `rnnt_loss`.

    Returns:
        `[batch, time, labels + 1, 2]`: of the blank, and of the label.

    Raises:
        ValueError: As from `rnnt_loss`; the logits are compact.
    """
    call = TransducerCall(logits, labels, logit_lengths, label_lengths, **options)
    if len(call.shape) != 4:
        raise ValueError("logits: compact rows, where [batch, time, labels + 1, vocabulary] is expected")
    result = np.zeros((*call.shape[:3], 2))
    _library.transducer_occupancies(*call.arguments, _arguments.address(result))
    return result


def rnnt_entropy(
    logits: ArrayLike,
    labels: LabelsLike,
    logit_lengths: Optional[ArrayLike] = None,
    label_lengths: Optional[ArrayLike] = None,
    **options: Any,
) -> NDArray[np.float64]:
    """The entropy of the posterior of each sample's paths.

    Args:
        options: Those of `rnnt_loss`, by name.

    The other arguments are those of `rnnt_loss`.

    Returns:
        `[batch]`, in nats.

    Raises:
        ValueError: As from `rnnt_loss`.
    """
    call = TransducerCall(logits, labels, logit_lengths, label_lengths, **options)
    result = np.empty(call.batch)
    _library.transducer_entropies(*call.arguments, _arguments.address(result))
    return result
