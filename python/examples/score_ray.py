"""Scores a corpus with Ray Data: several worker processes compute the loss of every line of print.

    python score_ray.py --lines 2000 --workers 2

The corpus consists of the real posteriors of Examples/posteriors/ocr*, repeated. A row of the dataset is the index of
a line, and each worker reads its lines from the memory-mapped file. The library needs no support for Ray.
"""

import argparse
import json
import os
import pathlib

import numpy as np
import ray

import swift_seq2seq_losses as s2s

POSTERIORS = pathlib.Path(__file__).resolve().parents[2] / "Examples" / "posteriors"


class Corpus:
    """Lines of print: float16 log-probabilities, numbers of frames, and transcripts."""

    def __init__(self):
        self.values = np.load(POSTERIORS / "ocr.npy", mmap_mode="r")
        self.frames = np.load(POSTERIORS / "ocr-lengths.npy")
        with open(POSTERIORS / "ocr.jsonl", encoding="utf-8") as lines:
            self.labels = [json.loads(line)["labels"] for line in lines]

    def losses(self, lines: np.ndarray, **options) -> np.ndarray:
        """The loss of each line; lines are counted round and round."""
        lines = lines % len(self.labels)
        labels = [self.labels[line] for line in lines]
        return s2s.ctc_loss(self.values[lines], labels, self.frames[lines], **options)


class Scorer:
    """A worker: reads the corpus once, then adds the loss to each row that it is given."""

    def __init__(self, kill_at: int = -1, marker: str = ""):
        self.corpus = Corpus()
        self.kill_at, self.marker = kill_at, marker

    def __call__(self, batch: dict) -> dict:
        # For tests: kills the worker once, at this line.
        if self.kill_at in batch["line"] and not os.path.exists(self.marker):
            pathlib.Path(self.marker).touch()
            os.abort()
        # Each process uses one thread, because the processes already use all cores.
        losses = self.corpus.losses(batch["line"], threads=1)
        return {**batch, "loss": losses, "process": np.full(len(losses), os.getpid())}


def score_corpus(lines: int, workers: int, shard: int, **options) -> dict:
    """Columns `line`, `loss` and `process` of the whole corpus, in the order of the lines."""
    dataset = ray.data.from_numpy(np.array_split(np.arange(lines), max(1, lines // shard)))
    dataset = dataset.rename_columns({"data": "line"}).map_batches(
        Scorer, batch_size=shard, fn_constructor_kwargs=options, concurrency=workers
    )
    parts = list(dataset.iter_batches(batch_size=None))
    columns = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    order = np.argsort(columns["line"])
    return {name: column[order] for name, column in columns.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lines", type=int, default=2000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--shard", type=int, default=100)
    options = parser.parse_args()
    ray.init(num_cpus=options.workers, include_dashboard=False, log_to_driver=False)
    columns = score_corpus(options.lines, options.workers, options.shard)
    print(
        f"{len(columns['loss'])} lines by {len(np.unique(columns['process']))} processes: "
        f"mean loss {columns['loss'].mean():.6f}"
    )


if __name__ == "__main__":
    main()
