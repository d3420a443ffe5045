"""Transducer losses under `jit`, `grad` and `vmap`."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any, Optional

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike

from .. import transducers
from ._operators import shaped

# The blank, FastEmit's factor, the clamp, the topology, durations, sigma and omega.
_Options = tuple[int, float, float, str, tuple[int, ...], float, float]


def rnnt_loss(
    logits: ArrayLike,
    labels: ArrayLike,
    logit_lengths: ArrayLike,
    label_lengths: ArrayLike,
    *,
    blank_id: int = 0,
    fastemit_lambda: float = 0.0,
    clamp: float = -1.0,
    topology: str = "standard",
) -> jax.Array:
    """The transducer loss of each sample, `[batch]`, with its first derivative.

    Args:
        logits: `[batch, time, labels + 1, vocabulary]`, the joiner's.
        labels: `[batch, labels]`, padded.
        logit_lengths, label_lengths: `[batch]`.
        blank_id: The blank's index.

    The other arguments are those of `swift_seq2seq_losses.rnnt_loss_and_gradient`.

    Returns:
        `[batch]`, in nats: `inf` where there is no path.

    Raises:
        ValueError: A shape, length, label or option does not fit; the message names it. What is
            known when the computation runs is then an error of JAX's own, with the same text.
    """
    options = (blank_id, float(fastemit_lambda), float(clamp), topology, (), 0.0, 0.0)
    losses: jax.Array = _losses(options, *_checked(logits, labels, logit_lengths, label_lengths))
    return losses


def tdt_loss(
    logits: ArrayLike,
    labels: ArrayLike,
    logit_lengths: ArrayLike,
    label_lengths: ArrayLike,
    *,
    durations: Sequence[int],
    blank_id: int = 0,
    sigma: float = 0.0,
    omega: float = 0.0,
    fastemit_lambda: float = 0.0,
    clamp: float = -1.0,
) -> jax.Array:
    """The loss of a token-and-duration transducer of each sample, `[batch]`, with its first derivative.

    The arguments are those of `rnnt_loss` and of `swift_seq2seq_losses.tdt_loss_and_gradient`.

    Returns:
        `[batch]`, in nats: `inf` where there is no path.

    Raises:
        ValueError: As from `rnnt_loss`.
    """
    options = (
        blank_id, float(fastemit_lambda), float(clamp), "tdt", tuple(durations), float(sigma), float(omega)
    )
    losses: jax.Array = _losses(options, *_checked(logits, labels, logit_lengths, label_lengths))
    return losses


def _checked(*arguments: ArrayLike) -> tuple[jax.Array, ...]:
    """Logits, labels, logit lengths and label lengths as arrays whose shapes and types fit."""
    logits, labels, logit_lengths, label_lengths = map(jnp.asarray, arguments)
    if logits.ndim != 4:
        raise ValueError(
            f"logits: shape {list(logits.shape)} where [batch, time, labels + 1, vocabulary] is expected"
        )
    batch = logits.shape[0]
    if labels.ndim != 2 or labels.shape[0] != batch:
        raise ValueError(f"labels: shape {list(labels.shape)} for a batch of {batch}")
    for argument, array in (("logit_lengths", logit_lengths), ("label_lengths", label_lengths)):
        if array.shape != (batch,):
            raise ValueError(f"{argument}: shape {list(array.shape)} for a batch of {batch}")
    for argument, array in (
        ("labels", labels), ("logit_lengths", logit_lengths), ("label_lengths", label_lengths),
    ):
        if array.size and not jnp.issubdtype(array.dtype, jnp.integer):
            raise ValueError(f"{argument}: {array.dtype} where integers are expected")
    return logits, *(array.astype(jnp.int32) for array in (labels, logit_lengths, label_lengths))


@functools.partial(jax.custom_vjp, nondiff_argnums=(0,))
def _losses(
    options: _Options, logits: jax.Array, labels: jax.Array, logit_lengths: jax.Array, label_lengths: jax.Array
) -> Any:
    return _call(options, False, logits, labels, logit_lengths, label_lengths)


def _forward(options: _Options, logits: jax.Array, *others: jax.Array) -> tuple[jax.Array, jax.Array]:
    losses, gradient = _call(options, True, logits, *others)
    return losses, gradient


def _backward(
    options: _Options, gradient: jax.Array, d_losses: jax.Array
) -> tuple[Optional[jax.Array], ...]:
    # An infinite factor of an infinite loss's gradient, which is 0, is left out.
    weights = jnp.where(jnp.isinf(d_losses), 0, d_losses)
    # The product is rounded, not the factor: 1/3 is another number in 16 bits.
    product = weights[:, None, None, None] * gradient.astype(weights.dtype)
    return product.astype(gradient.dtype), None, None, None


_losses.defvjp(_forward, _backward)


def _call(options: _Options, wants_gradient: bool, logits: jax.Array, *others: jax.Array) -> Any:
    blank, fastemit, clamp, topology, durations, sigma, omega = options
    loss_type = np.dtype(np.float64 if logits.dtype == np.float64 else np.float32)

    def host(*arguments: Any) -> Any:
        logits, labels, logit_lengths, label_lengths = map(np.asarray, arguments)
        # Axes that `vmap` adds go into the batch.
        leading = logits.shape[:-4]
        shared: dict[str, Any] = {
            "blank": blank, "sigma": sigma, "omega": omega,
            "topology": transducers.TokenAndDuration(durations) if topology == "tdt" else topology,
        }
        arrays = (
            logits.reshape(-1, *logits.shape[-3:]), labels.reshape(-1, labels.shape[-1]),
            logit_lengths.reshape(-1), label_lengths.reshape(-1),
        )
        shape = (*leading, logits.shape[-4])
        if not wants_gradient:
            return transducers.rnnt_loss(*arrays, **shared).astype(loss_type).reshape(shape)
        losses, gradient = transducers.rnnt_loss_and_gradient(
            *arrays, fastemit_lambda=fastemit, clamp=clamp, **shared
        )
        return losses.astype(loss_type).reshape(shape), gradient.reshape(logits.shape)

    results: Any = shaped(logits.shape[:1], loss_type)
    if wants_gradient:
        results = (results, shaped(logits.shape, logits.dtype))
    return jax.pure_callback(host, results, logits, *others, vmap_method="broadcast_all")
