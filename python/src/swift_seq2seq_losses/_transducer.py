"""Transducer losses of NumPy arrays: RNN-T and its family."""

from __future__ import annotations

import collections.abc
import dataclasses
from collections.abc import Mapping, Sequence
from ctypes import byref
from typing import Any, NamedTuple, Optional, Union

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ._native import arguments as _arguments
from ._native import enumerations as _enumerations
from ._native import library as _library
from ._native import structures as _structures
from ._native.arguments import Array, Doubles, Integers, LabelsLike


@dataclasses.dataclass(frozen=True)
class MultiBlank:
    """The standard topology with blanks of several frames (arXiv 2211.03541): frames by token."""

    frames: Mapping[int, int]


@dataclasses.dataclass(frozen=True)
class TokenAndDuration:
    """A token and a duration at each step (TDT, arXiv 2304.06795).

    The durations' logits are the last columns of each row. As NeMo has it, a blank takes at least a frame, and a
    path ends with a blank.
    """

    durations: Sequence[int]


@dataclasses.dataclass(frozen=True)
class Wildcard:
    """Frames at both ends that the transcript may leave out (W-transducer, arXiv 2303.10384)."""

    log_weight: float = 0.0
    """What each jump adds to a path's log-probability."""
    ends_with_blank: bool = True
    """Whether a path that jumps to the end still emits the last frame's blank."""


Topology = Union[str, MultiBlank, TokenAndDuration]
_TOPOLOGIES = {name: _enumerations.TRANSDUCER_TOPOLOGIES[name] for name in ("standard", "monotonic")}


def rnnt_loss(
    logits: ArrayLike,
    labels: LabelsLike,
    logit_lengths: Optional[ArrayLike] = None,
    label_lengths: Optional[ArrayLike] = None,
    *,
    blank: int = 0,
    topology: Topology = "standard",
    normalization: str = "softmax",
    sigma: float = 0.0,
    omega: float = 0.0,
    wildcard: Optional[Wildcard] = None,
    windows: Optional[Sequence[ArrayLike]] = None,
    first_positions: Optional[ArrayLike] = None,
    threads: Optional[int] = None,
) -> NDArray[np.float64]:
    """The transducer loss (RNN-T, Graves 2012) of each sample.

    Args:
        logits: The joiner's, `[batch, time, labels + 1, vocabulary]`; or `[rows, vocabulary]`, the rows of one
            sample after those of the other without padding, as warp-rnnt's compact form, with both lengths.
        labels: `[batch, labels]`, or in any form that `ctc_loss` takes.
        logit_lengths: `[batch]`, the frames of each sample; all by default.
        label_lengths: `[batch]`, the labels of each sample; all by default.
        blank: The blank's index, anywhere in the vocabulary.
        topology: `"standard"`, where labels take no frame; `"monotonic"`, one symbol a frame; a `MultiBlank` or a
            `TokenAndDuration`.
        normalization: `"softmax"`; `"factored"`, the blank by itself (HAT, arXiv 2003.07705); or `"none"`, for rows
            of log-probabilities, which derivatives are then with respect to.
        sigma: Logit under-normalisation: each move's log-probability is lowered by it.
        omega: The share, 0 to 1, that the standard topology's loss on the same tokens has. NeMo draws one of the
            two with this probability; this is the mean.
        wildcard: What the transcript may leave out.
        windows: For each sample `[labels, 2]`, the first frame at which each label may come and the one after the
            last (arXiv 2011.03072).
        first_positions: `[batch, time]`: rows are of some positions of each frame alone, from these on.
        threads: The most threads; `None` for one a processor. Results do not depend on it.

    Returns:
        `[batch]` of float64, in nats: `inf` where there is no path, NaN for a sample with NaN in a valid row.

    Raises:
        ValueError: A shape, length, label or option does not fit; the message names it.
    """
    call = _Call(
        logits, labels, logit_lengths, label_lengths, blank=blank, topology=topology,
        normalization=normalization, sigma=sigma, omega=omega, wildcard=wildcard, windows=windows,
        first_positions=first_positions, threads=threads,
    )
    losses = np.empty(call.batch)
    _library.transducer_losses_and_gradient(*call.arguments, _arguments.address(losses), None)
    return losses


