"""Trains the digit-string reader with each loss from the same seed; writes a table and a plot of the loss curves.

    python compare_training.py ../../docs/training-parity.md

Needs torch, tensorflow, tf-seq2seq-losses and matplotlib.
"""

import json
import pathlib
import platform
import subprocess
import sys

import matplotlib
import numpy as np

matplotlib.use("svg")
# Makes the picture reproducible.
matplotlib.rcParams["svg.hashsalt"] = "training"

from matplotlib import pyplot  # noqa: E402

HERE = pathlib.Path(__file__).parent
COMPARISONS = {
    "PyTorch, float32": ("train_torch.py", ["--dtype", "float32"], "pytorch"),
    "PyTorch, float64": ("train_torch.py", ["--dtype", "float64"], "pytorch"),
    "TensorFlow, float32": ("train_tensorflow.py", [], "seed"),
}
NAMES = {"pytorch": "torch.nn.functional.ctc_loss", "seed": "tf-seq2seq-losses", "ours": "ours"}
STEPS = (1, 10, 100, 300, 1500)


def run(script, options, loss):
    output = subprocess.run(
        [sys.executable, str(HERE / script), "--loss", loss, *options], check=True,
        stdout=subprocess.PIPE, text=True,
    ).stdout
    return json.loads(output.splitlines()[-1])


def smooth(losses):
    return np.convolve(losses, np.full(25, 1 / 25), mode="valid")


def main():
    page = pathlib.Path(sys.argv[1])
    lines = [
        "# Training with our loss and with the frameworks' own",
        "",
        "A small network (33,000 parameters) learns to read strings of handwritten digits in 1,500 steps of 32 "
        "strings. It is",
        "trained twice from the same seed. The two runs differ only in the import of the loss.",
        "",
        f"`python python/examples/compare_training.py docs/{page.name}` made this page, on {platform.machine()} "
        "with 2 cores and the",
        "frameworks' default number of threads. Times are divided by the time with our loss.",
        "",
        "| training | loss | error rate on held-out images | time per step |",
        "|---|---|---|---|",
    ]
    figure, axes = pyplot.subplots(1, len(COMPARISONS), figsize=(12, 3.2), sharey=True)
    differences = []
    for axis, (title, (script, options, peer)) in zip(axes, COMPARISONS.items()):
        results = {loss: run(script, options, loss) for loss in (peer, "ours")}
        for loss, result in results.items():
            ratio = result["milliseconds_per_step"] / results["ours"]["milliseconds_per_step"]
            rate = 100 * result["character_error_rate"]
            lines.append(f"| {title} | {NAMES[loss]} | {rate:.1f} % | {ratio:.2f} |")
            style = dict(color="tab:orange", linewidth=3) if loss == peer else dict(color="black")
            steps = np.arange(0, len(result["losses"]) - 24, 5)
            axis.plot(steps, smooth(result["losses"])[steps], label=NAMES[loss], **style)
        axis.set(title=title, yscale="log", xlabel="step")
        axis.legend(fontsize=8)
        mine, theirs = (np.array(results[loss]["losses"]) for loss in ("ours", peer))
        relative = np.abs(mine - theirs) / theirs
        row = " | ".join(f"{relative[:step].max():.0e}" for step in STEPS)
        differences.append(f"| {title} | {row} |")
    axes[0].set_ylabel("loss of a string, nats")
    figure.tight_layout()
    figure.savefig(page.with_suffix(".svg"), metadata={"Date": None})
    lines += [
        "",
        "The next table shows the largest relative difference between the two loss curves up to a step. It begins as "
        "a rounding",
        "error, and training amplifies it, as it amplifies any change in the last digit.",
        "",
        "| training | " + " | ".join(f"step {step}" for step in STEPS) + " |",
        "|---" * (len(STEPS) + 1) + "|",
        *differences,
        "",
        f"![In each pair, the two loss curves coincide]({page.with_suffix('.svg').name})",
        "",
    ]
    page.write_text("\n".join(lines))


if __name__ == "__main__":
    main()
