"""Tensors as the modules of this package take and return them."""

from __future__ import annotations

import tensorflow as tf


def loss_type(values: tf.Tensor) -> tf.DType:
    """The type of losses: with 16 bits they would have two or three digits."""
    return tf.float64 if values.dtype == tf.float64 else tf.float32


def finite(values: tf.Tensor) -> tf.Tensor:
    """The values, with 0 for infinite ones: the gradient of an infinite loss is 0, whatever its factor."""
    return tf.where(tf.math.is_inf(values), tf.zeros_like(values), values)


def weighted(weights: tf.Tensor, rows: tf.Tensor, axes: tuple[int, ...]) -> tf.Tensor:
    """Each sample's rows times its weight; the product is rounded, not the weight: 1/3 is another number in 16 bits.

    `axes` are all axes of the rows but that of the batch.
    """
    for axis in axes:
        weights = tf.expand_dims(weights, axis)
    return tf.cast(weights * tf.cast(rows, weights.dtype), rows.dtype)
