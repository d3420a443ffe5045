"""Transducer losses."""

from __future__ import annotations

from collections.abc import Sequence

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from .. import transducers
from .._documentation import arguments_of
from ._transducer_operators import losses


@arguments_of(transducers.rnnt_loss_and_gradient)
def rnnt_loss(
    logits: ArrayLike, labels: ArrayLike, logit_lengths: ArrayLike, label_lengths: ArrayLike, *, blank_id: int = 0,
    fastemit_lambda: float = 0.0, clamp: float = -1.0, topology: str = "standard",
) -> jax.Array:
    """The transducer loss of each sample, with its first derivative; under `jit`, `grad` and `vmap` too.

    Args:
        logits: The joiner's outputs, `[batch, time, labels + 1, vocabulary]`, floating point.
        labels: `[batch, labels]`, integers, padded.
        logit_lengths: `[batch]`, the number of frames of each sample.
        label_lengths: `[batch]`, the number of labels of each sample.
        blank_id: The index of the blank token.
        topology: "standard", where labels take no frame, or "monotonic", with one symbol per frame.

    The other arguments are those of `swift_seq2seq_losses.rnnt_loss_and_gradient`.

    Returns:
        `[batch]`, in nats: `inf`, with a gradient of 0, if there is no path.

    Raises:
        ValueError: A shape, length, label or option does not fit; the message names it. If values are traced, JAX
            raises an error of its own, with the same text, when the computation runs.
    """
    options = (blank_id, float(fastemit_lambda), float(clamp), topology, (), 0.0, 0.0)
    result: jax.Array = losses(options, *_checked(logits, labels, logit_lengths, label_lengths))
    return result


@arguments_of(rnnt_loss, transducers.tdt_loss_and_gradient)
def tdt_loss(
    logits: ArrayLike, labels: ArrayLike, logit_lengths: ArrayLike, label_lengths: ArrayLike, *,
    durations: Sequence[int], blank_id: int = 0, sigma: float = 0.0, omega: float = 0.0,
    fastemit_lambda: float = 0.0, clamp: float = -1.0,
) -> jax.Array:
    """The loss of a token-and-duration transducer of each sample (TDT, arXiv 2304.06795), with its first derivative.

    Args:
        logits: `[batch, time, labels + 1, vocabulary + durations]`; the last columns are the durations' logits.

    The other arguments are those of `rnnt_loss` and of `swift_seq2seq_losses.tdt_loss_and_gradient`.

    Returns:
        `[batch]`, in nats: `inf`, with a gradient of 0, if there is no path.

    Raises:
        ValueError: As from `rnnt_loss`.
    """
    options = (
        blank_id, float(fastemit_lambda), float(clamp), "tdt", tuple(durations), float(sigma), float(omega)
    )
    result: jax.Array = losses(options, *_checked(logits, labels, logit_lengths, label_lengths))
    return result


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
