"""Transducer losses of tensors, with their first derivative."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from .. import transducers
from .._native.arguments import Array
from ._operators import weighted


def rnnt_loss(
    labels: tf.Tensor,
    logits: tf.Tensor,
    label_length: tf.Tensor,
    logit_length: tf.Tensor,
    blank_index: int = 0,
    *,
    fastemit_lambda: float = 0.0,
    clamp: float = -1.0,
    topology: str = "standard",
) -> tf.Tensor:
    """The transducer loss of each sample, `[batch]`; arguments in the order of `tf.nn.ctc_loss`.

    Args:
        labels: `[batch, labels]`, padded.
        logits: `[batch, time, labels + 1, vocabulary]`, the joiner's.
        label_length, logit_length: `[batch]`.
        blank_index: The blank's index.

    The other arguments are those of `swift_seq2seq_losses.rnnt_loss_and_gradient`.

    Returns:
        `[batch]`, in nats: `inf`, with a gradient of 0, where there is no path.

    Raises:
        ValueError: A shape, length, label or option does not fit; inside `tf.function` TensorFlow wraps it.
    """
    return _losses(
        labels, logits, label_length, logit_length,
        {"blank": blank_index, "topology": topology},
        {"fastemit_lambda": fastemit_lambda, "clamp": clamp},
    )


def tdt_loss(
    labels: tf.Tensor,
    logits: tf.Tensor,
    label_length: tf.Tensor,
    logit_length: tf.Tensor,
    durations: Sequence[int],
    blank_index: int = 0,
    *,
    sigma: float = 0.0,
    omega: float = 0.0,
    fastemit_lambda: float = 0.0,
    clamp: float = -1.0,
) -> tf.Tensor:
    """The loss of a token-and-duration transducer of each sample, `[batch]`.

    The arguments are those of `rnnt_loss` and of `swift_seq2seq_losses.tdt_loss_and_gradient`.

    Returns:
        `[batch]`, in nats: `inf`, with a gradient of 0, where there is no path.

    Raises:
        ValueError: As from `rnnt_loss`.
    """
    return _losses(
        labels, logits, label_length, logit_length,
        {
            "blank": blank_index, "topology": transducers.TokenAndDuration(tuple(durations)),
            "sigma": sigma, "omega": omega,
        },
        {"fastemit_lambda": fastemit_lambda, "clamp": clamp},
    )


def _losses(
    labels: tf.Tensor, logits: tf.Tensor, label_length: tf.Tensor, logit_length: tf.Tensor, options: dict[str, Any],
    gradient_options: dict[str, Any],
) -> tf.Tensor:
    logits = tf.convert_to_tensor(logits)
    others = [tf.convert_to_tensor(value) for value in (labels, logit_length, label_length)]
    loss_type = tf.float64 if logits.dtype == tf.float64 else tf.float32

    def host(logits: Array, labels: Array, frames: Array, counts: Array) -> Any:
        return transducers.rnnt_loss(logits, labels, frames, counts, **options).astype(
            loss_type.as_numpy_dtype
        )

    def gradient_host(logits: Array, labels: Array, frames: Array, counts: Array) -> Array:
        _, gradient = transducers.rnnt_loss_and_gradient(
            np.ascontiguousarray(logits), labels, frames, counts, **options, **gradient_options
        )
        return gradient

    @tf.custom_gradient
    def function(logits: tf.Tensor) -> Any:
        losses = tf.numpy_function(host, [logits, *others], loss_type, stateful=False)
        losses.set_shape(logits.shape[:1])

        def backprop(d_losses: tf.Tensor) -> tf.Tensor:
            gradient = tf.numpy_function(
                gradient_host, [logits, *others], logits.dtype, stateful=False
            )
            gradient.set_shape(logits.shape)
            # An infinite factor of an infinite loss's gradient, which is 0, is left out.
            factors = tf.where(tf.math.is_inf(d_losses), tf.zeros_like(d_losses), d_losses)
            return weighted(factors[:, None, None, None], gradient)

        return losses, backprop

    return function(logits)
