"""CTC of NumPy arrays."""

from __future__ import annotations

from ctypes import byref
from typing import Any, Literal, NamedTuple, Optional, Union, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ._native import arguments as _arguments
from ._native import library as _library
from ._native import structures as _structures
from ._native.arguments import LabelsLike

_REDUCTIONS: dict[str, None] = dict.fromkeys(("none", "sum", "mean", "mean_by_label_length"))

_Loss = Union[float, NDArray[np.float64]]


class Alignments(NamedTuple):
    """Alignments of a batch, `[batch]` or `[batch, count]` of them; -1 past a sample's frames."""

    tokens: NDArray[np.int64]
    """`[..., time]`: the token that each frame emits, the blank included."""
    label_indices: NDArray[np.int64]
    """`[..., time]`: which of the sample's labels each frame emits, -1 at a blank."""
    log_probabilities: NDArray[np.float64]
    """`[...]`: the natural logarithm of each alignment's probability, `-inf` where there is none."""


class LatticeVariables(NamedTuple):
    """The lattice's sums over paths, in natural logarithms; `-inf` where there is no path.

    Classic: state `2u` is the blank after u labels, state `2u - 1` label u, S = 2U + 1. Simplified:
    state u is "u labels so far", S = U + 1.
    """

    alpha: NDArray[np.float64]
    """`[batch, time + 1, S]`: the paths from the start that are in a state after t frames."""
    beta: NDArray[np.float64]
    """`[batch, time + 1, S]`: the paths from there to the end."""
    gamma: Optional[NDArray[np.float64]]
    """`[batch, time + 1, S, time + 1, S]`: the paths from one place to another."""
    log_occupancy: NDArray[np.float64]
    """`[batch, time, vocabulary]`: the posterior of each frame's tokens; all `-inf` without a path."""


class _Call:
    """The arguments that all functions share."""

    def __init__(
        self, logits: ArrayLike, labels: LabelsLike, logit_lengths: Optional[ArrayLike],
        label_lengths: Optional[ArrayLike], blank: int, topology: str, inputs: str, threads: Optional[int],
        names: tuple[str, str] = ("labels", "label_lengths"),
    ) -> None:
        self.logits = _arguments.float_array("logits", logits)
        self.batch, self.time, self.vocabulary = self.logits.shape
        self.lengths = _arguments.lengths("logit_lengths", logit_lengths, self.batch)
        self.labels, self.label_lengths = _arguments.labels(
            labels, label_lengths, self.batch, *names
        )
        self.tensor = _arguments.tensor(self.logits)
        self.arguments: tuple[Any, ...] = (
            _arguments.loss(blank, topology, inputs, threads),
            byref(self.tensor),
            _arguments.address(self.lengths),
            byref(self.labels),
        )

    def like_logits(self, out: Optional[NDArray[Any]] = None) -> tuple[NDArray[Any], _structures.Tensor]:
        if out is not None:
            if not isinstance(out, np.ndarray) or np.may_share_memory(out, self.logits):
                raise ValueError("out: not an array with memory of its own")
            if out.dtype != self.logits.dtype or not out.flags.writeable:
                raise ValueError(f"out: {out.dtype} where a writeable {self.logits.dtype} is needed")
            if out.shape != self.logits.shape:
                raise ValueError(
                    f"out: shape {list(out.shape)} where the logits have {list(self.logits.shape)}"
                )
            if _arguments.float_array("out", out) is not out:
                raise ValueError("out: its strides are not whole elements")
            return out, _arguments.tensor(out)
        # In the same order of axes: what was transposed for the call stays dense when put back.
        array = np.empty_like(self.logits, order="K")
        return array, _arguments.tensor(array)

    def reduction_weights(self, reduction: str) -> Optional[NDArray[np.float64]]:
        """What each loss counts in the result; `None` for 1."""
        _arguments.choice("reduction", reduction, _REDUCTIONS)
        if reduction in ("none", "sum"):
            return None
        if reduction == "mean":
            return np.full(self.batch, 1 / max(1, self.batch))
        weights: NDArray[np.float64] = 1 / (max(1, self.batch) * np.maximum(1.0, self.label_lengths))
        return weights

    def reduce(
        self, losses: NDArray[np.float64], reduction: str, weights: Optional[NDArray[np.float64]]
    ) -> _Loss:
        if reduction == "none":
            return losses
        if reduction != "sum" and self.batch == 0:
            return float("nan")
        return float(np.sum(losses if weights is None else losses * weights))


@overload
def ctc_loss(
    logits: ArrayLike, labels: LabelsLike, logit_lengths: Optional[ArrayLike] = None,
    label_lengths: Optional[ArrayLike] = None, *, blank: int = 0, topology: str = "classic", inputs: str = "logits",
    reduction: Literal["none"] = "none", threads: Optional[int] = None,
) -> NDArray[np.float64]: ...


