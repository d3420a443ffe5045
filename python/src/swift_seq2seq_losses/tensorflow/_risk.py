"""The expected risk of hypotheses, of tensors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Callable, Optional

import numpy as np
import tensorflow as tf

from .. import risk
from .._documentation import arguments_of
from .._native.arguments import Array
from ..risk._expected_risk import HypothesesLike
from ._shared import finite, loss_type, weighted


@arguments_of(risk.mwer_loss)
def mwer_loss(
    hypotheses: HypothesesLike, risks: Sequence[Any], logits: tf.Tensor, logit_length: Optional[tf.Tensor] = None,
    blank_index: int = 0, *, score_scale: float = 1.0, subtract_mean: bool = True, topology: str = "classic",
) -> tf.Tensor:
    """The expected risk of each sample's hypotheses under the model (MWER, arXiv 1712.01818), differentiable twice.

    For the hypotheses y of a sample and their risks r, the value is `sum(p * (r - mean(r)))`, where p is the softmax
    over the hypotheses of `score_scale * log P(y | logits)`.

    Args:
        hypotheses: For each sample a list of label sequences, as from `swift_seq2seq_losses.nbest_risks`. Inside
            `tf.function` they are part of the graph.
        logits: `[batch, max_length, num_tokens]`, floating point.
        logit_length: `[batch]`, the number of frames of each sample; by default all frames.
        blank_index: The index of the blank token.

    The other arguments are those of `swift_seq2seq_losses.mwer_loss`.

    Returns:
        `[batch]`: `inf`, without a gradient, if no hypothesis has a path.

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
            return weighted(finite(d_results), gradient_of(values, tf.stop_gradient(gradient)), (1, 2))

        return results, backprop

    return function(logits)
