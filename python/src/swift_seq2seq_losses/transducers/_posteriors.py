"""Posteriors of a transducer's moves, and entropies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Optional

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._documentation import arguments_of
from .._native import arguments as _arguments
from .._native import library as _library
from .._native.arguments import LabelsLike
from ._call import TransducerCall
from ._losses import rnnt_loss
from ._topologies import Topology, Wildcard


@arguments_of(rnnt_loss)
def rnnt_occupancy(
    logits: ArrayLike, labels: LabelsLike, logit_lengths: Optional[ArrayLike] = None,
    label_lengths: Optional[ArrayLike] = None, *, blank: int = 0, topology: Topology = "standard",
    normalization: str = "softmax", sigma: float = 0.0, omega: float = 0.0, wildcard: Optional[Wildcard] = None,
    windows: Optional[Sequence[ArrayLike]] = None, first_positions: Optional[ArrayLike] = None,
    threads: Optional[int] = None,
) -> NDArray[np.float64]:
    """The posterior probability that a path leaves each node by a blank, and by the next label.

    The logits must not be compact.

    The other arguments are those of `rnnt_loss`.

    Returns:
        `[batch, time, labels + 1, 2]` of float64: of the blank (index 0) and of the label (index 1); 0
        if there is no path.

    Raises:
        ValueError: As from `rnnt_loss`, or the logits are compact.
    """
    call = TransducerCall(
        logits, labels, logit_lengths, label_lengths, blank, topology, normalization, sigma, omega, wildcard, windows,
        first_positions, threads,
    )
    if len(call.shape) != 4:
        raise ValueError("logits: compact rows, where [batch, time, labels + 1, vocabulary] is expected")
    result = np.zeros((*call.shape[:3], 2))
    _library.transducer_occupancies(*call.arguments, _arguments.address(result))
    return result


@arguments_of(rnnt_loss)
def rnnt_entropy(
    logits: ArrayLike, labels: LabelsLike, logit_lengths: Optional[ArrayLike] = None,
    label_lengths: Optional[ArrayLike] = None, *, blank: int = 0, topology: Topology = "standard",
    normalization: str = "softmax", sigma: float = 0.0, omega: float = 0.0, wildcard: Optional[Wildcard] = None,
    windows: Optional[Sequence[ArrayLike]] = None, first_positions: Optional[ArrayLike] = None,
    threads: Optional[int] = None,
) -> NDArray[np.float64]:
    """The entropy of the posterior over each sample's paths.

    The other arguments are those of `rnnt_loss`.

    Returns:
        `[batch]` of float64, in nats; NaN if there is no path.

    Raises:
        ValueError: As from `rnnt_loss`.
    """
    call = TransducerCall(
        logits, labels, logit_lengths, label_lengths, blank, topology, normalization, sigma, omega, wildcard, windows,
        first_positions, threads,
    )
    result = np.empty(call.batch)
    _library.transducer_entropies(*call.arguments, _arguments.address(result))
    return result

