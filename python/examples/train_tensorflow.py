"""The same training in TensorFlow, with the loss of tf-seq2seq-losses, TensorFlow's own, or ours.

    python train_tensorflow.py --loss ours
    python train_tensorflow.py --loss seed
    python train_tensorflow.py --loss tensorflow
"""

import argparse
import json
import os
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402
from digit_strings import BLANK, SIZE, VOCABULARY, DigitStrings, character_errors  # noqa: E402


def classic_ctc_loss(name):
    """The one import that differs."""
    if name == "ours":
        from swift_seq2seq_losses.tensorflow import classic_ctc_loss

        return classic_ctc_loss
    if name == "seed":
        from tf_seq2seq_losses import classic_ctc_loss

        return classic_ctc_loss

    def tensorflows_own(labels, logits, label_length, logit_length, blank_index):
        return tf.nn.ctc_loss(
            labels, logits, label_length, logit_length, logits_time_major=False,
            blank_index=blank_index,
        )

    return tensorflows_own


class Network(tf.Module):
    """Convolutions along the columns: about 33,000 parameters, a view of 17 columns."""

    def __init__(self, seed):
        random = np.random.default_rng(seed)
        widths = (SIZE, 32, 48, 48, 48, VOCABULARY)
        self.kernels, self.biases = [], []
        for index, (inputs, outputs) in enumerate(zip(widths, widths[1:])):
            taps = 5 if index < 4 else 1
            bound = (6 / (taps * inputs)) ** 0.5
            kernel = random.uniform(-bound, bound, size=(taps, inputs, outputs))
            self.kernels.append(tf.Variable(kernel, dtype=tf.float32))
            self.biases.append(tf.Variable(tf.zeros(outputs)))

    def __call__(self, images):
        """Logits `[batch, columns, vocabulary]` of images `[batch, columns, 8]`."""
        values = images
        for index, (kernel, bias) in enumerate(zip(self.kernels, self.biases)):
            values = tf.nn.conv1d(values, kernel, 1, "SAME") + bias
            if index < 4:
                values = tf.nn.relu(values)
        return values


def train(loss, steps, batch_size, seed):
    network = Network(seed)
    variables = network.trainable_variables
    schedule = tf.keras.optimizers.schedules.CosineDecay(4e-3, steps)
    optimizer = tf.keras.optimizers.Adam(schedule)
    optimizer.build(variables)

    @tf.function(
        input_signature=[
            tf.TensorSpec([batch_size, None, SIZE], tf.float32),
            tf.TensorSpec([batch_size], tf.int32),
            tf.TensorSpec([batch_size, None], tf.int32),
            tf.TensorSpec([batch_size], tf.int32),
        ]
    )
    def step(images, columns, digits, lengths):
        with tf.GradientTape() as tape:
            losses = loss(digits, network(images), lengths, columns, BLANK)
            mean = tf.reduce_mean(losses)
        optimizer.apply_gradients(zip(tape.gradient(mean, variables), variables))
        return mean

    losses, seconds = [], []
    for _, batch in zip(range(steps), DigitStrings(held_out=False).batches(seed, batch_size)):
        images, *integers = batch
        arguments = [tf.constant(part, dtype=tf.int32) for part in integers]
        start = time.perf_counter()
        losses.append(float(step(tf.constant(images), *arguments)))
        seconds.append(time.perf_counter() - start)
    return losses, seconds, network


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--loss", choices=("ours", "seed", "tensorflow"), default="ours")
    parser.add_argument("--steps", type=int, default=1500)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    losses, seconds, network = train(
        classic_ctc_loss(options.loss), options.steps, options.batch_size, options.seed
    )
    batch = next(DigitStrings(held_out=True).batches(1, 250))
    errors = character_errors(network(tf.constant(batch.images)).numpy(), batch)
    result = {
        "loss": options.loss, "losses": losses,
        "milliseconds_per_step": 1000 * float(np.median(seconds)),
        "character_error_rate": errors / float(batch.lengths.sum()),
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
