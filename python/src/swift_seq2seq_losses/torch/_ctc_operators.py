"""The CTC losses and their derivatives as functions of tensors, differentiable twice."""

from __future__ import annotations

from ctypes import byref
from typing import Any, Optional

import torch
from torch import Tensor

from .._native import arguments as _arguments
from .._native import library as _library
from .._native import structures as _structures
from ._shared import Gradients, apply, c_tensor, finite, loss_type, weighted


def _slopes(rows: Tensor, direction: Tensor, dtype: torch.dtype) -> Tensor:
    """Each sample's sum of products, of a type that has the digits for it."""
    return (rows.to(dtype) * direction.to(dtype)).sum((1, 2))


# The operators below are opaque to PyTorch's compilers. They take `[batch, time, vocabulary]` with
# any strides, and integers of 64 bits.


@torch.library.custom_op("swift_seq2seq_losses::ctc_losses", mutates_args=())
def _losses(
    values: Tensor, targets: Tensor, frames: Tensor, counts: Tensor, blank: int, topology: str,
    inputs: str,
) -> Tensor:
    call = _Call(values, targets, frames, counts, blank, topology, inputs)
    losses = torch.empty(values.shape[0], dtype=torch.float64)
    _library.ctc_losses(*call.arguments, losses.data_ptr())
    return losses.to(values.device, loss_type(values))


@_losses.register_fake
def _(values: Tensor, *_: Any) -> Tensor:
    return values.new_empty(values.shape[0], dtype=loss_type(values))


@torch.library.custom_op("swift_seq2seq_losses::ctc_gradient", mutates_args=())
def _gradient(
    values: Tensor, weights: Tensor, targets: Tensor, frames: Tensor, counts: Tensor, blank: int,
    topology: str, inputs: str,
) -> Tensor:
    call = _Call(values, targets, frames, counts, blank, topology, inputs)
    factors = weights.detach().to("cpu", torch.float64).contiguous()
    losses = torch.empty(values.shape[0], dtype=torch.float64)
    gradient = torch.empty_like(call.values)
    _library.ctc_losses_and_gradient(
        *call.arguments, factors.data_ptr(), losses.data_ptr(), byref(c_tensor(gradient))
    )
    return gradient.to(values.device)


@_gradient.register_fake
def _(values: Tensor, weights: Tensor, *_: Any) -> Tensor:
    return torch.empty_like(values)


@torch.library.custom_op("swift_seq2seq_losses::ctc_hessian_vector_product", mutates_args=())
def _hessian_vector_product(
    values: Tensor, vector: Tensor, targets: Tensor, frames: Tensor, counts: Tensor, blank: int,
    topology: str, inputs: str,
) -> Tensor:
    call = _Call(values, targets, frames, counts, blank, topology, inputs)
    direction = vector.detach().to("cpu", values.dtype)
    product = torch.empty_like(call.values)
    _library.ctc_hessian_vector_products(
        *call.arguments, byref(c_tensor(direction)), byref(c_tensor(product))
    )
    return product.to(values.device)


@_hessian_vector_product.register_fake
def _(values: Tensor, vector: Tensor, *_: Any) -> Tensor:
    return torch.empty_like(values)


# Derivatives: of the losses by the values, weighted gradients; of those by the values, products with
# the Hessian. A gradient is computed where it is wanted, with its weights: to keep one from the forward
# pass and multiply it would take two more arrays as large as the logits.


class _Losses(torch.autograd.Function):
    """Each sample's loss."""

    generate_vmap_rule = True

    @staticmethod
    def forward(
        values: Tensor, targets: Tensor, frames: Tensor, counts: Tensor, blank: int, topology: str, inputs: str
    ) -> Tensor:
        result: Tensor = _losses(values, targets, frames, counts, blank, topology, inputs)
        return result

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
        values, targets, frames, counts, *ctx.options = inputs
        ctx.save_for_backward(values, targets, frames, counts)
        ctx.save_for_forward(values, targets, frames, counts)

    @staticmethod
    def backward(ctx: Any, d_losses: Tensor) -> Gradients:
        values, *others = ctx.saved_tensors
        gradient = _apply(_Gradient, values, finite(d_losses), *others, *ctx.options)
        return gradient, None, None, None, None, None, None


class _Gradient(torch.autograd.Function):
    """The gradient of the losses' weighted sum."""

    generate_vmap_rule = True

    @staticmethod
    def forward(
        values: Tensor, weights: Tensor, targets: Tensor, frames: Tensor, counts: Tensor, blank: int, topology: str,
        inputs: str,
    ) -> Tensor:
        result: Tensor = _gradient(values, weights, targets, frames, counts, blank, topology, inputs)
        return result

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
        values, weights, targets, frames, counts, *ctx.options = inputs
        ctx.save_for_backward(values, weights, targets, frames, counts)
        ctx.save_for_forward(values, weights, targets, frames, counts)

    @staticmethod
    def backward(ctx: Any, d_gradient: Tensor) -> Gradients:
        values, weights, *others = ctx.saved_tensors
        d_values = d_weights = None
        if ctx.needs_input_grad[0]:
            vector = weighted(weights, d_gradient)
            d_values = _apply(_Product, values, vector, *others, *ctx.options)
        if ctx.needs_input_grad[1]:
            plain = _apply(_Gradient, values, torch.ones_like(weights), *others, *ctx.options)
            d_weights = _slopes(plain, d_gradient, weights.dtype)
        return d_values, d_weights, None, None, None, None, None, None


