"""The CTC loss by the name that optax's users know."""

from __future__ import annotations

import ctypes
import functools
from typing import Any

import jax
import jax.core
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike

from .. import ctc
from .._native import arguments as _arguments
from .._native import enumerations as _enumerations
from .._native import library as _library
from .._native import structures as _structures
from .._native.arguments import Array
from ._operators import Options, call, lengths, loss_type, shaped, slopes, symmetric_product


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
        topology: "classic", "simplified" (repeated labels do not collapse) or "no_blank" (they do, and there is
            no blank).

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
        _validate(logits.shape, *others, blank_id, topology)
    losses: jax.Array = _losses((blank_id, topology), logits, *map(jax.lax.stop_gradient, others))
    return losses


@functools.partial(jax.custom_jvp, nondiff_argnums=(0,))
def _losses(options: Options, logits: jax.Array, *others: jax.Array) -> Any:
    result = shaped(logits.shape[:1], loss_type(logits))
    return call(ctc.ctc_loss, result, options, (logits,), others)


@_losses.defjvp
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


def _validate(
    shape: tuple[int, ...], labels: jax.Array, logit_paddings: jax.Array, label_paddings: jax.Array, blank: int,
    topology: str,
) -> None:
    logit_lengths = lengths("logit_paddings", np.asarray(logit_paddings)).astype(np.int64)
    label_lengths = lengths("label_paddings", np.asarray(label_paddings))
    description, _ = _arguments.labels(np.asarray(labels), label_lengths, shape[0])
    # Only the shape of the logits is read.
    logits = _structures.Tensor(None, _enumerations.ELEMENTS["float32"], shape, (shape[1] * shape[2], shape[2], 1))
    batch = _structures.CTCBatch(logits, _arguments.address(logit_lengths), description)
    _library.ctc_validate(_arguments.loss(blank, topology, "logits", None), ctypes.byref(batch))
