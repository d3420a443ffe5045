"""CTC losses, with the signatures of TensorFlow and tf-seq2seq-losses."""

from __future__ import annotations

from typing import Optional, Union

import tensorflow as tf

from .._documentation import arguments_of
from . import _ctc_operators
from ._loss_data import BaseCtcLossData, ClassicCtcLossData, SimplifiedCtcLossData

_Index = Union[int, tf.Tensor]


def classic_ctc_loss(
    labels: tf.Tensor, logits: tf.Tensor, label_length: tf.Tensor, logit_length: tf.Tensor,
    blank_index: _Index = 0,
) -> tf.Tensor:
    """The CTC loss, which merges repeated labels unless a blank is between them; differentiable twice.

    Args:
        labels: `[batch, max_label_length]`, integers, padded.
        logits: `[batch, max_length, num_tokens]`, floating point; the loss applies a softmax.
        label_length: `[batch]`, the number of labels of each sample.
        logit_length: `[batch]`, the number of frames of each sample; frames past the end of the array are ignored.
        blank_index: The index of the blank token, a number or a scalar tensor; negative ones count from the end.

    Returns:
        `[batch]`, in nats: `inf`, with a gradient of 0, if no path fits the labels.

    Raises:
        ValueError: A shape, label or length does not fit; inside `tf.function` TensorFlow wraps it.
    """
    return _loss_from_logits(
        labels, logits, label_length, logit_length, blank_index, ClassicCtcLossData
    )


@arguments_of(classic_ctc_loss)
def simplified_ctc_loss(
    labels: tf.Tensor, logits: tf.Tensor, label_length: tf.Tensor, logit_length: tf.Tensor,
    blank_index: _Index = 0,
) -> tf.Tensor:
    """The CTC loss that keeps repeated labels (arXiv 2110.03098): each frame emits a label or the blank.

    It is differentiable twice.

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


@arguments_of(classic_ctc_loss)
def ctc_loss_from_logproba(
    labels: tf.Tensor, logprobas: tf.Tensor, label_length: tf.Tensor, logit_length: tf.Tensor, blank_index: _Index,
    ctc_loss_data_cls: type[BaseCtcLossData],
) -> tf.Tensor:
    """The loss of log-probabilities, as independent variables, with the class that computes it.

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
    labels: Union[tf.Tensor, tf.SparseTensor], logits: tf.Tensor, label_length: Optional[tf.Tensor],
    logit_length: tf.Tensor, logits_time_major: bool = True, unique: object = None,
    blank_index: Optional[_Index] = None, name: Optional[str] = None,
) -> tf.Tensor:
    """The CTC loss, as `tf.nn.ctc_loss`, differentiable twice.

    Args:
        labels: `[batch, max_label_length]`, or a `tf.SparseTensor` of that shape.
        logits: `[frames, batch, num_labels]`, or `[batch, frames, num_labels]` if not `logits_time_major`.
        label_length: `[batch]`, the number of labels of each sample; `None` for sparse labels.
        logit_length: `[batch]`, the number of frames of each sample.
        logits_time_major: Whether the first axis of the logits is time.
        unique: Ignored: the loss needs no list of unique labels.
        blank_index: The index of the blank token; negative ones count from the end. By default 0; sparse labels need
            it.
        name: The name of the result.

    Returns:
        `[batch]`, in nats: `inf`, with a gradient of 0, if no path fits the labels (`tf.nn.ctc_loss` returns about
        707).

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
    problem = _ctc_operators.Problem(
        labels=labels,
        label_length=label_length,
        logit_length=logit_length,
        blank=0 if blank_index is None else blank_index,
        topology="classic",
        inputs="logits",
        is_time_major=logits_time_major,
    )
    losses = _ctc_operators.losses(logits, problem)
    return losses if name is None else tf.identity(losses, name=name)


def _loss_from_logits(
    labels: tf.Tensor, logits: tf.Tensor, label_length: tf.Tensor, logit_length: tf.Tensor, blank_index: _Index,
    data_class: type[BaseCtcLossData],
) -> tf.Tensor:
    problem = _ctc_operators.Problem(
        labels=labels,
        label_length=label_length,
        logit_length=logit_length,
        blank=blank_index,
        topology=data_class.topology,
        inputs="logits",
        clips_lengths=True,
    )
    return _ctc_operators.losses(tf.convert_to_tensor(logits), problem)
