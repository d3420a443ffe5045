"""Times this library and its peers side by side and writes the tables of docs/benchmarks.md.

    swift build -c release --package-path Benchmarks --product Worker
    pip install ./python jax optax tensorflow-cpu torch paddlepaddle
    pip install --no-deps tf-seq2seq-losses cached-property
    python3 Benchmarks/peers.py

The Swift library is timed in a separate process without Python, and its Python package in the process of the peers.
All use one core, except in the column of two threads. Calls are interleaved, one of each in turn, REPETITIONS times;
the tables report ratios of medians. Losses are compared before anything is timed. Peers that are not installed are
skipped and reported.
"""

import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile
import time

CORES = sorted(os.sched_getaffinity(0))[:2]
# One core for this process and its children: equal threads for all.
os.sched_setaffinity(0, CORES[:1])
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("OMP_NUM_THREADS", "1")

try:
    # Imported first: if it is imported after TensorFlow, the process crashes.
    import paddle  # noqa: F401
except ImportError:
    pass
import numpy as np  # noqa: E402

REPETITIONS = 7
HERE = os.path.dirname(os.path.abspath(__file__))
REPORT = os.path.join(HERE, "..", "docs", "benchmarks.md")
# The headings of the tables, in the order in which they are made.
HEADINGS = ["Loss and gradient", "The same with random lengths", "Inside the frameworks", "Second order", "Ourselves"]
SHAPES = [(32, 150, 32, 40), (16, 500, 64, 100), (16, 1000, 128, 200), (8, 500, 5000, 60),
          (32, 100, 1024, 20), (1, 2000, 32, 400), (256, 255, 32, 127)]
SECOND_ORDER = [((8, 200, 32, 40), "hvp"), ((1, 40, 16, 12), "hessian"), ((4, 30, 10, 8), "hessian")]


class Workload:
    """Random arrays of a shape, optionally with random lengths."""

    def __init__(self, shape, ragged=False):
        batch, time_, vocabulary, count = shape
        random = np.random.default_rng(0)
        self.x = random.normal(size=(batch, time_, vocabulary)).astype(np.float32)
        self.y = random.integers(1, vocabulary, size=(batch, count)).astype(np.int32)
        self.counts = np.full([batch], count, np.int32)
        self.frames = np.full([batch], time_, np.int32)
        if ragged:
            self.counts = random.integers(1, count + 1, size=batch).astype(np.int32)
            self.frames = np.maximum(
                random.integers(1, time_ + 1, size=batch), 2 * self.counts).astype(np.int32)
        for labels, length in zip(self.y, self.counts):
            labels[length:] = 0


