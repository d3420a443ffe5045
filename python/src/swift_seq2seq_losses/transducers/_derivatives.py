"""Second derivatives of transducer losses."""

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
from ._call import TransducerCall
from ._losses import rnnt_loss
from ._topologies import Topology, Wildcard


@arguments_of(rnnt_loss)
def rnnt_hessian_vector_product(
    logits: ArrayLike, labels: LabelsLike, logit_lengths: Optional[ArrayLike] = None,
    label_lengths: Optional[ArrayLike] = None, *, vector: ArrayLike, blank: int = 0, topology: Topology = "standard",
    normalization: str = "softmax", sigma: float = 0.0, omega: float = 0.0, wildcard: Optional[Wildcard] = None,
    windows: Optional[Sequence[ArrayLike]] = None, first_positions: Optional[ArrayLike] = None,
    threads: Optional[int] = None,
) -> NDArray[Any]:
    """The product of each sample's Hessian with its part of `vector`, exactly.

    Args:
        vector: Real numbers of any type, of the logits' shape.

    The other arguments are those of `rnnt_loss`.

    Returns:
        The products, of the logits' shape and type.

    Raises:
        ValueError: As from `rnnt_loss`, or `vector` does not fit the logits.
    """
    call = TransducerCall(
        logits, labels, logit_lengths, label_lengths, blank, topology, normalization, sigma, omega, wildcard, windows,
        first_positions, threads,
    )
    direction = _arguments.direction(vector, call.shape, call.rows.dtype)
    direction = np.ascontiguousarray(direction).reshape(call.rows.shape)
    product = np.empty_like(call.rows)
    _library.transducer_hessian_vector_products(
        *call.arguments, byref(_arguments.tensor(direction)), byref(_arguments.tensor(product))
    )
    return product.reshape(call.shape)

