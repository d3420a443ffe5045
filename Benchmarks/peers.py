"""Times this library and its peers side by side, one core each, and writes docs/benchmarks.md.

    swift build -c release --package-path Benchmarks --product Worker
    pip install numpy jax optax tensorflow-cpu torch
    python3 Benchmarks/peers.py

Calls are interleaved: one of each in turn, REPETITIONS times, medians reported as ratios. Losses are
compared before anything is timed. Peers that are not installed are left out, and said to be.
"""

import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time

# One core for this process and its children: equal threads for all.
os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np

REPETITIONS = 7
HERE = os.path.dirname(os.path.abspath(__file__))
STUDY = [(32, 150, 32, 40), (16, 500, 64, 100), (16, 1000, 128, 200), (8, 500, 5000, 60),
         (32, 100, 1024, 20), (1, 2000, 32, 400)]
SMALL = [(1, 40, 16, 12), (4, 30, 10, 8)]


class Ours:
    """The release build, in a process that answers one line with one timed call."""

    def __init__(self, folder):
        self.folder = folder
        binary = os.path.join(HERE, ".build", "release", "Worker")
        self.process = subprocess.Popen(
            [binary], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __call__(self, quantity, topology="classic"):
        line = f"{quantity} {topology} {self.folder}/x.npy {self.folder}/y.npy\n"
        self.process.stdin.write(line)
        self.process.stdin.flush()
        seconds, losses = self.process.stdout.readline().split()
        return float(seconds), float(losses)


def optax_functions(x, y):
    """Functions of no argument for loss, gradient, Hessian-vector product and Hessian."""
    import jax
    import optax

    x, y = jax.numpy.asarray(x), jax.numpy.asarray(y)
    padding, label_padding = np.zeros(x.shape[:2]), np.zeros(y.shape)

    def loss(logits):
        return optax.ctc_loss(logits, padding, y, label_padding).sum()

    gradient = jax.grad(loss)
    functions = {
        "loss": jax.jit(loss),
        "gradient": jax.jit(jax.value_and_grad(loss)),
        "hvp": jax.jit(lambda logits: jax.jvp(gradient, (logits,), (logits,))[1]),
        "hessian": jax.jit(jax.hessian(loss)),
    }
    return {key: lambda f=f: jax.block_until_ready(f(x)) for key, f in functions.items()}


def tensorflow_functions(x, y):
    """Functions of no argument for loss and gradient: TensorFlow's C++ kernel (sparse labels)."""
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    x = tf.constant(x)
    labels = tf.sparse.from_dense(tf.constant(y, tf.int32))
    frames = tf.fill([x.shape[0]], x.shape[1])

    @tf.function
    def loss():
        return tf.reduce_sum(tf.nn.ctc_loss(
            labels, x, None, frames, logits_time_major=False, blank_index=0))

    @tf.function
    def gradient():
        with tf.GradientTape() as tape:
            tape.watch(x)
            value = tf.reduce_sum(tf.nn.ctc_loss(
                labels, x, None, frames, logits_time_major=False, blank_index=0))
        return value, tape.gradient(value, x)

    return {"loss": lambda: loss().numpy(), "gradient": lambda: [t.numpy() for t in gradient()]}


def torch_functions(x, y):
    """Functions of no argument for loss and gradient: PyTorch's log_softmax and ctc_loss."""
    import torch

    torch.set_num_threads(1)
    # Time first, the layout that its kernel is made for.
    x = torch.tensor(x.transpose(1, 0, 2).copy())
    y = torch.tensor(y.astype(np.int64))
    frames = torch.full([x.shape[1]], x.shape[0])
    counts = torch.full([y.shape[0]], y.shape[1])

    def loss(logits):
        return torch.nn.functional.ctc_loss(
            logits.log_softmax(-1), y, frames, counts, reduction="sum")

    def gradient():
        logits = x.detach().requires_grad_()
        loss(logits).backward()
        return logits.grad

    def value():
        with torch.no_grad():
            return loss(x).item()

    return {"loss": value, "gradient": gradient}


PEERS = {"PyTorch": torch_functions, "TensorFlow, sparse": tensorflow_functions,
         "optax, jit": optax_functions}


def timed(function):
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def measure(shape, quantities, missing):
    """Rows of (quantity, {peer: ratio}) for one shape."""
    batch, frames, vocabulary, count = shape
    random = np.random.default_rng(0)
    x = random.normal(size=(batch, frames, vocabulary)).astype(np.float32)
    y = random.integers(1, vocabulary, size=(batch, count)).astype(np.int32)
    with tempfile.TemporaryDirectory() as folder:
        np.save(f"{folder}/x.npy", x)
        np.save(f"{folder}/y.npy", y)
        ours = Ours(folder)
        peers = {}
        for name, make in PEERS.items():
            try:
                peers[name] = make(x, y)
            except ImportError:
                missing.add(name)
        expected = ours("loss")[1]
        for name, functions in peers.items():
            found = float(np.asarray(functions["loss"]()))
            if abs(found / expected - 1) > 1e-3:
                sys.exit(f"{name} has a loss of {found} where ours is {expected}: {shape}")
        rows = []
        for quantity in quantities:
            entries = {name: f[quantity] for name, f in peers.items() if quantity in f}
            for function in entries.values():
                function()  # compiles
            times = {name: [] for name in ["ours", "simplified", "pass", *entries]}
            for _ in range(REPETITIONS):
                times["ours"].append(ours(quantity)[0])
                times["simplified"].append(ours(quantity, "simplified")[0])
                times["pass"].append(timed(lambda: x + 1))
                for name, function in entries.items():
                    times[name].append(timed(function))
            medians = {name: statistics.median(values) for name, values in times.items()}
            rows.append((quantity, {n: m / medians["ours"] for n, m in medians.items()}))
        ours.process.stdin.close()
        return rows


def processor():
    try:
        with open("/proc/cpuinfo") as file:
            return next(line.split(":")[1].strip() for line in file if "model name" in line)
    except (OSError, StopIteration):
        return platform.processor()


def main():
    missing = set()
    lines = []
    for shapes, quantities in [(STUDY, ["loss", "gradient", "hvp"]), (SMALL, ["hessian"])]:
        for shape in shapes:
            if shape[0] * shape[1] * shape[2] > 4e6 and "hvp" in quantities:
                wanted = ["loss", "gradient"]  # the peers' tangents take minutes there
            else:
                wanted = quantities
            for quantity, ratios in measure(shape, wanted, missing):
                cells = [f"{ratios[n]:.2f}" if n in ratios else "" for n in PEERS]
                row = [str(shape)[1:-1], quantity, *cells, f"{ratios['simplified']:.2f}",
                       f"{1 / ratios['pass']:.1f}" if quantity != "hessian" else ""]
                lines.append("| " + " | ".join(row) + " |")
                print(lines[-1], flush=True)
    head = ["B, T, V, U", "quantity", *PEERS, "ours, simplified", "ours in plain passes"]
    versions = [f"{name} {version(name)}" for name in ("torch", "tensorflow-cpu", "jax", "optax", "numpy")]
    text = f"""# Benchmarks

Time of each peer divided by ours: above 1 we are faster. Classic CTC, float32 logits, one thread, medians of
{REPETITIONS} interleaved repetitions; `hvp` is a Hessian-vector product, "simplified" our simplified CTC divided by
our classic one, "plain passes" our time in passes of reading and writing the same bytes once. Machines are
shared and noisy, so only ratios of one run are quoted.

{processor()}, 1 core; {", ".join(versions)}; made by

```
swift build -c release --package-path Benchmarks --product Worker
pip install numpy jax optax tensorflow-cpu torch
python3 Benchmarks/peers.py
```

| {" | ".join(head)} |
|{"|".join("---" for _ in head)}|
""" + "\n".join(lines) + """

The engine here is the generic one: rows in SIMD lanes, the recursion scalar with `Double` mantissas. It is the
reference that faster kernels will be held against, and these are the figures to start from.

Our own suite, with memory and both thread counts: `cd Benchmarks && swift package benchmark`.
"""
    if missing:
        text += f"\nNot installed, so not measured: {', '.join(sorted(missing))}.\n"
    with open(os.path.join(HERE, "..", "docs", "benchmarks.md"), "w") as file:
        file.write(text)


def version(name):
    from importlib import metadata

    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "absent"


if __name__ == "__main__":
    main()
