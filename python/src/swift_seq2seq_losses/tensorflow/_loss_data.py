"""The loss data classes of tf-seq2seq-losses, with the attributes and shapes that they have there.

There, a state is a pair: a label index l, and whether that label is still open (if it is, a repetition of it is the
same label). Frames past a sample's length are blanks with probability 1, and so are labels past its number. This
module converts the lattice of this package to that form.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any, Optional, Union

import numpy as np
import tensorflow as tf

from .. import ctc
from .._documentation import arguments_of
from .._native.arguments import Array
from . import _ctc_operators


class BaseCtcLossData:
    """The loss of a batch, its derivatives, and its forward and backward variables, each computed on first use.

    Args:
        labels: `[batch, width]`, integers, padded.
        logprobas: `[batch, max_logit_length, num_tokens]`, natural logarithms of probabilities.
        label_length: `[batch]`, the number of labels of each sample.
        logit_length: `[batch]`, the number of frames of each sample; frames past the end of the array are ignored.
        blank_index: The index of the blank token, a number or a scalar tensor; negative ones count from the end.
        swap_memory: Ignored.
    """

    topology: str

    def __init__(
        self,
        labels: tf.Tensor,
        logprobas: tf.Tensor,
        label_length: tf.Tensor,
        logit_length: tf.Tensor,
        blank_index: Union[int, tf.Tensor],
        swap_memory: bool = False,
    ) -> None:
        self._values = tf.convert_to_tensor(logprobas)
        self._problem = _ctc_operators.Problem(
            labels=labels,
            label_length=label_length,
            logit_length=logit_length,
            blank=blank_index,
            topology=self.topology,
            inputs="log_probabilities",
            clips_lengths=True,
            # For study: every digit of the results' type is to be right.
            is_widened=True,
        )

    @cached_property
    def loss(self) -> tf.Tensor:
        """`[batch]`, in nats: the loss of each sample."""
        return _ctc_operators.losses(self._values, self._problem)

    @cached_property
    def gradient(self) -> tf.Tensor:
        """`[batch, max_logit_length, num_tokens]`: the derivative with respect to the log-probabilities."""
        return -tf.exp(self.logarithmic_logproba_gradient)

    @cached_property
    def hessian(self) -> tf.Tensor:
        """`[batch, max_logit_length, num_tokens, max_logit_length, num_tokens]`: the second derivatives."""

        def host(values: Array, **arguments: Any) -> list[Array]:
            return [ctc.ctc_hessian(values, **arguments)]

        (hessian,) = self._problem.call(host, (self._values.dtype,), self._values)
        batch, time, tokens = self._values.shape
        hessian.set_shape([batch, time, tokens, time, tokens])
        return hessian

    @cached_property
    def logarithmic_logproba_gradient(self) -> tf.Tensor:
        """`[batch, max_logit_length, num_tokens]`: the logarithm of the negative gradient."""

        def host(values: Array, **arguments: Any) -> list[Array]:
            return [ctc.ctc_lattice_variables(values, **arguments).log_occupancy]

        return self._like_values(self._problem.call(host, (self._values.dtype,), self._values)[0])

    @cached_property
    def alpha(self) -> tf.Tensor:
        """`[batch, max_logit_length + 1, max_label_length + 1, ...]`, classic: `[..., 2]`.

        The logarithm of the sum over the beginnings of paths that end in each state. On the last axis, 0 means that
        the label is closed and 1 that it is open.
        """
        return self._variables[0]

    @cached_property
    def beta(self) -> tf.Tensor:
        """As `alpha`, over the ends of paths that begin in each state."""
        return self._variables[1]

    @cached_property
    def gamma(self) -> tf.Tensor:
        """`[batch, *places, *places]`, with the shape of `alpha` for places: as `alpha`, from one place to another."""

        def host(values: Array, **arguments: Any) -> list[Array]:
            return [_gamma(values, **arguments)]

        (gamma,) = self._problem.call(host, (self._values.dtype,), self._values)
        places = self._place_shape
        gamma.set_shape([self._values.shape[0], *places, *places])
        return gamma

    def forward_fn(self, unused_logprobas: tf.Tensor) -> tf.Tensor:
        """`loss` as a function of the log-probabilities, differentiable twice.

        Args:
            unused_logprobas: `[batch, max_logit_length, num_tokens]`: the tensor that derivatives are with respect
                to. Its values are not used.

        Returns:
            The losses, `[batch]`, in nats.

        Raises:
            ValueError: A shape, label or length does not fit; inside `tf.function` TensorFlow wraps it.
        """
        losses = self.loss

        @tf.custom_gradient
        def function(values: tf.Tensor) -> Any:
            def backprop(d_losses: tf.Tensor) -> tf.Tensor:
                return d_losses[:, None, None] * self.gradient_fn(values)

            return tf.identity(losses), backprop

        return function(unused_logprobas)

    def gradient_fn(self, unused_logprobas: tf.Tensor) -> tf.Tensor:
        """`gradient` as a function of the log-probabilities, differentiable once.

        Args:
            unused_logprobas: `[batch, max_logit_length, num_tokens]`: the tensor that derivatives are with respect
                to. Its values are not used.

        Returns:
            The gradient, `[batch, max_logit_length, num_tokens]`.

        Raises:
            ValueError: A shape, label or length does not fit; inside `tf.function` TensorFlow wraps it.
        """
        return _ctc_operators.differentiable_gradient(
            tf.convert_to_tensor(unused_logprobas), self.gradient, self._problem
        )

    @cached_property
    def _variables(self) -> tuple[tf.Tensor, tf.Tensor]:
        variables = self._problem.call(_alpha_and_beta, (self._values.dtype,) * 2, self._values)
        for variable in variables:
            variable.set_shape([self._values.shape[0], *self._place_shape])
        alpha, beta = variables
        return alpha, beta

    @property
    def _place_shape(self) -> list[Optional[int]]:
        """Time, label and, classic, whether it is open; sizes that are not known are `None`."""
        time = self._values.shape[1]
        states = [None, 2] if self.topology == "classic" else [None]
        return [None if time is None else time + 1, *states]

    def _like_values(self, tensor: tf.Tensor) -> tf.Tensor:
        tensor.set_shape(self._values.shape)
        return tensor


@arguments_of(BaseCtcLossData)
class ClassicCtcLossData(BaseCtcLossData):
    """The loss that merges repeated labels unless a blank is between them, its derivatives and its lattice.

    The arguments are those of `BaseCtcLossData`.
    """

    topology = "classic"


@arguments_of(BaseCtcLossData)
class SimplifiedCtcLossData(BaseCtcLossData):
    """The loss that keeps repeated labels, its derivatives and its lattice.

    The arguments are those of `BaseCtcLossData`.
    """

    topology = "simplified"


def _lattice(
    values: Array, labels: Array, logit_lengths: Array, label_lengths: Array, gamma: bool = False, **options: Any
) -> tuple[Array, ctc.LatticeVariables]:
    """The lattice's variables of samples that all have all frames, blanks past their own."""
    padded = np.array(values, dtype=np.float64)
    past = np.arange(padded.shape[1]) >= logit_lengths[:, None]
    padded[past] = -np.inf
    padded[past, options["blank"]] = 0
    variables = ctc.ctc_lattice_variables(
        padded, labels, None, label_lengths, gamma=gamma, **options
    )
    return padded, variables


