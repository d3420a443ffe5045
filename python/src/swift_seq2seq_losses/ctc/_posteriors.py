"""Posteriors of tokens, entropies, and the variables of the lattice."""

from __future__ import annotations

from ctypes import byref
from typing import Any, NamedTuple, Optional

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._documentation import arguments_of
from .._native import arguments as _arguments
from .._native import library as _library
from .._native.arguments import LabelsLike
from ._call import CTCCall
from ._losses import ctc_loss


class LatticeVariables(NamedTuple):
    """The sums over paths in a lattice, as natural logarithms; `-inf` where there is no path.

    With the classic topology, state `2u` is the blank after u labels and state `2u - 1` is label u, so there are
    `S = 2U + 1` states for U labels. With the others, state u means "u labels so far", and `S = U + 1`.
    """

    alpha: NDArray[np.float64]
    """`[batch, time + 1, S]`: the paths from the start to a state after t frames."""
    beta: NDArray[np.float64]
    """`[batch, time + 1, S]`: the paths from a state after t frames to the end."""
    gamma: Optional[NDArray[np.float64]]
    """`[batch, time + 1, S, time + 1, S]`: the paths from one place to another; `None` unless asked for."""
    log_occupancy: NDArray[np.float64]
    """`[batch, time, vocabulary]`: the log posterior of each frame's tokens; `-inf` everywhere if there is no path."""


@arguments_of(ctc_loss)
def ctc_occupancy(
    logits: ArrayLike, labels: LabelsLike, logit_lengths: Optional[ArrayLike] = None,
    label_lengths: Optional[ArrayLike] = None, *, blank: int = 0, topology: str = "classic", inputs: str = "logits",
    threads: Optional[int] = None,
) -> NDArray[Any]:
    """The posterior probability that each frame emits each token, given the labels.

    The other arguments are those of `ctc_loss`.

    Returns:
        `[batch, time, vocabulary]`, of the logits' type: 0 past a sample's frames and if no path fits the labels.

    Raises:
        ValueError: As from `ctc_loss`.
    """
    call = CTCCall(logits, labels, logit_lengths, label_lengths, blank, topology, inputs, threads)
    occupancy, output = call.like_logits()
    _library.ctc_occupancies(*call.arguments, byref(output))
    return occupancy


@arguments_of(ctc_loss)
def ctc_entropy(
    logits: ArrayLike, labels: LabelsLike, logit_lengths: Optional[ArrayLike] = None,
    label_lengths: Optional[ArrayLike] = None, *, blank: int = 0, topology: str = "classic", inputs: str = "logits",
    threads: Optional[int] = None,
) -> NDArray[np.float64]:
    """The entropy of the posterior over each sample's paths, given the labels.

    The other arguments are those of `ctc_loss`.

    Returns:
        `[batch]` of float64, in nats; NaN if no path fits the labels.

    Raises:
        ValueError: As from `ctc_loss`.
    """
    call = CTCCall(logits, labels, logit_lengths, label_lengths, blank, topology, inputs, threads)
    entropies = np.empty(call.batch)
    _library.ctc_entropies(*call.arguments, _arguments.address(entropies))
    return entropies


@arguments_of(ctc_loss)
def ctc_lattice_variables(
    logits: ArrayLike, labels: LabelsLike, logit_lengths: Optional[ArrayLike] = None,
    label_lengths: Optional[ArrayLike] = None, *, gamma: bool = False,
    blank: int = 0, topology: str = "classic", inputs: str = "logits",
    threads: Optional[int] = None,
) -> LatticeVariables:
    """The forward and backward variables of each sample's lattice, for study.

    Args:
        gamma: Whether to compute the sums over the paths between any two places too: O(time² · labels²) numbers.

    The other arguments are those of `ctc_loss`.

    Returns:
        The variables, in float64.

    Raises:
        ValueError: As from `ctc_loss`, or the sums between places do not fit into memory.
    """
    call = CTCCall(logits, labels, logit_lengths, label_lengths, blank, topology, inputs, threads)
    longest = int(call.label_lengths.max(initial=0))
    states = _library.topology_states(_arguments.topology_number(topology), max(0, longest))
    shape = (call.time + 1, states)
    alpha, beta = (np.empty((call.batch, *shape)) for _ in range(2))
    gammas = _arguments.empty("gamma", (call.batch, *shape, *shape)) if gamma else None
    occupancy = np.empty(call.logits.shape)
    result = LatticeVariables(alpha, beta, gammas, occupancy)
    _library.ctc_lattice_variables(*call.arguments, states, *map(_arguments.address, result))
    return result

