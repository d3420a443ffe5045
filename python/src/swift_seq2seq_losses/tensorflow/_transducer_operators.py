"""Transducer losses and their derivatives as functions of tensors."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

from .. import transducers
from .._native.arguments import Array
from ._shared import finite, loss_type, weighted


def losses(
    labels: tf.Tensor, logits: tf.Tensor, label_length: tf.Tensor, logit_length: tf.Tensor, options: dict[str, Any],
    gradient_options: dict[str, Any],
) -> tf.Tensor:
    """Each sample's loss, `[batch]`, with its first derivative by the logits."""
    logits = tf.convert_to_tensor(logits)
    others = [tf.convert_to_tensor(value) for value in (labels, logit_length, label_length)]
    dtype = loss_type(logits)

    def host(logits: Array, labels: Array, frames: Array, counts: Array) -> Any:
        return transducers.rnnt_loss(logits, labels, frames, counts, **options).astype(
            dtype.as_numpy_dtype
        )

    def gradient_host(logits: Array, labels: Array, frames: Array, counts: Array) -> Array:
        _, gradient = transducers.rnnt_loss_and_gradient(
            np.ascontiguousarray(logits), labels, frames, counts, **options, **gradient_options
        )
        return gradient

    @tf.custom_gradient
    def function(logits: tf.Tensor) -> Any:
        losses = tf.numpy_function(host, [logits, *others], dtype, stateful=False)
        losses.set_shape(logits.shape[:1])

        def backprop(d_losses: tf.Tensor) -> tf.Tensor:
            gradient = tf.numpy_function(
                gradient_host, [logits, *others], logits.dtype, stateful=False
            )
            gradient.set_shape(logits.shape)
            return weighted(finite(d_losses), gradient, (1, 2, 3))

        return losses, backprop

    return function(logits)
