"""Transducer losses and their derivatives as functions of tensors, differentiable twice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, List  # noqa: UP035 (PyTorch 2.4 knows no `list[int]`)

import torch
from torch import Tensor

from .. import transducers
from .._native.arguments import Array
from ._shared import Gradients, apply, finite, loss_type, numpy_array, weighted


def losses(logits: Tensor, *others: Any) -> Tensor:
    """Each sample's loss, `[batch]`, of logits `[batch, time, labels + 1, vocabulary]`."""
    return apply(_Losses, logits, *others)


# The operators are opaque to PyTorch's compilers.


@torch.library.custom_op("swift_seq2seq_losses::rnnt_losses", mutates_args=())
def _losses(
    logits: Tensor, targets: Tensor, frames: Tensor, counts: Tensor, blank: int, clamp: float,
    fastemit: float, normalization: str, topology: str, durations: List[int],  # noqa: UP006
    sigma: float, omega: float,
) -> Tensor:
    values = transducers.rnnt_loss(
        numpy_array(logits.contiguous()), *_arrays(targets, frames, counts),
        **_options(blank, normalization, topology, durations, sigma, omega),
    )
    return torch.from_numpy(values).to(logits.device, loss_type(logits))


@_losses.register_fake
def _(logits: Tensor, *_: Any) -> Tensor:
    return logits.new_empty(logits.shape[0], dtype=loss_type(logits))


@torch.library.custom_op("swift_seq2seq_losses::rnnt_gradient", mutates_args=())
def _gradient(
    logits: Tensor, targets: Tensor, frames: Tensor, counts: Tensor, blank: int, clamp: float,
    fastemit: float, normalization: str, topology: str, durations: List[int],  # noqa: UP006
    sigma: float, omega: float,
) -> Tensor:
    _, gradient = transducers.rnnt_loss_and_gradient(
        numpy_array(logits.contiguous()), *_arrays(targets, frames, counts), fastemit_lambda=fastemit, clamp=clamp,
        **_options(blank, normalization, topology, durations, sigma, omega),
    )
    return torch.from_numpy(gradient).to(logits)


@_gradient.register_fake
def _(logits: Tensor, *_: Any) -> Tensor:
    return logits.new_empty(logits.shape)


@torch.library.custom_op("swift_seq2seq_losses::rnnt_hessian_vector_product", mutates_args=())
def _product(
    logits: Tensor, vector: Tensor, targets: Tensor, frames: Tensor, counts: Tensor, blank: int,
    clamp: float, fastemit: float, normalization: str, topology: str, durations: List[int],  # noqa: UP006
    sigma: float, omega: float,
) -> Tensor:
    product = transducers.rnnt_hessian_vector_product(
        numpy_array(logits.contiguous()), *_arrays(targets, frames, counts), vector=numpy_array(vector.contiguous()),
        **_options(blank, normalization, topology, durations, sigma, omega),
    )
    return torch.from_numpy(product).to(logits)


@_product.register_fake
def _(logits: Tensor, *_: Any) -> Tensor:
    return logits.new_empty(logits.shape)


def _arrays(targets: Tensor, frames: Tensor, counts: Tensor) -> tuple[Array, Array, Array]:
    return targets.cpu().numpy(), frames.cpu().numpy(), counts.cpu().numpy()


def _options(
    blank: int, normalization: str, topology: str, durations: Sequence[int], sigma: float, omega: float
) -> dict[str, Any]:
    return {
        "blank": blank,
        "normalization": normalization,
        "topology": transducers.TokenAndDuration(durations) if topology == "tdt" else topology,
        "sigma": sigma,
        "omega": omega,
    }


_NONE = (None,) * 11


class _OfBatch(torch.autograd.Function):
    """A function of a batch of logits, which its derivative needs again."""

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
        logits, targets, frames, counts, *ctx.options = inputs
        ctx.save_for_backward(logits, targets, frames, counts)


# `forward` names its parameters: the compiler of PyTorch 2.13 fails on others that it does not see.
class _Losses(_OfBatch):
    """Each sample's loss."""

    @staticmethod
    def forward(
        logits: Tensor, targets: Tensor, frames: Tensor, counts: Tensor, blank: int, clamp: float, fastemit: float,
        normalization: str, topology: str, durations: list[int], sigma: float, omega: float,
    ) -> Tensor:
        result: Tensor = _losses(
            logits, targets, frames, counts, blank, clamp, fastemit, normalization, topology, durations, sigma,
            omega,
        )
        return result

    @staticmethod
    def backward(ctx: Any, d_losses: Tensor) -> Gradients:
        logits, *others = ctx.saved_tensors
        gradient = apply(_Gradient, logits, *others, *ctx.options)
        return weighted(finite(d_losses), gradient), *_NONE


class _Gradient(_OfBatch):
    """The gradient of each sample's loss."""

    @staticmethod
    def forward(
        logits: Tensor, targets: Tensor, frames: Tensor, counts: Tensor, blank: int, clamp: float, fastemit: float,
        normalization: str, topology: str, durations: list[int], sigma: float, omega: float,
    ) -> Tensor:
        result: Tensor = _gradient(
            logits, targets, frames, counts, blank, clamp, fastemit, normalization, topology, durations, sigma,
            omega,
        )
        return result

    @staticmethod
    def backward(ctx: Any, d_gradient: Tensor) -> Gradients:
        logits, *others = ctx.saved_tensors
        return apply(_Product, logits, d_gradient, *others, *ctx.options), *_NONE


class _Product(torch.autograd.Function):
    """The Hessian times a vector: symmetric, and linear in the vector."""

    @staticmethod
    def forward(
        logits: Tensor, vector: Tensor, targets: Tensor, frames: Tensor, counts: Tensor, blank: int, clamp: float,
        fastemit: float, normalization: str, topology: str, durations: list[int], sigma: float, omega: float,
    ) -> Tensor:
        result: Tensor = _product(
            logits, vector, targets, frames, counts, blank, clamp, fastemit, normalization, topology, durations, sigma,
            omega,
        )
        return result

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
        logits, _, targets, frames, counts, *ctx.options = inputs
        ctx.save_for_backward(logits, targets, frames, counts)

    @staticmethod
    def backward(ctx: Any, d_product: Tensor) -> Gradients:
        if ctx.needs_input_grad[0]:
            raise NotImplementedError("third derivatives of the transducer loss are not implemented")
        logits, *others = ctx.saved_tensors
        return None, apply(_Product, logits, d_product, *others, *ctx.options), *_NONE
