"""The CTC loss with optax's signature, under `jit`, `grad`, `vmap`, `jvp` and `hessian`.

`ctc_loss` stands in for `optax.ctc_loss`. A sample that no alignment fits has a loss of `inf` and a
gradient of 0 (optax: about 1e5, and a gradient). `rnnt_loss` and `tdt_loss` are transducer losses, with first
derivatives. The computation is a host callback, on the CPU.
"""

from __future__ import annotations

import functools
from typing import Callable, Tuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.extend.core import Primitive
from jax.interpreters import ad, batching, mlir
from jax.typing import ArrayLike

from . import _arguments, _ctc, _library
from ._jax_transducer import rnnt_loss, tdt_loss

__all__ = ["ctc_loss", "rnnt_loss", "tdt_loss"]


def ctc_loss(
    logits: ArrayLike,
    logit_paddings: ArrayLike,
    labels: ArrayLike,
    label_paddings: ArrayLike,
    *,
    blank_id: int = 0,
    log_epsilon: float = -1e5,
    topology: str = "classic",
) -> jax.Array:
    """The CTC loss of each sample, as `optax.ctc_loss`.

    Args:
        logits: `[batch, time, vocabulary]`, floating point.
        logit_paddings: `[batch, time]`: 1 for frames past a sample's end, 0 before.
        labels: `[batch, width]`, integers.
        label_paddings: `[batch, width]`: 1 for labels past a sample's end, 0 before.
        blank_id: The index of the blank token.
        log_epsilon: Ignored: probabilities of 0 are exact here.
        topology: "classic", or "simplified" (repeated labels do not collapse).

    Returns:
        `[batch]`: minus the natural logarithm of the probability of the labels; `inf` where no
        alignment fits, NaN where a valid frame holds NaN.

    Raises:
        ValueError: A shape, label or padding does not fit. Where labels and paddings are traced, JAX
            raises an error of its own when the computation runs, with the same text.
    """
    logits, labels = jnp.asarray(logits), jnp.asarray(labels)
    if logits.ndim != 3:
        raise ValueError(
            f"logits: shape {list(logits.shape)} where [batch, time, vocabulary] is expected"
        )
    if not jnp.issubdtype(logits.dtype, jnp.floating):
        raise ValueError(f"logits: {logits.dtype} where floating point is expected")
    if not jnp.issubdtype(labels.dtype, jnp.integer) and labels.size > 0:
        raise ValueError(f"labels: {labels.dtype} where integers are expected")
    logit_paddings, label_paddings = jnp.asarray(logit_paddings), jnp.asarray(label_paddings)
    batch, time, _ = logits.shape
    for argument, array, shape in (
        ("logit_paddings", logit_paddings, (batch, time)),
        ("labels", labels, (batch, *labels.shape[1:2])),
        ("label_paddings", label_paddings, labels.shape),
    ):
        if array.ndim != 2 or array.shape != shape:
            raise ValueError(f"{argument}: shape {list(array.shape)} does not fit the others")
    others = labels.astype(jnp.int32), logit_paddings, label_paddings
    if not any(isinstance(array, jax.core.Tracer) for array in others):
        _validate(logits.shape, *map(np.asarray, others), blank_id, topology)
    return _losses((blank_id, topology), logits, *map(jax.lax.stop_gradient, others))


_Options = Tuple[int, str]


@functools.partial(jax.custom_jvp, nondiff_argnums=(0,))
def _losses(options: _Options, logits, labels, logit_paddings, label_paddings):
    result = jax.ShapeDtypeStruct(logits.shape[:1], _loss_type(logits))
    others = (labels, logit_paddings, label_paddings)
    return _call(_ctc.ctc_loss, result, options, (logits,), others)


@_losses.defjvp
def _(options, primals, tangents):
    logits, *others = primals
    losses, gradient = _losses_and_gradient(options, *primals)
    slopes = jnp.sum(gradient * tangents[0], axis=(1, 2))
    return losses, slopes.astype(losses.dtype)


@functools.partial(jax.custom_jvp, nondiff_argnums=(0,))
def _losses_and_gradient(options: _Options, logits, labels, logit_paddings, label_paddings):
    results = (
        jax.ShapeDtypeStruct(logits.shape[:1], _loss_type(logits)),
        jax.ShapeDtypeStruct(logits.shape, logits.dtype),
    )
    others = (labels, logit_paddings, label_paddings)
    return _call(_ctc.ctc_loss_and_gradient, results, options, (logits,), others)