def rnnt_loss_and_gradient(
    logits: ArrayLike,
    labels: LabelsLike,
    logit_lengths: Optional[ArrayLike] = None,
    label_lengths: Optional[ArrayLike] = None,
    *,
    blank: int = 0,
    fastemit_lambda: float = 0.0,
    clamp: float = -1.0,
    topology: Topology = "standard",
    normalization: str = "softmax",
    sigma: float = 0.0,
    omega: float = 0.0,
    wildcard: Optional[Wildcard] = None,
    windows: Optional[Sequence[ArrayLike]] = None,
    first_positions: Optional[ArrayLike] = None,
    threads: Optional[int] = None,
    out: Optional[NDArray[Any]] = None,
) -> tuple[NDArray[np.float64], NDArray[Any]]:
    """The transducer loss of each sample, and its derivative by the logits.

    Args:
        fastemit_lambda: Multiplies the labels' shares of the gradient by one more than this (FastEmit,
            arXiv 2010.11148, as NeMo defines it). The loss is without.
        clamp: Values of the gradient are cut off at `-clamp` and `clamp`, after all else; no limit if not
            above 0.
        out: Where the gradient goes: a dense array of the logits' shape and type, which may be the logits
            themselves.

    The other arguments are those of `rnnt_loss`.

    Returns:
        The losses `[batch]`, and the gradient, of the logits' shape and type: 0 past a sample's frames and
        labels.

    Raises:
        ValueError: As from `rnnt_loss`; `out` does not fit the logits.
    """
    call = _Call(
        logits, labels, logit_lengths, label_lengths, blank=blank, topology=topology,
        normalization=normalization, sigma=sigma, omega=omega, wildcard=wildcard, windows=windows,
        first_positions=first_positions, threads=threads, fastemit_lambda=fastemit_lambda, clamp=clamp,
    )
    return call.losses_and_gradient(out)


def tdt_loss(
    logits: ArrayLike,
    labels: LabelsLike,
    logit_lengths: Optional[ArrayLike] = None,
    label_lengths: Optional[ArrayLike] = None,
    durations: Sequence[int] = (),
    *,
    blank: int = 0,
    sigma: float = 0.0,
    omega: float = 0.0,
    threads: Optional[int] = None,
) -> NDArray[np.float64]:
    """The loss of a token-and-duration transducer (arXiv 2304.06795) of each sample.

    Args:
        logits: `[batch, time, labels + 1, vocabulary + durations]`: the last columns are the durations'.
        durations: The frames of each duration.

    The other arguments are those of `rnnt_loss`, which this is with `TokenAndDuration(durations)`.

    Returns:
        `[batch]` of float64, in nats, as from `rnnt_loss`.

    Raises:
        ValueError: As from `rnnt_loss`.
    """
    with _arguments.renamed(topology="durations"):
        return rnnt_loss(
            logits, labels, logit_lengths, label_lengths, blank=blank,
            topology=TokenAndDuration(durations), sigma=sigma, omega=omega, threads=threads,
        )


def tdt_loss_and_gradient(
    logits: ArrayLike,
    labels: LabelsLike,
    logit_lengths: Optional[ArrayLike] = None,
    label_lengths: Optional[ArrayLike] = None,
    durations: Sequence[int] = (),
    *,
    blank: int = 0,
    sigma: float = 0.0,
    omega: float = 0.0,
    fastemit_lambda: float = 0.0,
    clamp: float = -1.0,
    threads: Optional[int] = None,
    out: Optional[NDArray[Any]] = None,
) -> tuple[NDArray[np.float64], NDArray[Any]]:
    """The loss of a token-and-duration transducer of each sample, and its derivative by the logits.

    The arguments are those of `tdt_loss` and `rnnt_loss_and_gradient`, which this is with
    `TokenAndDuration(durations)`.

    Returns:
        The losses `[batch]`, and the gradient, of the logits' shape and type.

    Raises:
        ValueError: As from `rnnt_loss_and_gradient`.
    """
    with _arguments.renamed(topology="durations"):
        return rnnt_loss_and_gradient(
            logits, labels, logit_lengths, label_lengths, blank=blank,
            topology=TokenAndDuration(durations), sigma=sigma, omega=omega,
            fastemit_lambda=fastemit_lambda, clamp=clamp, threads=threads, out=out,
        )


