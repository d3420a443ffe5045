"""Host functions with derivatives under JAX's transformations, and arrays as they take them."""

from __future__ import annotations

from typing import Any, Callable, Optional

import jax
import jax.numpy as jnp
import numpy as np
from jax.extend.core import Primitive
from jax.interpreters import ad, batching, mlir

from .._native.arguments import Array

# The blank and the topology.
Options = tuple[int, str]


def check_shapes(*wanted: tuple[str, jax.Array, tuple[int, ...]]) -> None:
    """An error that names the first array without its shape."""
    for argument, array, shape in wanted:
        if array.shape != shape:
            raise ValueError(f"{argument}: shape {list(array.shape)} does not fit the others")


def finite(values: jax.Array) -> jax.Array:
    """The values, with 0 for infinite ones: the gradient of an infinite loss is 0, whatever its factor."""
    return jnp.where(jnp.isinf(values), 0, values)


def weighted(weights: jax.Array, rows: jax.Array) -> jax.Array:
    """Each sample's rows times its weight; the product is rounded, not the weight: 1/3 is another number in 16 bits."""
    product = weights.reshape(-1, *[1] * (rows.ndim - 1)) * rows.astype(weights.dtype)
    return product.astype(rows.dtype)


def shaped(shape: tuple[int, ...], dtype: Any) -> jax.ShapeDtypeStruct:
    """The shape and type of a host function's result."""
    return jax.ShapeDtypeStruct(shape, dtype)  # type: ignore[no-untyped-call]  # JAX gives it no types


def slopes(gradient: jax.Array, tangent: jax.Array, dtype: Any) -> jax.Array:
    """Each sample's sum of products, in the losses' type.

    Its transpose multiplies a gradient of 16 bits by the losses' factors as they are, and rounds the product.
    """
    return jnp.sum(gradient.astype(dtype) * tangent.astype(dtype), axis=(1, 2))


# A Hessian times a vector: linear in the vector and symmetric, which JAX has to be told.


def symmetric_product(name: str, product: Callable[..., jax.Array]) -> Callable[..., jax.Array]:
    """The function that binds `product(logits, vector, *others, options)` as a primitive."""
    # JAX gives primitives no types.
    primitive: Any = Primitive(name)

    def jvp(primals: tuple[Any, ...], tangents: tuple[Any, ...], *, options: Any) -> tuple[Any, Any]:
        if not isinstance(tangents[0], ad.Zero):
            raise NotImplementedError("third derivatives of the CTC loss are not implemented")
        logits, _, *others = primals
        result = primitive.bind(*primals, options=options)
        if isinstance(tangents[1], ad.Zero):
            return result, jnp.zeros_like(result)
        return result, primitive.bind(logits, tangents[1], *others, options=options)

    def transpose(
        cotangent: jax.Array, logits: jax.Array, vector: Any, *others: jax.Array, options: Any
    ) -> tuple[Optional[jax.Array], ...]:
        result = primitive.bind(logits, cotangent, *others, options=options)
        return None, result, *[None] * len(others)

    def batched(
        arguments: tuple[jax.Array, ...], axes: tuple[Optional[int], ...], *, options: Any
    ) -> tuple[jax.Array, int]:
        size = next(
            array.shape[axis] for array, axis in zip(arguments, axes) if axis is not None
        )
        flat = []
        for array, axis in zip(arguments, axes):
            if axis is None:
                array = jnp.broadcast_to(array, (size, *array.shape))
            else:
                array = jnp.moveaxis(array, axis, 0)
            flat.append(array.reshape(-1, *array.shape[2:]))
        result = primitive.bind(*flat, options=options)
        return result.reshape(size, -1 if size else 0, *result.shape[1:]), 0

    primitive.def_impl(product)
    primitive.def_abstract_eval(lambda logits, *_, options: logits)
    mlir.register_lowering(primitive, mlir.lower_fun(product, multiple_results=False))
    ad.primitive_jvps[primitive] = jvp
    ad.primitive_transposes[primitive] = transpose
    batching.primitive_batchers[primitive] = batched
    bind: Callable[..., jax.Array] = primitive.bind
    return bind


def call(
    function: Callable[..., Any], results: Any, options: Options, values: tuple[jax.Array, ...],
    others: tuple[jax.Array, ...],
) -> Any:
    """`function`'s arrays on the host; axes that `vmap` adds go into the batch."""
    blank, topology = options
    rank = 3

    def host(*arguments: Any) -> Any:
        arrays = [np.asarray(array) for array in arguments]
        extra = arrays[0].ndim - rank
        leading = arrays[0].shape[:extra]
        flat = [array.reshape(-1, *array.shape[extra + 1 :]) for array in arrays]
        inputs, (labels, logit_paddings, label_paddings, *rest) = (
            flat[: len(values)], flat[len(values) :]
        )
        outputs = function(
            *inputs, labels=labels, logit_lengths=lengths("logit_paddings", logit_paddings),
            label_lengths=lengths("label_paddings", label_paddings), blank=blank,
            topology=topology, **({"risks": rest[0]} if rest else {}),
        )

        def converted(output: Any, result: jax.ShapeDtypeStruct) -> Array:
            shape = (*leading, *result.shape)
            return np.asarray(output).astype(result.dtype, copy=False).reshape(shape)

        if isinstance(results, tuple):
            return tuple(map(converted, outputs, results))
        return converted(outputs, results)

    return jax.pure_callback(host, results, *values, *others, vmap_method="broadcast_all")


def lengths(argument: str, paddings: Array) -> Array:
    """The number of places before the padding in each row; an error if padding is between them."""
    is_padding = paddings != 0
    lengths: Array = (~is_padding).sum(axis=-1)
    wrong = is_padding & (np.arange(paddings.shape[-1]) < lengths[..., None])
    if wrong.any():
        sample, *_, position = np.argwhere(wrong)[0]
        raise ValueError(
            f"{argument}, sample {sample}, position {position}: padding before the sample's end"
        )
    return lengths


def loss_type(logits: jax.Array) -> np.dtype[Any]:
    """The type of losses: with 16 bits they would have two or three digits."""
    return np.dtype(np.float64 if logits.dtype == np.float64 else np.float32)