@_losses_and_gradient.defjvp
def _(options, primals, tangents):
    logits, *others = primals
    losses, gradient = _losses_and_gradient(options, *primals)
    slopes = jnp.sum(gradient * tangents[0], axis=(1, 2))
    product = _product.bind(logits, tangents[0], *others, options=options)
    return (losses, gradient), (slopes.astype(losses.dtype), product)


# The Hessian times a vector: linear in the vector and symmetric, which JAX has to be told.
_product = Primitive("ctc_hessian_vector_product")


def _product_callback(logits, vector, labels, logit_paddings, label_paddings, *, options):
    def host(logits, vector, **arguments):
        return _ctc.ctc_hessian_vector_product(logits, vector=vector, **arguments)

    result = jax.ShapeDtypeStruct(logits.shape, logits.dtype)
    return _call(
        host, result, options, (logits, vector), (labels, logit_paddings, label_paddings)
    )


def _product_jvp(primals, tangents, *, options):
    if not isinstance(tangents[0], ad.Zero):
        raise NotImplementedError("third derivatives of the CTC loss are not implemented")
    logits, _, *others = primals
    product = _product.bind(*primals, options=options)
    if isinstance(tangents[1], ad.Zero):
        return product, ad.Zero.from_primal_value(product)
    return product, _product.bind(logits, tangents[1], *others, options=options)


def _product_transpose(cotangent, logits, vector, *others, options):
    product = _product.bind(logits, cotangent, *others, options=options)
    return None, product, *[None] * len(others)


def _product_batched(arguments, axes, *, options):
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
    product = _product.bind(*flat, options=options)
    return product.reshape(size, -1 if size else 0, *product.shape[1:]), 0


_product.def_impl(_product_callback)
_product.def_abstract_eval(lambda logits, *_, options: logits)
mlir.register_lowering(_product, mlir.lower_fun(_product_callback, multiple_results=False))
ad.primitive_jvps[_product] = _product_jvp
ad.primitive_transposes[_product] = _product_transpose
batching.primitive_batchers[_product] = _product_batched


def _call(function: Callable, results, options: _Options, values, others):
    """`function`'s arrays on the host; axes that `vmap` adds go into the batch."""
    blank, topology = options
    rank = 3

    def host(*arguments):
        arguments = [np.asarray(array) for array in arguments]
        extra = arguments[0].ndim - rank
        leading = arguments[0].shape[:extra]
        flat = [array.reshape(-1, *array.shape[extra + 1 :]) for array in arguments]
        *inputs, labels, logit_paddings, label_paddings = flat
        outputs = function(
            *inputs, labels=labels, logit_lengths=_lengths("logit_paddings", logit_paddings),
            label_lengths=_lengths("label_paddings", label_paddings), blank=blank,
            topology=topology,
        )

        def shaped(output, result):
            shape = (*leading, *result.shape)
            return np.asarray(output).astype(result.dtype, copy=False).reshape(shape)

        if isinstance(results, tuple):
            return tuple(map(shaped, outputs, results))
        return shaped(outputs, results)

    return jax.pure_callback(host, results, *values, *others, vmap_method="broadcast_all")


def _lengths(argument: str, paddings: np.ndarray) -> np.ndarray:
    """How many places of each row are not padding, all of which come first."""
    is_padding = paddings != 0
    lengths = (~is_padding).sum(axis=1)
    wrong = is_padding & (np.arange(paddings.shape[1]) < lengths[:, None])
    if wrong.any():
        sample, position = np.argwhere(wrong)[0]
        raise ValueError(
            f"{argument}, sample {sample}, position {position}: padding before the sample's end"
        )
    return lengths


def _validate(shape, labels, logit_paddings, label_paddings, blank: int, topology: str) -> None:
    logit_lengths = _lengths("logit_paddings", logit_paddings).astype(np.int64)
    label_lengths = _lengths("label_paddings", label_paddings)
    description, _ = _arguments.labels(labels, label_lengths, shape[0])
    _library.validate(
        _arguments.loss(blank, topology, "logits", None), (_library.c_int64 * 3)(*shape),
        _arguments.address(logit_lengths), description,
    )


def _loss_type(logits) -> np.dtype:
    """A loss of 16 bits would have two or three digits."""
    return np.dtype(np.float64 if logits.dtype == np.float64 else np.float32)
