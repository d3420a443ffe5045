"""Second derivatives of transducer losses."""

from __future__ import annotations

from collections.abc import Sequence
from ctypes import byref
from typing import Any, Optional

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._native import arguments as _arguments
from .._native import library as _library
from .._native.arguments import LabelsLike
from ._call import TransducerCall
from ._topologies import Topology, Wildcard


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
    call = TransducerCall(
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