def rnnt_hessian_vector_product(
    logits: ArrayLike,
    labels: LabelsLike,
    logit_lengths: Optional[ArrayLike] = None,
    label_lengths: Optional[ArrayLike] = None,
    *,
    vector: ArrayLike,
    blank: int = 0,
    topology: Topology = "standard",
    normalization: str = "softmax",
    sigma: float = 0.0,
    omega: float = 0.0,
    wildcard: Optional[Wildcard] = None,
    windows: Optional[Sequence[ArrayLike]] = None,
    first_positions: Optional[ArrayLike] = None,
    threads: Optional[int] = None,
) -> NDArray[Any]:
    """Each sample's Hessian times its part of `vector`, exactly.

    Args:
        vector: Real numbers, of the logits' shape.

    The other arguments are those of `rnnt_loss`.

    Returns:
        The products, of the logits' shape and type.

    Raises:
        ValueError: As from `rnnt_loss`; `vector` does not fit the logits.
    """
    call = _Call(
        logits, labels, logit_lengths, label_lengths, blank=blank, topology=topology,
        normalization=normalization, sigma=sigma, omega=omega, wildcard=wildcard, windows=windows,
        first_positions=first_positions, threads=threads,
    )
    direction = _arguments.array("vector", vector)
    if direction.dtype.kind not in "biuf" and direction.dtype.name != "bfloat16":
        raise ValueError(f"vector: {direction.dtype} where real numbers are expected")
    direction = np.ascontiguousarray(direction, dtype=call.rows.dtype)
    if direction.shape != call.shape:
        raise ValueError(
            f"vector: shape {list(direction.shape)} where the logits have {list(call.shape)}"
        )
    direction = direction.reshape(call.rows.shape)
    product = np.empty_like(call.rows)
    _library.transducer_hessian_vector_product(
        *call.arguments, byref(_arguments.tensor(direction)), byref(_arguments.tensor(product))
    )
    return product.reshape(call.shape)


class TransducerAlignment(NamedTuple):
    """When a path emits each of a sample's labels."""

    frames: NDArray[np.int64]
    """`[labels]`: the frame of each; -1 where there is no path."""
    durations: NDArray[np.int64]
    """`[labels]`: the frames that each takes; 0 in the standard topology."""
    log_probabilities: NDArray[np.float64]
    """`[labels]`: of each label's move."""
    log_probability: float
    """Of the whole path, blanks too; `-inf` where there is none."""


def rnnt_best_path(
    logits: ArrayLike,
    labels: LabelsLike,
    logit_lengths: Optional[ArrayLike] = None,
    label_lengths: Optional[ArrayLike] = None,
    **options: Any,
) -> list[TransducerAlignment]:
    """The most probable path of each sample with its labels: forced alignment, for every topology.

    Args:
        options: Those of `rnnt_loss`, by name.

    The other arguments are those of `rnnt_loss`.

    Returns:
        For each sample its path, whose log-probability is `-inf` where there is none.

    Raises:
        ValueError: As from `rnnt_loss`.
    """
    call = _Call(logits, labels, logit_lengths, label_lengths, **options)
    return [draws[0] for draws in call.alignments(0, 0)]


