"""The two helper modules that the seed package's tests import and its archive lacks, written anew."""

import numpy as np
import tensorflow as tf


def generate_ctc_loss_inputs(
    max_logit_length, batch_size, random_seed, num_tokens, blank_index
):
    """A random batch that some alignment fits, as of a model that has learnt something.

    The tests compare float32 losses with those of `tf.nn.ctc_loss` to 5e-6: of losses above 16 that
    leaves no room for its rounding errors.
    """
    random = np.random.default_rng(random_seed)
    logits = random.normal(size=(batch_size, max_logit_length, num_tokens))
    logit_length = random.integers(max_logit_length // 2, max_logit_length + 1, batch_size)
    label_length = random.integers(logit_length // 4, logit_length // 2 + 1)
    labels = random.integers(0, num_tokens - 1, (batch_size, max(1, max_logit_length // 2)))
    labels = labels + (labels >= blank_index)
    logits[..., blank_index] += 2
    for sample, count in enumerate(label_length):
        # A label in every other frame.
        logits[sample, np.arange(count) * 2, labels[sample, :count]] += 4
    logits = tf.constant(logits, dtype=tf.float32)
    return {
        "logits": logits,
        "logprobas": tf.nn.log_softmax(logits),
        "labels": tf.constant(labels, dtype=tf.int32),
        "logit_length": tf.constant(logit_length, dtype=tf.int32),
        "label_length": tf.constant(label_length, dtype=tf.int32),
    }


def finite_difference_batch_jacobian(func, x, epsilon):
    """Central differences, `[batch, *output, *input]`; samples do not interact."""
    columns = []
    for index in np.ndindex(*x.shape[1:]):
        step = np.zeros(x.shape, dtype=np.float32)
        step[(slice(None), *index)] = epsilon
        slope = (func(x + step) - func(x - step)) / (2 * epsilon)
        columns.append(tf.reshape(slope, [x.shape[0], *slope.shape[1:]]))
    jacobian = tf.stack(columns, axis=-1)
    return tf.reshape(jacobian, [*jacobian.shape[:-1], *x.shape[1:]])