@overload
def ctc_loss(
    logits: ArrayLike, labels: LabelsLike, logit_lengths: Optional[ArrayLike] = None,
    label_lengths: Optional[ArrayLike] = None, *, blank: int = 0, topology: str = "classic", inputs: str = "logits",
    reduction: Literal["sum", "mean", "mean_by_label_length"], threads: Optional[int] = None,
) -> float: ...


@overload
def ctc_loss(
    logits: ArrayLike, labels: LabelsLike, logit_lengths: Optional[ArrayLike] = None,
    label_lengths: Optional[ArrayLike] = None, *, blank: int = 0, topology: str = "classic", inputs: str = "logits",
    reduction: str, threads: Optional[int] = None,
) -> _Loss: ...


def ctc_loss(
    logits: ArrayLike,
    labels: LabelsLike,
    logit_lengths: Optional[ArrayLike] = None,
    label_lengths: Optional[ArrayLike] = None,
    *,
    blank: int = 0,
    topology: str = "classic",
    inputs: str = "logits",
    reduction: str = "none",
    threads: Optional[int] = None,
) -> _Loss:
    """Minus the natural logarithm of the probability of each sample's labels.

    Args:
        logits: `[batch, time, vocabulary]` of float16, bfloat16 (ml_dtypes), float32 or float64,
            with any strides; read where it lies.
        labels: A list of sequences; or a matrix `[batch, width]`, whose rows are padded after
            `label_lengths`; or with `label_lengths` one vector of all labels.
        logit_lengths: `[batch]`, the frames of each sample; all of them unless given.
        label_lengths: `[batch]`, the labels of each sample.
        blank: The index of the blank token.
        topology: "classic" collapses repeated labels unless a blank is between them; "simplified"
            does not collapse them: only blanks are removed; "no_blank" collapses them and has no
            blank: each label takes one frame or more, as in the alignment of speech synthesis.
        inputs: "logits", whose softmax is part of the loss, or "log_probabilities".
        reduction: "none", "sum", "mean" over the batch, or "mean_by_label_length": the mean of each
            loss divided by its number of labels, what PyTorch calls mean.
        threads: The most threads to use; one a processor unless given. Results do not depend on it.

    Returns:
        `[batch]` of float64, or one number if reduced: `inf` where no alignment fits, NaN for a
        sample whose valid frames hold NaN.

    Raises:
        ValueError: A shape, length, label or option does not fit; the message names it.
    """
    call = _Call(logits, labels, logit_lengths, label_lengths, blank, topology, inputs, threads)
    weights = call.reduction_weights(reduction)
    losses = np.empty(call.batch)
    _library.losses(*call.arguments, _arguments.address(losses))
    return call.reduce(losses, reduction, weights)


@overload
def ctc_loss_and_gradient(
    logits: ArrayLike, labels: LabelsLike, logit_lengths: Optional[ArrayLike] = None,
    label_lengths: Optional[ArrayLike] = None, *, blank: int = 0, topology: str = "classic", inputs: str = "logits",
    reduction: Literal["none"] = "none",
    weights: Optional[ArrayLike] = None, threads: Optional[int] = None, out: Optional[NDArray[Any]] = None,
) -> tuple[NDArray[np.float64], NDArray[Any]]: ...


@overload
def ctc_loss_and_gradient(
    logits: ArrayLike, labels: LabelsLike, logit_lengths: Optional[ArrayLike] = None,
    label_lengths: Optional[ArrayLike] = None, *, blank: int = 0, topology: str = "classic", inputs: str = "logits",
    reduction: Literal["sum", "mean", "mean_by_label_length"],
    weights: Optional[ArrayLike] = None, threads: Optional[int] = None, out: Optional[NDArray[Any]] = None,
) -> tuple[float, NDArray[Any]]: ...


@overload
def ctc_loss_and_gradient(
    logits: ArrayLike, labels: LabelsLike, logit_lengths: Optional[ArrayLike] = None,
    label_lengths: Optional[ArrayLike] = None, *, blank: int = 0, topology: str = "classic", inputs: str = "logits",
    reduction: str,
    weights: Optional[ArrayLike] = None, threads: Optional[int] = None, out: Optional[NDArray[Any]] = None,
) -> tuple[_Loss, NDArray[Any]]: ...


