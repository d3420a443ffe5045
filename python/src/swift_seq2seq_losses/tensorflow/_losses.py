"""The losses by the names that TensorFlow's users know."""

from __future__ import annotations

from typing import Optional, Union

import tensorflow as tf

from . import _operators
from ._loss_data import BaseCtcLossData, ClassicCtcLossData, SimplifiedCtcLossData

_Index = Union[int, tf.Tensor]


def classic_ctc_loss(
    labels: tf.Tensor,
    logits: tf.Tensor,
    label_length: tf.Tensor,
    logit_length: tf.Tensor,
    blank_index: _Index = 0,
) -> tf.Tensor:
    """The CTC loss: repeated labels collapse unless a blank is between them.

    Args:
        labels: `[batch, max_label_length]`, integers.
        logits: `[batch, max_length, num_tokens]`, floating point.
        label_length: `[batch]`, integers.
        logit_length: `[batch]`, integers; frames past the end are left out.
        blank_index: A number or a scalar tensor.

    Returns:
        `[batch]`: minus the natural logarithm of the labels' probability; `inf` where no alignment
        fits, with a gradient of 0.

    Raises:
        ValueError: A shape, label or length does not fit; inside `tf.function` TensorFlow wraps it.
    """
    return _loss_from_logits(
        labels, logits, label_length, logit_length, blank_index, ClassicCtcLossData
    )


def simplified_ctc_loss(
    labels: tf.Tensor,
    logits: tf.Tensor,
    label_length: tf.Tensor,
    logit_length: tf.Tensor,
    blank_index: _Index = 0,
) -> tf.Tensor:
    """The CTC loss without collapsing: every frame emits a label or the blank.

    The arguments are those of `classic_ctc_loss`.

    Returns:
        `[batch]`, as from `classic_ctc_loss`.

    Raises:
        ValueError: As from `classic_ctc_loss`.
    """
    return _loss_from_logits(
        labels, logits, label_length, logit_length, blank_index, SimplifiedCtcLossData
    )


simple_ctc_loss = simplified_ctc_loss


def ctc_loss_from_logproba(
    labels: tf.Tensor,
    logprobas: tf.Tensor,
    label_length: tf.Tensor,
    logit_length: tf.Tensor,
    blank_index: _Index,
    ctc_loss_data_cls: type[BaseCtcLossData],
) -> tf.Tensor:
    """The loss of log-probabilities as independent variables, by the class of the loss's data.

    Args:
        logprobas: `[batch, max_length, num_tokens]`, natural logarithms of probabilities.
        ctc_loss_data_cls: `ClassicCtcLossData` or `SimplifiedCtcLossData`.

    The other arguments are those of `classic_ctc_loss`.

    Returns:
        `[batch]`, as from `classic_ctc_loss`.

    Raises:
        ValueError: As from `classic_ctc_loss`.
    """
    data = ctc_loss_data_cls(
        labels=labels,
        logprobas=tf.stop_gradient(logprobas),
        label_length=label_length,
        logit_length=logit_length,
        blank_index=blank_index,
    )
    return data.forward_fn(logprobas)


def ctc_loss(
    labels: Union[tf.Tensor, tf.SparseTensor],
    logits: tf.Tensor,
    label_length: Optional[tf.Tensor],
    logit_length: tf.Tensor,
    logits_time_major: bool = True,
    unique: object = None,
    blank_index: Optional[_Index] = None,
    name: Optional[str] = None,
) -> tf.Tensor:
    """The CTC loss, as `tf.nn.ctc_loss`.

    Args:
        labels: `[batch, max_label_length]` or a `tf.SparseTensor` of that shape.
        logits: `[frames, batch, num_labels]`, or batch first unless `logits_time_major`.
        label_length: `[batch]`; `None` for sparse labels.
        logit_length: `[batch]`.
        logits_time_major: Which axis of the logits is time.
        unique: Ignored: nothing is gained from it here.
        blank_index: The blank's index, negative from the end; 0 unless given, and to be given with
            sparse labels.
        name: The name of the result.

    Returns:
        `[batch]`; `inf` where no alignment fits (`tf.nn.ctc_loss` has about 707 there).

    Raises:
        ValueError: A shape, label, length or option does not fit; inside `tf.function` TensorFlow wraps it.
    """
    logits = tf.convert_to_tensor(logits)
    if isinstance(labels, tf.SparseTensor):
        if blank_index is None:
            raise ValueError("blank_index: None, where sparse labels need one")
        batch = tf.shape(logits)[1 if logits_time_major else 0]
        ordered = tf.sparse.reorder(labels)
        rows = ordered.indices[:, 0]
        label_length = tf.math.unsorted_segment_sum(tf.ones_like(rows), rows, batch)
        labels = ordered.values
    elif label_length is None:
        raise ValueError("label_length: None, which only sparse labels allow")
    problem = _operators.Problem(
        labels=labels,
        label_length=label_length,
        logit_length=logit_length,
        blank=0 if blank_index is None else blank_index,
        topology="classic",
        inputs="logits",
        is_time_major=logits_time_major,
    )
    losses = _operators.losses(logits, problem)
    return losses if name is None else tf.identity(losses, name=name)


def _loss_from_logits(
    labels: tf.Tensor, logits: tf.Tensor, label_length: tf.Tensor, logit_length: tf.Tensor, blank_index: _Index,
    data_class: type[BaseCtcLossData],
) -> tf.Tensor:
    problem = _operators.Problem(
        labels=labels,
        label_length=label_length,
        logit_length=logit_length,
        blank=blank_index,
        topology=data_class.topology,
        inputs="logits",
        clips_lengths=True,
    )
    return _operators.losses(tf.convert_to_tensor(logits), problem)
