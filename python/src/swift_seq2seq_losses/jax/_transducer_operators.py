"""Transducer losses and their derivatives as functions of arrays, under `jit`, `grad` and `vmap`."""

from __future__ import annotations

import functools
from typing import Any, Optional

import jax
import numpy as np

from .. import transducers
from ._shared import finite, loss_type, shaped, weighted

# The blank, FastEmit's factor, the clamp, the topology, durations, sigma and omega.
Options = tuple[int, float, float, str, tuple[int, ...], float, float]


@functools.partial(jax.custom_vjp, nondiff_argnums=(0,))
def losses(
    options: Options, logits: jax.Array, labels: jax.Array, logit_lengths: jax.Array, label_lengths: jax.Array
) -> Any:
    return _call(options, False, logits, labels, logit_lengths, label_lengths)


def _forward(options: Options, logits: jax.Array, *others: jax.Array) -> tuple[jax.Array, jax.Array]:
    losses, gradient = _call(options, True, logits, *others)
    return losses, gradient


def _backward(
    options: Options, gradient: jax.Array, d_losses: jax.Array
) -> tuple[Optional[jax.Array], ...]:
    return weighted(finite(d_losses), gradient), None, None, None


losses.defvjp(_forward, _backward)


def _call(options: Options, wants_gradient: bool, logits: jax.Array, *others: jax.Array) -> Any:
    blank, fastemit, clamp, topology, durations, sigma, omega = options
    dtype = loss_type(logits)

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
            return transducers.rnnt_loss(*arrays, **shared).astype(dtype).reshape(shape)
        losses, gradient = transducers.rnnt_loss_and_gradient(
            *arrays, fastemit_lambda=fastemit, clamp=clamp, **shared
        )
        return losses.astype(dtype).reshape(shape), gradient.reshape(logits.shape)

    results: Any = shaped(logits.shape[:1], dtype)
    if wants_gradient:
        results = (results, shaped(logits.shape, logits.dtype))
    return jax.pure_callback(host, results, logits, *others, vmap_method="broadcast_all")
