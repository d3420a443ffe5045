"""The CTC loss and its derivatives as functions of arrays, under JAX's transformations."""

from __future__ import annotations

import functools
from typing import Any

import jax

from .. import ctc
from .._native.arguments import Array
from ._shared import Options, call, loss_type, shaped, slopes, symmetric_product


@functools.partial(jax.custom_jvp, nondiff_argnums=(0,))
def losses(options: Options, logits: jax.Array, *others: jax.Array) -> Any:
    result = shaped(logits.shape[:1], loss_type(logits))
    return call(ctc.ctc_loss, result, options, (logits,), others)


@losses.defjvp
def _(options: Options, primals: tuple[Any, ...], tangents: tuple[Any, ...]) -> tuple[Any, Any]:
    logits, *others = primals
    losses, gradient = _losses_and_gradient(options, *primals)
    return losses, slopes(gradient, tangents[0], losses.dtype)


@functools.partial(jax.custom_jvp, nondiff_argnums=(0,))
def _losses_and_gradient(options: Options, logits: jax.Array, *others: jax.Array) -> Any:
    results = (
        shaped(logits.shape[:1], loss_type(logits)),
        shaped(logits.shape, logits.dtype),
    )
    return call(ctc.ctc_loss_and_gradient, results, options, (logits,), others)


@_losses_and_gradient.defjvp
def _(options: Options, primals: tuple[Any, ...], tangents: tuple[Any, ...]) -> tuple[Any, Any]:
    logits, *others = primals
    losses, gradient = _losses_and_gradient(options, *primals)
    product = _product(logits, tangents[0], *others, options=options)
    return (losses, gradient), (slopes(gradient, tangents[0], losses.dtype), product)


def _ctc_product(logits: jax.Array, vector: jax.Array, *others: jax.Array, options: Options) -> Any:
    def host(logits: Array, vector: Array, **arguments: Any) -> Any:
        return ctc.ctc_hessian_vector_product(logits, vector=vector, **arguments)

    result = shaped(logits.shape, logits.dtype)
    return call(host, result, options, (logits, vector), others)


_product = symmetric_product("ctc_hessian_vector_product", _ctc_product)