def ctc_loss_and_gradient(
    logits: ArrayLike,
    labels: LabelsLike,
    logit_lengths: Optional[ArrayLike] = None,
    label_lengths: Optional[ArrayLike] = None,
    *,
    blank: int = 0,
    topology: str = "classic",
    inputs: str = "logits",
    reduction: str = "none",
    weights: Optional[ArrayLike] = None,
    threads: Optional[int] = None,
    out: Optional[NDArray[Any]] = None,
) -> tuple[_Loss, NDArray[Any]]:
    """The loss and its derivative by the logits (or the log-probabilities).

    Args:
        weights: `[batch]`, what each sample's gradient is multiplied by, besides the reduction;
            not the losses. One that is not finite makes a gradient that is not.
        out: An array for the gradient, of the logits' shape and type and with any strides: a large new
            array costs the operating system as much time as the loss takes.

    The other arguments are those of `ctc_loss`.

    Returns:
        The loss as from `ctc_loss`, and the gradient `[batch, time, vocabulary]` of the logits'
        type: of each sample's own loss if not reduced. 0 past a sample's frames and where no
        alignment fits, NaN for a sample whose valid frames hold NaN.

    Raises:
        ValueError: As from `ctc_loss`; `weights` or `out` do not fit the logits.
    """
    call = _Call(logits, labels, logit_lengths, label_lengths, blank, topology, inputs, threads)
    reduction_weights = call.reduction_weights(reduction)
    factors = _arguments.weights(weights, call.batch)
    if factors is None:
        factors = reduction_weights
    elif reduction_weights is not None:
        factors = factors * reduction_weights
    losses = np.empty(call.batch)
    gradient, output = call.like_logits(out)
    _library.losses_and_gradient(
        *call.arguments, _arguments.address(factors), _arguments.address(losses), byref(output)
    )
    return call.reduce(losses, reduction, reduction_weights), gradient


def ctc_hessian_vector_product(
    logits: ArrayLike,
    labels: LabelsLike,
    logit_lengths: Optional[ArrayLike] = None,
    label_lengths: Optional[ArrayLike] = None,
    *,
    vector: ArrayLike,
    blank: int = 0,
    topology: str = "classic",
    inputs: str = "logits",
    threads: Optional[int] = None,
) -> NDArray[Any]:
    """Each sample's Hessian times its part of `vector`.

    Exact, for two to three times the price of a gradient.

    Args:
        vector: `[batch, time, vocabulary]`, of any floating-point type.

    The other arguments are those of `ctc_loss`.

    Returns:
        `[batch, time, vocabulary]`, of the logits' type: 0 past a sample's frames and where no alignment fits.

    Raises:
        ValueError: As from `ctc_loss`; `vector` does not fit the logits.
    """
    call = _Call(logits, labels, logit_lengths, label_lengths, blank, topology, inputs, threads)
    direction = _arguments.float_array("vector", vector)
    if direction.shape != call.logits.shape:
        raise ValueError(
            f"vector: shape {list(direction.shape)} where the logits have {list(call.logits.shape)}"
        )
    if direction.dtype != call.logits.dtype:
        direction = direction.astype(call.logits.dtype)
    product, output = call.like_logits()
    _library.hessian_vector_product(
        *call.arguments, byref(_arguments.tensor(direction)), byref(output)
    )
    return product


def ctc_hessian(
    logits: ArrayLike,
    labels: LabelsLike,
    logit_lengths: Optional[ArrayLike] = None,
    label_lengths: Optional[ArrayLike] = None,
    *,
    blank: int = 0,
    topology: str = "classic",
    inputs: str = "logits",
    threads: Optional[int] = None,
) -> NDArray[Any]:
    """Each sample's matrix of second derivatives of the loss by the logits.

    The arguments are those of `ctc_loss`.

    Returns:
        `[batch, time, vocabulary, time, vocabulary]`, of the logits' type: 0 past a sample's frames and where no
        alignment fits.

    Raises:
        ValueError: As from `ctc_loss`; the matrices do not fit into memory.
    """
    call = _Call(logits, labels, logit_lengths, label_lengths, blank, topology, inputs, threads)
    shape = (call.batch, call.time, call.vocabulary, call.time, call.vocabulary)
    hessian = _arguments.empty("logits", shape, call.logits.dtype)
    _library.hessian(*call.arguments, _arguments.address(hessian), hessian.size)
    return hessian


def ctc_occupancy(
    logits: ArrayLike,
    labels: LabelsLike,
    logit_lengths: Optional[ArrayLike] = None,
    label_lengths: Optional[ArrayLike] = None,
    *,
    blank: int = 0,
    topology: str = "classic",
    inputs: str = "logits",
    threads: Optional[int] = None,
) -> NDArray[Any]:
    """The posterior probability that each frame emits each token.

    The arguments are those of `ctc_loss`.

    Returns:
        `[batch, time, vocabulary]`, of the logits' type: 0 past a sample's frames and where no alignment fits.

    Raises:
        ValueError: As from `ctc_loss`.
    """
    call = _Call(logits, labels, logit_lengths, label_lengths, blank, topology, inputs, threads)
    occupancy, output = call.like_logits()
    _library.occupancies(*call.arguments, byref(output))
    return occupancy


