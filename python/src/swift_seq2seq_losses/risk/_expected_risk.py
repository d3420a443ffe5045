"""Hypotheses and their risks as C has them."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from ctypes import pointer
from typing import Any, Optional

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._native import arguments as _arguments
from .._native import structures as _structures
from .._native.arguments import LabelsLike

HypothesesLike = Sequence[Sequence[ArrayLike]]


def expected_risk(
    hypotheses: HypothesesLike, risks: Sequence[ArrayLike], references: Optional[LabelsLike],
    batch: int, score_scale: float = 1.0, subtract_mean: bool = True, reference_weight: float = 0.0,
) -> _structures.ExpectedRisk:
    """C's description of hypotheses and options."""
    for name, lists in (("hypotheses", hypotheses), ("risks", risks)):
        if not hasattr(lists, "__len__") or len(lists) != batch:
            count = len(lists) if hasattr(lists, "__len__") else repr(lists)
            raise ValueError(f"{name}: {count} lists for a batch of {batch}")
    flat: list[Any] = []
    numbers: list[NDArray[Any]] = []
    for sample, (sequences, own) in enumerate(zip(hypotheses, risks)):
        if not hasattr(sequences, "__len__"):
            raise ValueError(f"hypotheses, sample {sample}: {sequences!r} is no list")
        own = _arguments.numbers(
            f"risks, sample {sample}", own, (len(sequences),), f"{len(sequences)} hypotheses"
        )
        sequence: Any
        for index, sequence in enumerate(sequences):
            if type(sequence) is not list:
                _arguments.vector(f"hypotheses, sample {sample}", sequence, index)
        flat.extend(sequences)
        numbers.append(own)
    labels = _labels(flat)
    counts = np.array([len(sequences) for sequences in hypotheses], dtype=np.int64)
    joined = np.concatenate(numbers) if numbers else np.empty(0)
    result = _structures.ExpectedRisk(
        labels, _arguments.address(counts), batch, _arguments.address(joined), None,
        _arguments.number("score_scale", score_scale),
        _arguments.number("reference_weight", reference_weight), _arguments.flag("subtract_mean", subtract_mean),
    )
    kept: list[Any] = [labels, counts, joined]
    if references is not None:
        known, _ = _arguments.labels(references, None, batch, "references")
        result.references = pointer(known)
        kept.append(known)
    # The structure holds addresses only.
    result.kept = kept
    return result


def _labels(sequences: list[Any]) -> _structures.Labels:
    """C's description of label sequences: lists in one step, since an array for each takes microseconds."""
    if sequences and all(type(sequence) is list for sequence in sequences):
        joined = np.array(list(itertools.chain.from_iterable(sequences)))
        if joined.dtype == np.int64 and joined.ndim == 1:
            return _arguments.labels(joined, [len(sequence) for sequence in sequences], len(sequences))[0]
    return _arguments.labels(sequences, None, len(sequences), "hypotheses")[0]
