"""Compares `seq2seq loss` with public peers: losses, gradients and Hessians of random batches.

    swift build -c release --product seq2seq
    pip install numpy jax optax tensorflow-cpu torch
    pip install --no-deps tf-seq2seq-losses cached-property
    python3 Tests/peers/agreement.py

Peers that are not installed are skipped and reported. The exit status is 1 if a peer disagrees. The peers compute in
float32 and in the log domain, so they are less exact than we are. The tolerances are 2e-5 (relative) for losses,
2e-5 (absolute) for gradients and 1e-4 for Hessians.
"""

import os
import subprocess
import sys
import tempfile

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
BINARY = os.path.join(ROOT, ".build", "release", "seq2seq")
TOLERANCES = {"losses": 2e-5, "gradient": 2e-5, "hessian": 1e-4}


class Batch:
    """Logits `[batch, time, vocabulary]` and padded labels of random lengths; the blank is 0."""

    def __init__(self, seed):
        random = np.random.default_rng(seed)
        batch, time, vocabulary, width = 4, 12, 6, 4
        self.logits = random.normal(size=(batch, time, vocabulary)).astype(np.float32) * 2
        # Repeats are likely, and the frames always suffice.
        self.labels = random.integers(1, 4, size=(batch, width)).astype(np.int32)
        self.label_lengths = random.integers(1, width + 1, size=batch)
        self.logit_lengths = random.integers(2 * width, time + 1, size=batch)


def ours(batch, topology):
    with tempfile.TemporaryDirectory() as folder:
        path = lambda name: os.path.join(folder, name + ".npy")
        for name in ["logits", "labels", "label_lengths", "logit_lengths"]:
            np.save(path(name), getattr(batch, name))
        subprocess.run(
            [BINARY, "loss", path("logits"), path("labels"), "--topology", topology,
             "--label-lengths", path("label_lengths"), "--logit-lengths", path("logit_lengths"),
             *[word for name in TOLERANCES for word in ("--" + name, path(name))]],
            check=True, stdout=subprocess.DEVNULL)
        return {name: np.load(path(name)) for name in TOLERANCES}


def seed_package(batch, topology):
    import tensorflow as tf
    import tf_seq2seq_losses as seed

    function = seed.classic_ctc_loss if topology == "classic" else seed.simplified_ctc_loss
    logits = tf.constant(batch.logits)
    with tf.GradientTape(persistent=True) as outer:
        outer.watch(logits)
        with tf.GradientTape() as inner:
            inner.watch(logits)
            losses = function(
                labels=batch.labels, logits=logits,
                label_length=batch.label_lengths.astype(np.int32),
                logit_length=batch.logit_lengths.astype(np.int32), blank_index=0)
        gradient = inner.gradient(losses, logits)
    hessian = outer.batch_jacobian(gradient, logits, experimental_use_pfor=False)
    return {"losses": losses.numpy(), "gradient": gradient.numpy(), "hessian": hessian.numpy()}


def tensorflow(batch, topology):
    import tensorflow as tf

    logits = tf.constant(batch.logits)
    with tf.GradientTape() as tape:
        tape.watch(logits)
        losses = tf.nn.ctc_loss(
            batch.labels, logits, batch.label_lengths.astype(np.int32),
            batch.logit_lengths.astype(np.int32), logits_time_major=False, blank_index=0)
    return {"losses": losses.numpy(), "gradient": tape.gradient(losses, logits).numpy()}


def optax(batch, topology):
    import jax
    import optax

    frames = np.arange(batch.logits.shape[1])[None] >= batch.logit_lengths[:, None]
    places = np.arange(batch.labels.shape[1])[None] >= batch.label_lengths[:, None]

    def losses(logits):
        return optax.ctc_loss(logits, frames * 1.0, batch.labels, places * 1.0)

    def one(logits, frames, labels, places):
        return optax.ctc_loss(logits[None], frames[None], labels[None], places[None])[0]

    hessian = jax.vmap(jax.hessian(one))(batch.logits, frames * 1.0, batch.labels, places * 1.0)
    return {
        "losses": np.asarray(losses(batch.logits)),
        "gradient": np.asarray(jax.grad(lambda x: losses(x).sum())(batch.logits)),
        "hessian": np.asarray(hessian)}


def torch(batch, topology):
    import torch

    logits = torch.tensor(batch.logits, requires_grad=True)
    losses = torch.nn.functional.ctc_loss(
        logits.log_softmax(-1).transpose(0, 1), torch.tensor(batch.labels),
        torch.tensor(batch.logit_lengths), torch.tensor(batch.label_lengths), reduction="none")
    losses.sum().backward()
    return {"losses": losses.detach().numpy(), "gradient": logits.grad.numpy()}


def main():
    failures = 0
    peers = [("tf-seq2seq-losses", seed_package, ["classic", "simplified"]),
             ("tensorflow", tensorflow, ["classic"]), ("optax", optax, ["classic"]),
             ("torch", torch, ["classic"])]
    for name, peer, topologies in peers:
        for topology in topologies:
            worst = {}
            try:
                for seed in range(5):
                    batch = Batch(seed)
                    mine = ours(batch, topology)
                    for quantity, theirs in peer(batch, topology).items():
                        scale = np.abs(theirs) if quantity == "losses" else 1
                        error = np.max(np.abs(mine[quantity] - theirs) / scale)
                        worst[quantity] = max(worst.get(quantity, 0), error)
            except ImportError as error:
                print(f"{name}: skipped, {error}")
                break
            # Not "<=" the other way round: NaN must fail.
            bad = [q for q, error in worst.items() if not error <= TOLERANCES[q]]
            failures += len(bad)
            figures = ", ".join(f"{q} {error:.1e}" for q, error in worst.items())
            print(f"{name}, {topology}: {figures}{'  DISAGREES' if bad else ''}")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
