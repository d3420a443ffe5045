"""The expected risk of hypotheses, of tensors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Callable, Optional

import numpy as np
import tensorflow as tf

from .. import risk
from .._native.arguments import Array
from ..risk._expected_risk import HypothesesLike
from ._operators import loss_type, weighted


def mwer_loss(
    hypotheses: HypothesesLike,
    risks: Sequence[Any],
    logits: tf.Tensor,
    logit_length: Optional[tf.Tensor] = None,
    blank_index: int = 0,
    *,
    score_scale: float = 1.0,
    subtract_mean: bool = True,
    topology: str = "classic",
) -> tf.Tensor:
    """The expected risk of each sample's hypotheses under the model (arXiv 1712.01818), differentiable twice.

    Of a sample's hypotheses y with risks r it is `sum(p * (r - mean(r)))`, where p is the softmax over the
    hypotheses of `score_scale * log P(y | logits)`.

    Args:
        hypotheses: For each sample a list of label sequences, as `swift_seq2seq_losses.nbest_risks` finds them; in
            a `tf.function` they are part of the graph.
        risks: For each sample a list of as many finite numbers.
        logits: `[batch, max_length, num_tokens]`, floating point.
        logit_length: `[batch]`, integers; all frames unless given.
        blank_index: The index of the blank token.
        score_scale: What log-probabilities are multiplied by; less than 1 flattens the distribution.
        subtract_mean: Whether the mean of a list's risks is subtracted: that changes no derivative.
        topology: "classic", "simplified" (repeated labels do not collapse) or "no_blank" (they do, and there is
            no blank).

    Returns:
        `[batch]`; `inf`, without a gradient, where no hypothesis has an alignment.

    Raises:
        ValueError: A shape, length, label, risk or option does not fit; inside `tf.function` TensorFlow wraps it.
    """
    logits = tf.convert_to_tensor(logits)
    if logit_length is None:
        lengths = tf.fill(tf.shape(logits)[:1], tf.shape(logits)[1])
    else:
        lengths = tf.convert_to_tensor(logit_length)
    options: dict[str, Any] = dict(
        blank=blank_index, score_scale=score_scale, subtract_mean=subtract_mean, topology=topology
    )

    def call(function: Callable[..., Any], types: tuple[tf.DType, ...], *values: tf.Tensor) -> Any:
        def host(lengths: Array, logits: Array, *others: Array) -> list[Array]:
            extra = {"vector": others[0]} if others else {}
            results = function(
                logits, hypotheses, risks, logit_lengths=lengths, **options, **extra
            )
            results = results if isinstance(results, tuple) else (results,)
            return [np.asarray(array).astype(t.as_numpy_dtype, copy=False) for array, t in zip(results, types)]

        results = tf.numpy_function(host, [lengths, *values], types, stateful=False)
        return results if isinstance(results, list) else [results]

    @tf.custom_gradient
    def gradient_of(values: tf.Tensor, gradient: tf.Tensor) -> Any:
        def backprop(vector: tf.Tensor) -> tuple[tf.Tensor, None]:
            (product,) = call(risk.mwer_hessian_vector_product, (values.dtype,), values, vector)
            product.set_shape(values.shape)
            return product, None

        return tf.identity(gradient), backprop

    @tf.custom_gradient
    def function(values: tf.Tensor) -> Any:
        results, gradient = call(
            risk.mwer_loss_and_gradient, (loss_type(values), values.dtype), values
        )
        results.set_shape(values.shape[:1])
        gradient.set_shape(values.shape)

        def backprop(d_results: tf.Tensor) -> tf.Tensor:
            # An infinite value's own part of the gradient is 0.
            factors = tf.where(tf.math.is_inf(d_results), tf.zeros_like(d_results), d_results)
            return weighted(
                factors[:, None, None], gradient_of(values, tf.stop_gradient(gradient))
            )

        return results, backprop

    return function(logits)
