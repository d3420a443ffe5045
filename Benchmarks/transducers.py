"""Compares transducer losses with their peers on CPUs: loss and gradient, float32, one run, the same number of threads.

    swift build -c release --package-path Benchmarks --product TransducerWorker
    pip install ./python numpy torch==2.8.0 torchaudio==2.8.0
    pip install optimized_transducer fast_rnnt   # from source, with C++17 and without CUDA
    python Benchmarks/transducers.py

Prints Markdown. Peers that are not installed are skipped and reported. Each repetition calls every library once, so
that other load on the machine affects all of them equally. Ratios are of medians.
"""

import argparse
import importlib
import os
import pathlib
import statistics
import subprocess
import tempfile
import time
import warnings

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np

warnings.filterwarnings("ignore")
SHAPES = [(8, 150, 40, 128), (4, 200, 50, 512), (1, 500, 100, 1024), (2, 100, 20, 4096)]
FAMILY = ["monotonic", "hat", "multi-blank", "tdt"]
worker = pathlib.Path(__file__).parent / ".build/release/TransducerWorker"


def optional(name):
    try:
        return importlib.import_module(name)
    except (ImportError, OSError, RuntimeError) as error:
        print(f"{name}: left out, {error}")
        return None


class Ours:
    """The Swift library in a separate process, without Python."""

    def __init__(self, folder):
        self.process = subprocess.Popen(
            [worker, folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def __call__(self, quantity, threads=1):
        """Seconds, the sum of the losses, and the peak memory so far."""
        self.process.stdin.write(f"{quantity} {threads}\n")
        self.process.stdin.flush()
        return tuple(map(float, self.process.stdout.readline().split()))

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def peers(logits, labels):
    """For each peer, a function that computes loss and gradient, and returns the seconds and the sum of the losses."""
    torch = optional("torch")
    if torch is None:
        return {}
    torch.set_num_threads(1)
    batch, time_steps, positions, vocabulary = logits.shape
    frames = torch.full((batch,), time_steps, dtype=torch.int32)
    counts = torch.full((batch,), positions - 1, dtype=torch.int32)
    targets = torch.tensor(labels, dtype=torch.int32)
    values = torch.tensor(logits)
    result = {}

    def timed(prepare, run):
        def function():
            x = prepare()
            start = time.perf_counter()
            loss = run(x)
            loss.backward()
            return time.perf_counter() - start, float(loss)

        return function

    def fresh():
        return values.detach().requires_grad_()

    functional = optional("torchaudio.functional")
    if functional is not None and hasattr(functional, "rnnt_loss"):
        result["torchaudio"] = timed(
            fresh, lambda x: functional.rnnt_loss(x, targets, frames, counts, blank=0, reduction="sum")
        )
    optimized = optional("optimized_transducer")
    if optimized is not None:
        rows = values.reshape(-1, vocabulary)
        own = rows.clone()

        def refilled():
            # The peer overwrites the logits with the gradient.
            own.data.copy_(rows)
            return own.detach().requires_grad_()

        result["optimized_transducer"] = timed(
            refilled,
            lambda x: optimized.transducer_loss(
                x, targets, frames, counts, blank=0, reduction="sum", from_log_softmax=False
            ),
        )
    fast = optional("fast_rnnt")
    if fast is not None:
        zeros = torch.zeros_like(frames)
        boundary = torch.stack([zeros, zeros, counts, frames], 1).long()
        result["fast_rnnt"] = timed(
            fresh,
            lambda x: fast.rnnt_loss(
                x, targets.long(), termination_symbol=0, boundary=boundary, reduction="sum"
            ),
        )
    return result


def measure(shape, repetitions, has_simple):
    batch, time_steps, count, vocabulary = shape
    random = np.random.default_rng(0)
    logits = random.standard_normal((batch, time_steps, count + 1, vocabulary), dtype=np.float32)
    # The last columns are those of the big blanks and the durations.
    labels = random.integers(1, vocabulary - 8, (batch, count)).astype(np.int32)
    quantities = ["pass", "loss", "standard", "in-place", "hvp", *FAMILY]
    quantities += ["simple"] if has_simple else []
    with tempfile.TemporaryDirectory() as folder:
        np.save(f"{folder}/logits.npy", logits)
        np.save(f"{folder}/labels.npy", labels)
        contenders = peers(logits, labels)
        ours = Ours(folder)
        times = {name: [] for name in [*quantities, "two threads", *contenders]}
        bare = ours("pass")[2]
        peak = ours("standard")[2]
        for _ in range(repetitions + 1):
            sums = {}
            for quantity in quantities:
                seconds, sums[quantity], _ = ours(quantity)
                times[quantity].append(seconds)
            times["two threads"].append(ours("standard", 2)[0])
            for name, function in contenders.items():
                seconds, loss = function()
                times[name].append(seconds)
                # The peers add 32-bit numbers.
                assert abs(loss - sums["standard"]) < 1e-4 * abs(loss), (name, loss, sums["standard"])
        ours.close()
    # The first call of each library is not counted.
    return {name: statistics.median(values[1:]) for name, values in times.items()}, peak - bare


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--repetitions", type=int, default=7)
    parser.add_argument("--simple", action="store_true", help="the additive joiner's loss too")
    options = parser.parse_args()
    results = [measure(shape, options.repetitions, options.simple) for shape in SHAPES]
    names = [n for n in ("torchaudio", "optimized_transducer", "fast_rnnt") if n in results[0][0]]
    print("\nPeer's time divided by ours; ours in the place of the logits in brackets.\n")
    print("| B, T, U, V | " + " | ".join(names) + " |\n|" + " --- |" * (len(names) + 1))
    for shape, (times, _) in zip(SHAPES, results):
        cells = [f"{times[n] / times['standard']:.1f} ({times[n] / times['in-place']:.1f})" for n in names]
        print("| " + " | ".join([", ".join(map(str, shape)), *cells]) + " |")
    heads = ["in plain passes", "in place", "loss alone", "two threads", "hvp / gradient"]
    heads += [f"{name} / RNN-T" for name in FAMILY] + (["RNN-T / simple"] if options.simple else [])
    heads += ["scratch, MB"]
    print("\n| B, T, U, V | " + " | ".join(heads) + " |\n|" + " --- |" * (len(heads) + 1))
    for shape, (times, peak) in zip(SHAPES, results):
        whole = times["standard"]
        cells = [whole / times["pass"], times["in-place"] / times["pass"], times["loss"] / whole]
        cells += [whole / times["two threads"], times["hvp"] / whole]
        cells += [times[name] / whole for name in FAMILY]
        cells += [whole / times["simple"]] if options.simple else []
        cells += [peak / 2**20]
        print("| " + " | ".join([", ".join(map(str, shape)), *(f"{c:.2f}" for c in cells)]) + " |")


if __name__ == "__main__":
    main()
