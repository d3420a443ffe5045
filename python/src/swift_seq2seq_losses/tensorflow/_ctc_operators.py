"""The CTC loss and its derivatives as functions of tensors, differentiable twice."""

from __future__ import annotations

import dataclasses
from typing import Any, Callable, NoReturn, Optional

import numpy as np
import tensorflow as tf

from .. import ctc
from .._native.arguments import Array
from ._shared import finite, loss_type, weighted


@dataclasses.dataclass(frozen=True)
class Problem:
    """The arguments of a loss besides the values: labels, lengths and options."""

    labels: Any
    """`[batch, width]`, or `[sum of label_length]`."""
    label_length: Any
    """`[batch]`."""
    logit_length: Any
    """`[batch]`."""
    blank: Any
    """A scalar; negative ones count from the vocabulary's end."""
    topology: str
    inputs: str
    is_time_major: bool = False
    clips_lengths: bool = False
    """Whether frames past the end are left out, as tf-seq2seq-losses does, instead of an error."""
    is_widened: bool = False
    """Whether 64 bits are computed in, whatever the type of the values."""

    def __post_init__(self) -> None:
        for name in ("labels", "label_length", "logit_length", "blank"):
            object.__setattr__(self, name, tf.convert_to_tensor(getattr(self, name)))

    def call(
        self, function: Callable[..., Any], types: tuple[tf.DType, ...], values: tf.Tensor, *others: tf.Tensor
    ) -> list[tf.Tensor]:
        """The arrays that `function(values, *others, labels, ..., **options)` returns, as tensors.

        All that is `[batch, time, vocabulary]` reaches `function` in that order.
        """

        def host(labels: Array, label_length: Array, logit_length: Array, blank: Any, *arrays: Array) -> list[Any]:
            if self.is_time_major:
                arrays = tuple(np.swapaxes(array, 0, 1) for array in arrays)
            if self.is_widened:
                arrays = tuple(array.astype(np.float64) for array in arrays)
            _, time, vocabulary = arrays[0].shape
            if self.clips_lengths:
                logit_length = np.minimum(logit_length, time)
            blank = int(blank)
            results = function(
                *arrays, labels=labels, logit_lengths=logit_length, label_lengths=label_length,
                blank=blank + vocabulary if -vocabulary <= blank < 0 else blank,
                topology=self.topology, inputs=self.inputs,
            )
            if self.is_time_major:
                results = [
                    np.swapaxes(array, 0, 1) if array.ndim == 3 else array for array in results
                ]
            return [array.astype(t.as_numpy_dtype, copy=False) for array, t in zip(results, types)]

        results = tf.numpy_function(
            host,
            [self.labels, self.label_length, self.logit_length, self.blank, values, *others],
            types,
            stateful=False,
        )
        # TensorFlow unpacks lists of one.
        return results if isinstance(results, list) else [results]


def losses(values: tf.Tensor, problem: Problem) -> tf.Tensor:
    """Each sample's loss, `[batch]`, differentiable twice by the values."""

    @tf.custom_gradient
    def function(values: tf.Tensor) -> Any:
        results, gradient = _losses_and_gradient(values, problem)

        def backprop(d_losses: tf.Tensor) -> tf.Tensor:
            axes = (0, 2) if problem.is_time_major else (1, 2)
            return weighted(finite(d_losses), differentiable_gradient(values, gradient, problem), axes)

        return results, backprop

    return function(values)


def differentiable_gradient(
    values: tf.Tensor, gradient: tf.Tensor, problem: Problem
) -> tf.Tensor:
    """`gradient`, known already, with its own derivative by the values."""

    @tf.custom_gradient
    def function(values: tf.Tensor) -> Any:
        def backprop(d_gradient: tf.Tensor) -> tf.Tensor:
            return _hessian_vector_product(values, d_gradient, problem)

        return tf.identity(gradient), backprop

    return function(values)


def _losses_and_gradient(values: tf.Tensor, problem: Problem) -> tuple[tf.Tensor, tf.Tensor]:
    types = (loss_type(values), values.dtype)
    results, gradient = problem.call(ctc.ctc_loss_and_gradient, types, values)
    batch: Optional[int] = values.shape[1 if problem.is_time_major else 0]
    results.set_shape([batch])
    gradient.set_shape(values.shape)
    return results, gradient


def _hessian_vector_product(
    values: tf.Tensor, vector: tf.Tensor, problem: Problem
) -> tf.Tensor:
    @tf.custom_gradient
    def function(values: tf.Tensor, vector: tf.Tensor) -> Any:
        def host(values: Array, vector: Array, **arguments: Any) -> list[Array]:
            return [ctc.ctc_hessian_vector_product(values, vector=vector, **arguments)]

        (product,) = problem.call(host, (values.dtype,), values, vector)
        product.set_shape(values.shape)

        def backprop(_: tf.Tensor) -> NoReturn:
            raise NotImplementedError("third derivatives of the CTC loss are not implemented")

        return product, backprop

    return function(values, vector)