def _alpha_and_beta(values: Array, topology: str, **arguments: Any) -> tuple[Array, Array]:
    _, variables = _lattice(values, topology=topology, **arguments)
    alpha, beta = variables.alpha, variables.beta
    if topology == "classic":
        # Before the first label, "open" is a state that nothing leads to; what follows is as if closed.
        alpha = _open_and_closed(alpha, -np.inf)
        beta = _open_and_closed(beta, beta[..., 0])
    return alpha, beta


def _open_and_closed(variable: Array, first_open: Any) -> Array:
    """`[..., 2U + 1]` (closed 0, open 1, closed 1, ...) as `[..., U + 1, 2]` (closed, open)."""
    result = np.empty((*variable.shape[:-1], variable.shape[-1] // 2 + 1, 2))
    result[..., 0] = variable[..., ::2]
    result[..., 1:, 1] = variable[..., 1::2]
    result[..., 0, 1] = first_open
    return result


def _gamma(values: Array, topology: str, label_lengths: Array, **arguments: Any) -> Array:
    padded, variables = _lattice(
        values, gamma=True, topology=topology, label_lengths=label_lengths, **arguments
    )
    assert variables.gamma is not None
    gamma: Array = variables.gamma
    batch, places = gamma.shape[:2]
    if topology == "classic":
        # To each open state, then from each.
        to_open = _open_and_closed(gamma, -np.inf)
        moved = np.moveaxis(to_open, 2, -1)
        both = _open_and_closed(moved, moved[..., 0])
        gamma = np.moveaxis(both, (-2, -1), (2, 3))
        now = np.arange(places)
        # Where the first "open" state is left it is as if closed; where it is not left, it stays.
        gamma[:, now, 0, 1, now] = -np.inf
        gamma[:, now, 0, 1, now, 0, 1] = 0
    # Labels past a sample's own: nothing but blanks can follow them.
    with np.errstate(invalid="ignore"):
        blanks = np.full((batch, places, places), -np.inf)
        for start in range(places):
            blanks[:, start, start] = 0
            np.cumsum(
                padded[:, start:, arguments["blank"]], axis=1, out=blanks[:, start, start + 1 :]
            )
    for sample, count in enumerate(label_lengths):
        for label in range(count + 1, gamma.shape[2]):
            if topology == "classic":
                gamma[sample, :, label, 0, :, label, 0] = blanks[sample]
                gamma[sample, :, label, 1, :, label, 0] = blanks[sample]
                now = np.arange(places)
                gamma[sample, now, label, 1, now, label, 0] = -np.inf
                gamma[sample, now, label, 1, now, label, 1] = 0
            else:
                gamma[sample, :, label, :, label] = blanks[sample]
    return gamma