class _Product(torch.autograd.Function):
    """The Hessian times a vector: symmetric, and linear in the vector."""

    generate_vmap_rule = True

    @staticmethod
    def forward(
        values: Tensor, vector: Tensor, targets: Tensor, frames: Tensor, counts: Tensor, blank: int, topology: str,
        inputs: str,
    ) -> Tensor:
        result: Tensor = _hessian_vector_product(
            values, vector, targets, frames, counts, blank, topology, inputs
        )
        return result

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
        values, _, targets, frames, counts, *ctx.options = inputs
        ctx.save_for_backward(values, targets, frames, counts)
        ctx.save_for_forward(values, targets, frames, counts)

    @staticmethod
    def backward(ctx: Any, d_product: Tensor) -> Gradients:
        if ctx.needs_input_grad[0]:
            raise NotImplementedError(_THIRD)
        values, *others = ctx.saved_tensors
        product = _apply(_Product, values, d_product, *others, *ctx.options)
        return None, product, None, None, None, None, None, None


# With forward derivatives too, of which PyTorch's compiler wants to know nothing.


class _ForwardLosses(_Losses):
    @staticmethod
    def jvp(ctx: Any, d_values: Tensor, *_: None) -> Tensor:
        values, *others = ctx.saved_tensors
        weights = torch.ones(values.shape[0], dtype=loss_type(values), device=values.device)
        gradient = _apply(_Gradient, values, weights, *others, *ctx.options)
        return _slopes(gradient, d_values, loss_type(values))


class _ForwardGradient(_Gradient):
    @staticmethod
    def jvp(ctx: Any, d_values: Optional[Tensor], d_weights: Optional[Tensor], *_: None) -> Tensor:
        values, weights, *others = ctx.saved_tensors
        result = torch.zeros_like(values)
        if d_values is not None:
            product = _apply(_Product, values, d_values, *others, *ctx.options)
            result = result + weighted(weights, product)
        if d_weights is not None:
            plain = _apply(_Gradient, values, torch.ones_like(weights), *others, *ctx.options)
            result = result + weighted(d_weights, plain)
        return result


class _ForwardProduct(_Product):
    @staticmethod
    def jvp(ctx: Any, d_values: Optional[Tensor], d_vector: Optional[Tensor], *_: None) -> Tensor:
        if d_values is not None:
            raise NotImplementedError(_THIRD)
        values, *others = ctx.saved_tensors
        return _apply(_Product, values, d_vector, *others, *ctx.options)


_THIRD = "third derivatives of the CTC loss are not implemented"
_WITH_FORWARD = {_Losses: _ForwardLosses, _Gradient: _ForwardGradient, _Product: _ForwardProduct}


def losses(
    values: Tensor, targets: Tensor, frames: Tensor, counts: Tensor, blank: int, topology: str, inputs: str
) -> Tensor:
    """Each sample's loss, `[batch]`, of `values` `[batch, time, vocabulary]`."""
    return _apply(_Losses, values, targets, frames, counts, blank, topology, inputs)


def _apply(function: Any, *arguments: Any) -> Tensor:
    """Applies a function, with forward derivatives wherever PyTorch takes them."""
    if not torch.compiler.is_compiling():
        function = _WITH_FORWARD[function]
    return apply(function, *arguments)


def _register_vmap(operator: Any, tensors: int) -> None:
    """Maps an operator over a new axis by putting it into the batch: samples do not interact."""

    def mapped(info: Any, in_dims: tuple[Optional[int], ...], *arguments: Any) -> Any:
        size = info.batch_size
        flat = []
        for argument, dimension in zip(arguments[:tensors], in_dims):
            if dimension is None:
                argument = argument.unsqueeze(0).expand(size, *argument.shape)
            else:
                argument = argument.movedim(dimension, 0)
            flat.append(argument.reshape(-1, *argument.shape[2:]))
        results = operator(*flat, *arguments[tensors:])
        if isinstance(results, tuple):
            return tuple(_unflatten(result, size) for result in results), (0,) * len(results)
        return _unflatten(results, size), 0

    torch.library.register_vmap(operator, mapped)


def _unflatten(result: Tensor, size: int) -> Tensor:
    return result.reshape(size, -1 if size else 0, *result.shape[1:])


_register_vmap(_losses, 4)
_register_vmap(_gradient, 5)
_register_vmap(_hessian_vector_product, 5)


class _Call:
    """The arguments of the C functions, and the memory that they point to."""

    def __init__(
        self, values: Tensor, targets: Tensor, frames: Tensor, counts: Tensor, blank: int, topology: str, inputs: str
    ) -> None:
        self.values = values.detach().cpu()
        self.frames = frames.cpu().contiguous()
        self.counts = counts.cpu().contiguous()
        self.targets = targets.cpu().contiguous()
        is_padded = self.targets.dim() == 2
        if is_padded and self.targets.shape[0] != self.values.shape[0]:
            raise ValueError(
                f"targets: shape {list(targets.shape)} for a batch of {self.values.shape[0]}"
            )
        if self.targets.dim() not in (1, 2):
            raise ValueError(f"targets: shape {list(targets.shape)}")
        labels = _structures.Labels(
            self.targets.data_ptr(), self.targets.numel(), self.counts.data_ptr(),
            self.counts.numel(), self.targets.shape[1] if is_padded else -1,
        )
        self.description = _structures.CTCBatch(c_tensor(self.values), self.frames.data_ptr(), labels)
        self.arguments = (_arguments.loss(blank, topology, inputs, None), byref(self.description))