def ctc_entropy(
    logits: ArrayLike,
    labels: LabelsLike,
    logit_lengths: Optional[ArrayLike] = None,
    label_lengths: Optional[ArrayLike] = None,
    *,
    blank: int = 0,
    topology: str = "classic",
    inputs: str = "logits",
    threads: Optional[int] = None,
) -> NDArray[np.float64]:
    """The entropy of the posterior of each sample's alignments.

    The arguments are those of `ctc_loss`.

    Returns:
        `[batch]`, in nats; NaN where no alignment fits.

    Raises:
        ValueError: As from `ctc_loss`.
    """
    call = _Call(logits, labels, logit_lengths, label_lengths, blank, topology, inputs, threads)
    entropies = np.empty(call.batch)
    _library.entropies(*call.arguments, _arguments.address(entropies))
    return entropies


def ctc_best_path(
    logits: ArrayLike,
    labels: LabelsLike,
    logit_lengths: Optional[ArrayLike] = None,
    label_lengths: Optional[ArrayLike] = None,
    *,
    blank: int = 0,
    topology: str = "classic",
    inputs: str = "logits",
    threads: Optional[int] = None,
) -> Alignments:
    """The most probable alignment of each sample with its labels: forced alignment.

    The arguments are those of `ctc_loss`. Ties go to the lowest lattice state.

    Returns:
        One alignment for each sample; where none fits it has the log-probability `-inf`.

    Raises:
        ValueError: As from `ctc_loss`.
    """
    call = _Call(logits, labels, logit_lengths, label_lengths, blank, topology, inputs, threads)
    result = _alignments((call.batch,), call.time)
    _library.best_alignments(*call.arguments, *map(_arguments.address, result))
    return result


def ctc_sample(
    logits: ArrayLike,
    labels: LabelsLike,
    logit_lengths: Optional[ArrayLike] = None,
    label_lengths: Optional[ArrayLike] = None,
    *,
    count: int = 1,
    seed: int = 0,
    blank: int = 0,
    topology: str = "classic",
    inputs: str = "logits",
    threads: Optional[int] = None,
) -> Alignments:
    """Exact, independent draws from the posterior of each sample's alignments.

    Args:
        count: The number of draws, 0 to 2^20, and with all frames together at most 2^28.
        seed: The same gives the same draws.

    The other arguments are those of `ctc_loss`.

    Returns:
        `count` alignments for each sample; where none fits they have the log-probability `-inf`.

    Raises:
        ValueError: As from `ctc_loss`; `count` is out of its bounds.
    """
    call = _Call(logits, labels, logit_lengths, label_lengths, blank, topology, inputs, threads)
    count, seed = _arguments.index("count", count), _arguments.index("seed", seed)
    _arguments.check_draws("count", count, call.batch * call.time)
    result = _alignments((call.batch, count), call.time)
    _library.sampled_alignments(
        *call.arguments, count, seed % 2**64, *map(_arguments.address, result)
    )
    return result


def ctc_lattice_variables(
    logits: ArrayLike,
    labels: LabelsLike,
    logit_lengths: Optional[ArrayLike] = None,
    label_lengths: Optional[ArrayLike] = None,
    *,
    gamma: bool = False,
    blank: int = 0,
    topology: str = "classic",
    inputs: str = "logits",
    threads: Optional[int] = None,
) -> LatticeVariables:
    """The forward and backward variables of each sample's lattice, for study.

    Args:
        gamma: Also the sums over the paths between any two places, O(time² · labels²) numbers.

    The other arguments are those of `ctc_loss`.

    Returns:
        The variables, in float64; `gamma` is `None` unless wanted.

    Raises:
        ValueError: As from `ctc_loss`; the sums between places do not fit into memory.
    """
    call = _Call(logits, labels, logit_lengths, label_lengths, blank, topology, inputs, threads)
    longest = int(call.label_lengths.max(initial=0))
    states = max(0, longest) * (2 if topology == "classic" else 1) + 1
    shape = (call.time + 1, states)
    alpha, beta = (np.empty((call.batch, *shape)) for _ in range(2))
    gammas = _arguments.empty("gamma", (call.batch, *shape, *shape)) if gamma else None
    occupancy = np.empty(call.logits.shape)
    result = LatticeVariables(alpha, beta, gammas, occupancy)
    _library.lattice_variables(*call.arguments, states, *map(_arguments.address, result))
    return result


def _alignments(shape: tuple[int, ...], time: int) -> Alignments:
    return Alignments(
        np.empty((*shape, time), dtype=np.int64),
        np.empty((*shape, time), dtype=np.int64),
        np.empty(shape),
    )
