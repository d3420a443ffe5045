"""Transducer losses."""

from __future__ import annotations

from collections.abc import Sequence

import tensorflow as tf

from .. import transducers
from .._documentation import arguments_of
from ._transducer_operators import losses


@arguments_of(transducers.rnnt_loss_and_gradient)
def rnnt_loss(
    labels: tf.Tensor, logits: tf.Tensor, label_length: tf.Tensor, logit_length: tf.Tensor, blank_index: int = 0, *,
    fastemit_lambda: float = 0.0, clamp: float = -1.0, topology: str = "standard",
) -> tf.Tensor:
    """The transducer loss of each sample, with its first derivative; arguments in the order of `tf.nn.ctc_loss`.

    Args:
        labels: `[batch, labels]`, integers, padded.
        logits: The joiner's outputs, `[batch, time, labels + 1, vocabulary]`, floating point.
        label_length: `[batch]`, the number of labels of each sample.
        logit_length: `[batch]`, the number of frames of each sample.
        blank_index: The index of the blank token.
        topology: "standard", where labels take no frame, or "monotonic", with one symbol per frame.

    The other arguments are those of `swift_seq2seq_losses.rnnt_loss_and_gradient`.

    Returns:
        `[batch]`, in nats: `inf`, with a gradient of 0, if there is no path.

    Raises:
        ValueError: A shape, length, label or option does not fit; inside `tf.function` TensorFlow wraps it.
    """
    return losses(
        labels, logits, label_length, logit_length,
        {"blank": blank_index, "topology": topology},
        {"fastemit_lambda": fastemit_lambda, "clamp": clamp},
    )


@arguments_of(rnnt_loss, transducers.tdt_loss_and_gradient)
def tdt_loss(
    labels: tf.Tensor, logits: tf.Tensor, label_length: tf.Tensor, logit_length: tf.Tensor, durations: Sequence[int],
    blank_index: int = 0, *, sigma: float = 0.0, omega: float = 0.0, fastemit_lambda: float = 0.0,
    clamp: float = -1.0,
) -> tf.Tensor:
    """The loss of a token-and-duration transducer of each sample (TDT, arXiv 2304.06795), with its first derivative.

    Args:
        logits: `[batch, time, labels + 1, vocabulary + durations]`; the last columns are the durations' logits.

    The other arguments are those of `rnnt_loss` and of `swift_seq2seq_losses.tdt_loss_and_gradient`.

    Returns:
        `[batch]`, in nats: `inf`, with a gradient of 0, if there is no path.

    Raises:
        ValueError: As from `rnnt_loss`.
    """
    return losses(
        labels, logits, label_length, logit_length,
        {
            "blank": blank_index, "topology": transducers.TokenAndDuration(tuple(durations)),
            "sigma": sigma, "omega": omega,
        },
        {"fastemit_lambda": fastemit_lambda, "clamp": clamp},
    )
