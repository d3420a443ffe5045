"""Tensors as the modules of this package take and return them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Optional, Union

import torch
from torch import Tensor

from .._native import enumerations as _enumerations
from .._native import structures as _structures
from .._native.arguments import Array

Lengths = Union[Tensor, Sequence[int]]
Gradients = tuple[Optional[Tensor], ...]
ELEMENTS = {getattr(torch, name): number for name, number in _enumerations.ELEMENTS.items()}


def apply(function: Any, *arguments: Any) -> Tensor:
    """Applies a `torch.autograd.Function`, whose `apply` has no types."""
    result: Tensor = function.apply(*arguments)
    return result


def check_elements(argument: str, values: Tensor) -> None:
    """An error unless the values are of a floating-point type that the library reads."""
    if values.dtype not in ELEMENTS:
        raise ValueError(f"{argument}: {values.dtype} is not a floating point type of up to 64 bits")


def lengths(argument: str, values: Lengths, batch: int, is_single: bool) -> Tensor:
    """Lengths `[batch]`; those of one sample may be a number."""
    if not isinstance(values, Tensor):
        values = torch.as_tensor(values)
    values = integers(argument, values)
    if is_single and values.dim() == 0:
        values = values.unsqueeze(0)
    if values.shape != (batch,):
        raise ValueError(f"{argument}: shape {list(values.shape)} for a batch of {batch}")
    return values


def integers(argument: str, values: Tensor) -> Tensor:
    """Integers, of 64 bits."""
    if values.numel() > 0 and (values.is_floating_point() or values.is_complex()):
        raise ValueError(f"{argument}: {values.dtype} where integers are expected")
    return values.to(torch.int64)


def check_reduction(reduction: str) -> None:
    """An error unless `reduced` knows the name."""
    if reduction not in ("none", "sum", "mean"):
        raise ValueError(f"reduction: {reduction!r} is not one of none, sum, mean")


def reduced(values: Tensor, reduction: str) -> Tensor:
    """The values, their sum or their mean."""
    if reduction == "none":
        return values
    return values.sum() if reduction == "sum" else values.mean()


def finite(values: Tensor) -> Tensor:
    """The values, with 0 for infinite ones: the gradient of an infinite loss is 0, whatever its factor."""
    return torch.where(torch.isinf(values), torch.zeros_like(values), values)


def weighted(weights: Tensor, rows: Tensor) -> Tensor:
    """Each sample's rows times its weight; the product is rounded, not the weight: 1/3 is another number in 16 bits."""
    return (weights.reshape(-1, *[1] * (rows.dim() - 1)) * rows).to(rows.dtype)


def loss_type(values: Tensor) -> torch.dtype:
    """The type of losses: with 16 bits they would have two or three digits."""
    return torch.float64 if values.dtype == torch.float64 else torch.float32


def c_tensor(tensor: Tensor) -> _structures.Tensor:
    """The C description of a tensor on the CPU, which has to outlive it."""
    return _structures.Tensor(
        tensor.data_ptr(), ELEMENTS[tensor.dtype], tuple(tensor.shape), tensor.stride()
    )


def numpy_array(values: Tensor) -> Array:
    """The values on the CPU as NumPy has them: without bfloat16, which becomes float32."""
    values = values.detach().cpu()
    return (values.float() if values.dtype == torch.bfloat16 else values).numpy()