def rnnt_sample(
    logits: ArrayLike,
    labels: LabelsLike,
    logit_lengths: Optional[ArrayLike] = None,
    label_lengths: Optional[ArrayLike] = None,
    *,
    count: int,
    seed: int = 0,
    **options: Any,
) -> list[list[TransducerAlignment]]:
    """Exact, independent draws from the posterior of each sample's paths.

    Args:
        count: The number of draws, 1 to 2^20, and with all frames and labels together at most 2^28.
        seed: The same gives the same draws.
        options: Those of `rnnt_loss`, by name.

    The other arguments are those of `rnnt_loss`.

    Returns:
        For each sample `count` paths.

    Raises:
        ValueError: As from `rnnt_loss`; `count` is out of its bounds.
    """
    call = _Call(logits, labels, logit_lengths, label_lengths, **options)
    steps = int(np.prod(call.rows.shape[:2])) + int(call.labels.value_count)
    _arguments.check_draws("count", _arguments.index("count", count), 0, 1)
    if call.lengths is not None and call.lengths.size and (call.lengths >= 0).all():
        steps = int(call.lengths.sum()) + int(call.labels.value_count)
    _arguments.check_draws("count", count, steps, 1)
    return call.alignments(count, _arguments.index("seed", seed) % 2**64)


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
    call = _Call(logits, labels, logit_lengths, label_lengths, **options)
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
    call = _Call(logits, labels, logit_lengths, label_lengths, **options)
    result = np.empty(call.batch)
    _library.transducer_entropies(*call.arguments, _arguments.address(result))
    return result