class Ours:
    """The release build in a process that times one call for each line of its input."""

    def __init__(self, work, cores=CORES[:1]):
        self.folder = tempfile.TemporaryDirectory()
        for name, array in [("logits", work.x), ("labels", work.y), ("frames", work.frames),
                            ("counts", work.counts)]:
            np.save(f"{self.folder.name}/{name}.npy", array)
        binary = os.path.join(HERE, ".build", "release", "Worker")
        self.process = subprocess.Popen(
            [binary, self.folder.name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            preexec_fn=lambda: os.sched_setaffinity(0, cores))

    def ask(self, quantity, topology="classic", threads=1, kind="float32"):
        """Seconds, the sum of the losses, and the process's peak memory in bytes."""
        self.process.stdin.write(f"{quantity} {topology} {threads} {kind}\n")
        self.process.stdin.flush()
        seconds, losses, memory = self.process.stdout.readline().split()
        return float(seconds), float(losses), int(memory)

    def __call__(self, *arguments, **options):
        return self.ask(*arguments, **options)[0]

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def our_functions(work):
    """Functions without arguments that call the NumPy functions of our Python package."""
    import swift_seq2seq_losses as s2s

    arguments = (work.x, work.y, work.frames, work.counts)
    out = np.empty_like(work.x)
    return {
        "loss": lambda: s2s.ctc_loss(*arguments, threads=1).sum(),
        "gradient": lambda: s2s.ctc_loss_and_gradient(*arguments, threads=1, out=out),
        "hvp": lambda: s2s.ctc_hessian_vector_product(*arguments, vector=work.x, threads=1),
        "hessian": lambda: s2s.ctc_hessian(*arguments, threads=1),
    }


def jax_functions(work):
    """Our loss for JAX, instead of optax's."""
    from swift_seq2seq_losses.jax import ctc_loss

    return optax_functions(work, ctc_loss)


def optax_functions(work, ctc_loss=None):
    """Functions without arguments for loss, gradient, Hessian-vector product and Hessian."""
    import jax

    if ctc_loss is None:
        from optax import ctc_loss
    x, y = jax.numpy.asarray(work.x), jax.numpy.asarray(work.y)
    padding = (np.arange(x.shape[1]) >= work.frames[:, None]).astype(np.float32)
    label_padding = (np.arange(y.shape[1]) >= work.counts[:, None]).astype(np.float32)

    def loss(logits):
        return ctc_loss(logits, padding, y, label_padding).sum()

    gradient = jax.grad(loss)
    functions = {
        "loss": jax.jit(loss),
        "gradient": jax.jit(jax.value_and_grad(loss)),
        "hvp": jax.jit(lambda logits: jax.jvp(gradient, (logits,), (logits,))[1]),
        "hessian": jax.jit(jax.hessian(loss)),
    }
    return {key: lambda f=f: jax.block_until_ready(f(x)) for key, f in functions.items()}


def tensorflow_functions(work, ctc_loss=None):
    """Functions without arguments for loss and gradient: TensorFlow's C++ kernel (sparse labels)."""
    import tensorflow as tf

    ctc_loss = ctc_loss or tf.nn.ctc_loss
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    x = tf.constant(work.x)
    labels = tf.sparse.from_dense(tf.constant(work.y, tf.int32))
    frames = tf.constant(work.frames)

    @tf.function
    def loss():
        return tf.reduce_sum(ctc_loss(
            labels, x, None, frames, logits_time_major=False, blank_index=0))

    @tf.function
    def gradient():
        with tf.GradientTape() as tape:
            tape.watch(x)
            value = tf.reduce_sum(ctc_loss(
                labels, x, None, frames, logits_time_major=False, blank_index=0))
        return value, tape.gradient(value, x)

    return {"loss": lambda: loss().numpy(), "gradient": lambda: [t.numpy() for t in gradient()]}


def our_tensorflow_functions(work):
    """Our loss for TensorFlow, instead of its own."""
    from swift_seq2seq_losses.tensorflow import ctc_loss

    return tensorflow_functions(work, ctc_loss)


def our_torch_functions(work, time_first=True):
    """Our loss for PyTorch, instead of its log_softmax and ctc_loss."""
    from swift_seq2seq_losses.torch import ctc_loss_from_logits

    return torch_functions(work, time_first, ctc_loss_from_logits)


def torch_functions(work, time_first=True, fused_loss=None):
    """Functions without arguments for loss and gradient: PyTorch's log_softmax and ctc_loss."""
    import torch

    torch.set_num_threads(1)
    x = torch.tensor(work.x.transpose(1, 0, 2).copy() if time_first else work.x)
    y = torch.tensor(work.y.astype(np.int64))
    frames = torch.tensor(work.frames.astype(np.int64))
    counts = torch.tensor(work.counts.astype(np.int64))

    def loss(logits):
        scores = logits if fused_loss else logits.log_softmax(-1)
        ctc_loss = fused_loss or torch.nn.functional.ctc_loss
        return ctc_loss(
            scores if time_first else scores.transpose(0, 1), y, frames, counts, reduction="sum")

    def gradient():
        logits = x.detach().requires_grad_()
        loss(logits).backward()
        return logits.grad

    def value():
        with torch.no_grad():
            return loss(x).item()

    return {"loss": value, "gradient": gradient}


def paddle_functions(work):
    """Functions without arguments for loss and gradient: PaddlePaddle's ctc_loss, which takes logits."""
    import paddle

    paddle.set_device("cpu")
    x = work.x.transpose(1, 0, 2).copy()
    y = paddle.to_tensor(work.y.astype(np.int32))
    frames = paddle.to_tensor(work.frames.astype(np.int64))
    counts = paddle.to_tensor(work.counts.astype(np.int64))
    logits = paddle.to_tensor(x)

    def loss(logits):
        return paddle.nn.functional.ctc_loss(logits, y, frames, counts, reduction="sum")

    def gradient():
        leaf = logits.detach()
        leaf.stop_gradient = False
        loss(leaf).backward()
        return leaf.grad

    return {"loss": lambda: float(loss(logits)), "gradient": gradient}


def seed_functions(work):
    """Functions without arguments that call tf-seq2seq-losses, the Python package that this one continues."""
    import tensorflow as tf
    import tf_seq2seq_losses as seed

    x, y = tf.constant(work.x), tf.constant(work.y)
    frames, counts = tf.constant(work.frames), tf.constant(work.counts)

    def losses(logits):
        return tf.reduce_sum(seed.classic_ctc_loss(
            labels=y, logits=logits, label_length=counts, logit_length=frames, blank_index=0))

    @tf.function
    def loss():
        return losses(x)

    @tf.function
    def gradient():
        with tf.GradientTape() as tape:
            tape.watch(x)
            value = losses(x)
        return value, tape.gradient(value, x)

    # Without `tf.function`: its Jacobian unrolls to a graph that takes minutes to build.
    def hessian():
        with tf.GradientTape(persistent=True) as outer:
            outer.watch(x)
            with tf.GradientTape() as tape:
                tape.watch(x)
                value = losses(x)
            first = tape.gradient(value, x)
        return outer.batch_jacobian(first, x, experimental_use_pfor=False)

    return {"loss": lambda: loss().numpy(), "gradient": lambda: [t.numpy() for t in gradient()],
            "hessian": lambda: hessian().numpy()}


PEERS = {"PyTorch, time first": torch_functions,
         "PyTorch, batch first": lambda work: torch_functions(work, time_first=False),
         "TensorFlow, sparse": tensorflow_functions, "optax, jit": optax_functions,
         "PaddlePaddle": paddle_functions, "tf-seq2seq-losses": seed_functions}
# The losses of a framework's user before and after one import is changed.
SWAPS = {"PyTorch, time first": (torch_functions, our_torch_functions),
         "PyTorch, batch first": (lambda work: torch_functions(work, time_first=False),
                                  lambda work: our_torch_functions(work, time_first=False)),
         "TensorFlow, sparse": (tensorflow_functions, our_tensorflow_functions),
         "optax, jit": (optax_functions, jax_functions)}
MISSING = set()


def timed(function):
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def medians(functions):
    """Median seconds of each function, their calls interleaved."""
    times = {name: [] for name in functions}
    for _ in range(REPETITIONS):
        for name, function in functions.items():
            times[name].append(function())
    return {name: statistics.median(values) for name, values in times.items()}


def timers(makers, work, quantity, expected):
    """Each installed library's timer of a quantity, after a first call that compiles it."""
    found = {}
    for name, make in makers.items():
        try:
            functions = make(work)
        except ImportError:
            MISSING.add(name)
            continue
        if quantity not in functions:
            continue
        loss = float(np.asarray(functions["loss"]()))
        if abs(loss / expected - 1) > 1e-3:
            sys.exit(f"{name} has a loss of {loss} where ours is {expected}")
        functions[quantity]()
        found[name] = lambda f=functions[quantity]: timed(f)
    return found


def table(head, rows):
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def first_order(ragged):
    rows = []
    for shape in SHAPES:
        work = Workload(shape, ragged)
        expected = our_functions(work)["loss"]()
        names = list(PEERS)
        ours = Ours(work)
        ours("gradient")
        makers = {"ours, NumPy": our_functions, **PEERS}
        times = medians({
            "ours": lambda: ours("gradient"), **timers(makers, work, "gradient", expected)})
        ours.close()
        rows.append([str(shape)[1:-1]] + [
            f"{times[n] / times['ours']:.1f}" if n in times else "" for n in names]
            + [f"{times['ours, NumPy'] / times['ours']:.2f}"])
        print(rows[-1], flush=True)
    return table(["B, T, V, U", *PEERS, "ours by NumPy"], rows)


def swapped():
    """Compares each framework's loss with ours in the same framework."""
    rows = []
    for shape in SHAPES:
        work = Workload(shape)
        expected = our_functions(work)["loss"]()
        makers = {}
        for name, (theirs, ours) in SWAPS.items():
            makers |= {name: theirs, f"ours for {name}": ours}
        times = medians(timers(makers, work, "gradient", expected))
        rows.append([str(shape)[1:-1]] + [
            f"{times[n] / times[f'ours for {n}']:.1f}" if n in times else "" for n in SWAPS])
        print(rows[-1], flush=True)
    return table(["B, T, V, U", *SWAPS], rows)


def ourselves():
    rows = []
    for shape in SHAPES:
        work = Workload(shape)
        ours = Ours(work)
        kinds = ["float64", "float16", "bfloat16"]
        ours("gradient")
        memory = ours.ask("gradient")[2] - work.x.nbytes * 2
        # Each type's arrays are made before the clock starts.
        for kind in kinds:
            ours("gradient", kind=kind)
        times = medians({
            "gradient": lambda: ours("gradient"), "loss": lambda: ours("loss"),
            "simplified": lambda: ours("gradient", "simplified"), "pass": lambda: ours("pass"),
            **{kind: lambda kind=kind: ours("gradient", kind=kind) for kind in kinds}})
        ours.close()
        both = Ours(work, CORES)
        threads = medians({n: lambda n=n: both("gradient", threads=n) for n in (1, 2)})
        both.close()
        base = times["gradient"]
        nanoseconds = 1e9 * base / (shape[0] * shape[1] * (2 * shape[3] + 1))
        rows.append([
            str(shape)[1:-1], f"{times['loss'] / base:.2f}", f"{times['simplified'] / base:.2f}",
            f"{base / times['pass']:.1f}", f"{nanoseconds:.2f}",
            *[f"{base / times[kind]:.2f}" for kind in kinds],
            f"{threads[1] / threads[2]:.2f}" if len(CORES) == 2 else "", f"{memory / 1e6:.0f}"])
        print(rows[-1], flush=True)
    return table(
        ["B, T, V, U", "loss / gradient", "simplified / classic", "gradient / plain pass",
         "ns a state and frame", "float64", "float16", "bfloat16", "two threads", "peak MB"], rows)


def second_order():
    rows = []
    for shape, quantity in SECOND_ORDER:
        work = Workload(shape)
        ours = our_functions(work)
        peers = {n: PEERS[n] for n in ("optax, jit", "tf-seq2seq-losses")}
        times = medians({
            "ours": lambda: timed(ours[quantity]), "gradient": lambda: timed(ours["gradient"]),
            **timers(peers, work, quantity, ours["loss"]())})
        rows.append([str(shape)[1:-1], quantity] + [
            f"{times[n] / times['ours']:.1f}" if n in times else ""
            for n in ("optax, jit", "tf-seq2seq-losses")] + [f"{times['ours'] / times['gradient']:.1f}"])
        print(rows[-1], flush=True)
    return table(["B, T, V, U", "quantity", "optax, jit", "tf-seq2seq-losses", "in our gradients"], rows)


def processor():
    try:
        with open("/proc/cpuinfo") as file:
            return next(line.split(":")[1].strip() for line in file if "model name" in line)
    except (OSError, StopIteration):
        return platform.processor()


def version(name):
    from importlib import metadata

    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "absent"


def main():
    packages = ("torch", "tensorflow-cpu", "jax", "optax", "tf-seq2seq-losses",
                "paddlepaddle", "numpy")
    versions = ", ".join(f"{name} {version(name)}" for name in packages)
    tables = [first_order(False), first_order(True), swapped(), second_order(), ourselves()]
    with open(REPORT) as file:
        text = file.read()
    text = re.sub(
        r"Processor: .*?(?= To reproduce:)", f"Processor: {processor()}. Versions: {versions}.", text, flags=re.DOTALL)
    for heading, rows in zip(HEADINGS, tables):
        text = with_table(text, heading, rows)
    with open(REPORT, "w") as file:
        file.write(text)
    if MISSING:
        print(f"Not installed, so not measured: {', '.join(sorted(MISSING))}.")


def with_table(text, heading, rows):
    """The report with the first table below a heading replaced."""
    before, found, after = text.partition(f"## {heading}")
    if not found:
        raise SystemExit(f"{REPORT} has no heading {heading!r}")
    return before + found + re.sub(r"(?:^\|.*\n)+", lambda _: rows, after, count=1, flags=re.MULTILINE)


if __name__ == "__main__":
    main()