class _Call:
    """The arguments that all functions share."""

    def __init__(
        self, logits: ArrayLike, labels: LabelsLike, logit_lengths: Optional[ArrayLike],
        label_lengths: Optional[ArrayLike], *, blank: int = 0, topology: Topology = "standard",
        normalization: str = "softmax", sigma: float = 0.0, omega: float = 0.0,
        wildcard: Optional[Wildcard] = None, windows: Optional[Sequence[ArrayLike]] = None,
        first_positions: Optional[ArrayLike] = None, threads: Optional[int] = None, fastemit_lambda: float = 0.0,
        clamp: float = 0.0,
    ) -> None:
        array = np.ascontiguousarray(_arguments.array("logits", logits))
        self.shape = array.shape
        self.lengths: Optional[Integers]
        if array.ndim == 2:
            if logit_lengths is None or first_positions is not None:
                raise ValueError("logits: compact rows need logit_lengths, and have no first_positions")
            self.lengths = _arguments.integers("logit_lengths", logit_lengths)
            if self.lengths.ndim != 1:
                raise ValueError(f"logit_lengths: shape {list(self.lengths.shape)}")
            self.batch, positions = len(self.lengths), 0
            rows = array.reshape(1, *array.shape)
        elif array.ndim == 4:
            self.batch, time, positions, vocabulary = array.shape
            if positions == 0:
                raise ValueError(f"logits: shape {list(array.shape)}, without any position")
            self.lengths = _arguments.lengths("logit_lengths", logit_lengths, self.batch)
            rows = array.reshape(self.batch, time * positions, vocabulary)
        else:
            raise ValueError(
                f"logits: shape {list(array.shape)} where [batch, time, labels + 1, vocabulary] or "
                "[rows, vocabulary] is expected"
            )
        self.rows = _arguments.float_array("logits", rows)
        self.labels, self.counts = _arguments.labels(labels, label_lengths, self.batch)
        number, steps, big_blanks = topology_numbers(topology)
        starts = None
        if first_positions is not None:
            starts = _arguments.integers("first_positions", first_positions)
            if starts.shape != self.shape[:2]:
                raise ValueError(
                    f"first_positions: shape {list(starts.shape)} where {list(self.shape[:2])} is expected"
                )
        bounds = None if windows is None else self._windows(windows)
        if wildcard is not None and not isinstance(wildcard, Wildcard):
            raise ValueError(f"wildcard: {wildcard!r} is no Wildcard")
        address, read = _arguments.address, _arguments.number
        self.options = _structures.TransducerOptions(
            _arguments.index("blank", blank), positions, number,
            _arguments.choice("normalization", normalization, _enumerations.TRANSDUCER_NORMALIZATIONS),
            address(steps), address(big_blanks), 0 if steps is None else len(steps), read("sigma", sigma),
            read("omega", omega), 0 if wildcard is None else 1 if wildcard.ends_with_blank else 2,
            0.0 if wildcard is None else read("wildcard", wildcard.log_weight), address(starts),
            address(bounds), read("fastemit_lambda", fastemit_lambda), read("clamp", clamp),
            _arguments.thread_count(threads),
        )
        # The structure holds addresses only.
        self._kept = (steps, big_blanks, starts, bounds)
        self.tensor = _arguments.tensor(self.rows)
        self.arguments = (
            byref(self.options), byref(self.tensor), address(self.lengths), byref(self.labels)
        )

    def _windows(self, windows: Sequence[ArrayLike]) -> Integers:
        if not hasattr(windows, "__len__"):
            raise ValueError(f"windows: {windows!r} is no list")
        if len(windows) != self.batch:
            raise ValueError(f"windows: {len(windows)} for a batch of {self.batch}")
        rows = []
        for sample, (window, count) in enumerate(zip(windows, self.counts)):
            array = _arguments.integers(f"windows, sample {sample}", window)
            if array.size == 0:
                array = array.reshape(0, 2)
            if array.shape != (count, 2):
                raise ValueError(
                    f"windows, sample {sample}: shape {list(array.shape)} where [{count}, 2] is expected"
                )
            rows.append(array)
        return np.ascontiguousarray(np.concatenate(rows) if rows else np.empty((0, 2), np.int64))

    def losses_and_gradient(self, out: Optional[NDArray[Any]] = None) -> tuple[Doubles, Array]:
        if out is None:
            out = np.empty_like(self.rows).reshape(self.shape)
        elif not isinstance(out, np.ndarray) or out.shape != self.shape or out.dtype != self.rows.dtype:
            raise ValueError("out: not an array of the logits' shape and type")
        elif not (out.flags.c_contiguous and out.flags.writeable and out.flags.aligned):
            raise ValueError("out: not dense, or not writeable")
        elif out.__array_interface__["data"][0] != _arguments.address(self.rows) and np.may_share_memory(
            out, self.rows
        ):
            raise ValueError("out: overlaps the logits")
        gradient = out.reshape(self.rows.shape)
        losses = np.empty(self.batch)
        _library.transducer_losses_and_gradient(
            *self.arguments, _arguments.address(losses), byref(_arguments.tensor(gradient))
        )
        return losses, out

    def alignments(self, count: int, seed: int) -> list[list[TransducerAlignment]]:
        draws = max(1, count)
        # Lengths that do not fit are an error before anything is written.
        labels = int(self.counts.sum()) if (self.counts >= 0).all() else 0
        total = labels * draws if labels <= self.labels.value_count else 0
        scores = np.empty((self.batch, draws))
        frames, durations = np.empty(total, np.int64), np.empty(total, np.int64)
        log_probabilities = np.empty(total)
        _library.transducer_alignments(
            *self.arguments, count, seed,
            *map(_arguments.address, (scores, frames, durations, log_probabilities)),
        )
        result, place = [], 0
        for sample, count_of_labels in enumerate(self.counts.tolist()):
            paths = []
            for draw in range(draws):
                span = slice(place, place + count_of_labels)
                paths.append(
                    TransducerAlignment(
                        frames[span], durations[span], log_probabilities[span],
                        float(scores[sample, draw]),
                    )
                )
                place += count_of_labels
            result.append(paths)
        return result


def topology_numbers(topology: Topology) -> tuple[int, Optional[Integers], Optional[Integers]]:
    """C's number of a topology, the frames of its steps, and the tokens of its big blanks."""
    if isinstance(topology, MultiBlank):
        if not isinstance(topology.frames, collections.abc.Mapping):
            raise ValueError(f"topology: {topology.frames!r} is no dictionary")
        tokens = [_arguments.index("topology", token) for token in topology.frames]
        frames = [_arguments.index("topology", count) for count in topology.frames.values()]
        number = _enumerations.TRANSDUCER_TOPOLOGIES["multi_blank"]
        return number, np.array(frames, np.int64), np.array(tokens, np.int64)
    if isinstance(topology, TokenAndDuration):
        durations = _arguments.integers("topology", topology.durations)
        if durations.ndim != 1:
            raise ValueError(f"topology: durations of shape {list(durations.shape)}")
        return _enumerations.TRANSDUCER_TOPOLOGIES["token_and_duration"], durations, None
    return _arguments.choice("topology", topology, _TOPOLOGIES), None, None
