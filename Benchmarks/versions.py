"""Times two versions of the Python package side by side, to find what has become slower.

    pip wheel --no-deps --wheel-dir before ./python    # of the older commit
    pip wheel --no-deps --wheel-dir after ./python     # of the newer one
    pip install --no-deps --target old before/*.whl && pip install --no-deps --target new after/*.whl
    python3 Benchmarks/versions.py old new [--data DIR] [--only TEXT] [--repetitions N]

Each version runs in a separate process on the same core. Their calls are interleaved, so that other load on the
machine affects both equally. For each operation, the script prints the median of the older version's time divided by
the newer version's; above 1, the newer is faster. The last column is the ratio of the minima, which varies less. DIR
contains posteriors and language models as for decoders.py; without it the decoders run on random posteriors.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import time

CTC = [(32, 150, 32, 40), (16, 500, 64, 100), (16, 1000, 128, 200), (8, 500, 5000, 60), (32, 100, 1024, 20),
       (1, 2000, 32, 400), (256, 255, 32, 127), (1, 20, 10, 5)]
TRANSDUCERS = [(8, 150, 40, 128), (4, 200, 50, 512), (1, 500, 100, 1024), (2, 100, 20, 4096)]


def cases(data):
    """A dictionary from names to functions that prepare a call without arguments."""
    import ml_dtypes
    import numpy as np

    import swift_seq2seq_losses as s2s

    made = {}

    def add(name, make):
        made[name] = make

    def ctc(shape, kind=np.float32, inputs="logits", topology="classic", loss=False, sure=0.0):
        batch, frames, vocabulary, count = shape

        def make():
            random = np.random.default_rng(0)
            x = random.normal(size=(batch, frames, vocabulary))
            y = random.integers(1, vocabulary, size=(batch, count))
            # `sure` is added to one frame of each label, evenly spread among blanks.
            right = np.zeros((batch, frames), int)
            places = (2 * np.arange(count) + 1) * frames // (2 * count)
            np.put_along_axis(right, np.broadcast_to(places, (batch, count)), y, 1)
            x[np.arange(batch)[:, None], np.arange(frames), right] += sure
            if inputs != "logits":
                x -= np.log(np.exp(x).sum(-1, keepdims=True))
            x = x.astype(kind)
            out = np.empty_like(x)
            options = dict(threads=1, inputs=inputs, topology=topology)
            if loss:
                return lambda: s2s.ctc_loss(x, y, **options)
            return lambda: s2s.ctc_loss_and_gradient(x, y, out=out, **options)

        return make

    for shape in CTC:
        text = ", ".join(map(str, shape))
        add(f"CTC {text}", ctc(shape))
        add(f"CTC loss alone {text}", ctc(shape, loss=True))
        add(f"CTC log-probabilities {text}", ctc(shape, inputs="log_probabilities"))
        add(f"CTC log-probabilities, sure, {text}", ctc(shape, inputs="log_probabilities", sure=10))
        add(f"CTC log-probabilities, loss alone {text}", ctc(shape, inputs="log_probabilities", loss=True))
    for shape in CTC[:1] + CTC[3:5]:
        text = ", ".join(map(str, shape))
        add(f"CTC simplified {text}", ctc(shape, topology="simplified"))
        add(f"CTC float64 {text}", ctc(shape, kind=np.float64))
        add(f"CTC float16 {text}", ctc(shape, kind=np.float16))
        add(f"CTC bfloat16 {text}", ctc(shape, kind=ml_dtypes.bfloat16))

    def second_order(function, shape):
        batch, frames, vocabulary, count = shape

        def make():
            random = np.random.default_rng(0)
            x = random.normal(size=(batch, frames, vocabulary)).astype(np.float32)
            y = random.integers(1, vocabulary, size=(batch, count))
            options = {"vector": x} if function == "ctc_hessian_vector_product" else {}
            return lambda: getattr(s2s, function)(x, y, threads=1, **options)

        return make

    add("CTC product 8, 200, 32, 40", second_order("ctc_hessian_vector_product", (8, 200, 32, 40)))
    add("CTC Hessian 1, 40, 16, 12", second_order("ctc_hessian", (1, 40, 16, 12)))
    add("CTC best path 8, 500, 32, 60", second_order("ctc_best_path", (8, 500, 32, 60)))
    add("CTC entropy 8, 200, 32, 40", second_order("ctc_entropy", (8, 200, 32, 40)))

    def transducer(shape, kind=np.float32, place=False, **options):
        batch, frames, count, vocabulary = shape

        def make():
            random = np.random.default_rng(0)
            x = random.standard_normal((batch, frames, count + 1, vocabulary), dtype=np.float32).astype(kind)
            y = random.integers(1, vocabulary - 8, (batch, count))
            out = x if place else np.empty_like(x)
            topology = options.get("topology", "standard")
            if topology == "tdt":
                topology = s2s.TokenAndDuration([0, 1, 2, 3, 4])
            rest = {**options, "topology": topology}
            return lambda: s2s.rnnt_loss_and_gradient(x, y, out=out, threads=1, **rest)

        return make

    for shape in TRANSDUCERS:
        text = ", ".join(map(str, shape))
        add(f"RNN-T {text}", transducer(shape))
        add(f"RNN-T in place {text}", transducer(shape, place=True))
    for shape in TRANSDUCERS[:2]:
        text = ", ".join(map(str, shape))
        add(f"RNN-T float16 {text}", transducer(shape, kind=np.float16))
        add(f"RNN-T bfloat16 {text}", transducer(shape, kind=ml_dtypes.bfloat16))
        add(f"HAT {text}", transducer(shape, normalization="factored"))
        add(f"TDT {text}", transducer(shape, topology="tdt"))
        add(f"monotonic {text}", transducer(shape, topology="monotonic"))

    def simple():
        random = np.random.default_rng(0)
        encoder = random.normal(size=(4, 200, 512)).astype(np.float32)
        predictor = random.normal(size=(4, 51, 512)).astype(np.float32)
        y = random.integers(1, 512, (4, 50))
        return lambda: s2s.rnnt_loss_simple_and_gradients(predictor, encoder, y, 0, threads=1)

    def risk():
        random = np.random.default_rng(0)
        x = random.normal(size=(1, 200, 500)).astype(np.float32)
        lists = [[list(random.integers(1, 500, 20)) for _ in range(20)]]
        return lambda: s2s.mwer_loss_and_gradient(x, lists, [list(range(20))], threads=1)

    add("simple 4, 200, 50, 512", simple)
    add("MWER 1, 200, 500, 20 hypotheses", risk)

    def random_posteriors(vocabulary, frames=400):
        random = np.random.default_rng(0)
        x = 3 * random.normal(size=(frames, vocabulary))
        return [(x - np.log(np.exp(x).sum(-1, keepdims=True))).astype(np.float32)]

    def alignment(frames, count, vocabulary):
        def make():
            x = random_posteriors(vocabulary, frames)[0][None]
            targets = np.random.default_rng(1).integers(1, vocabulary, (1, count))
            return lambda: s2s.forced_align(x, targets, threads=1)

        return make

    for size in ((150, 40, 32), (3900, 400, 5), (500, 60, 5000)):
        add("alignment " + ", ".join(map(str, size)), alignment(*size))

    def decoding(folder, greedy=False, model=None, words=False, hotwords=False, **options):
        def make():
            arrays, labels, blank = [], None, 0
            if data is None or not (data / folder / "logprobs.npy").exists():
                arrays, labels = random_posteriors(97), ["_", " "] + [chr(0x61 + i) for i in range(95)]
            else:
                manifest = json.loads((data / folder / "manifest.json").read_text())
                values = np.load(data / folder / "logprobs.npy")
                labels = ["\u2047" if t == "<other>" else t for t in manifest["vocab"]]
                blank = manifest["blank"]
                arrays = [values[i["offset"]:i["offset"] + i["frames"]] for i in manifest["items"]][:24]
            if greedy:
                return lambda: [s2s.ctc_greedy_decode(x, labels=labels, blank=blank, threads=1) for x in arrays]
            known = dict(options)
            if model:
                known["language_model"] = s2s.NGramModel(data / "lm" / model)
            if words:
                known["lexicon"] = ["".join(p) for p in __import__("itertools").product("etaoin", repeat=4)]
            if hotwords:
                known["hotwords"] = ["".join(p) for p in __import__("itertools").product("etaoin", repeat=4)]
            decoder = s2s.BeamSearchDecoder(labels, blank=blank, **known)
            return lambda: [decoder.decode(x) for x in arrays]

        return make

    add("greedy, lines of print", decoding("ocr_latin", greedy=True))
    add("beam 100, lines of print", decoding("ocr_latin", beam_width=100, spans=False))
    add("beam 20, lines of print", decoding("ocr_latin", beam_width=20, spans=False))
    add("beam 100 with spans, lines of print", decoding("ocr_latin", beam_width=100))
    add("beam 100, phrases, lines of print", decoding("ocr_latin", beam_width=100, hotwords=True))
    add("beam 100, lexicon, lines of print", decoding("ocr_latin", beam_width=100, words=True))
    if data is not None:
        add("beam 100, word model, lines of print", decoding(
            "ocr_latin", beam_width=100, model="en_word3.arpa", language_model_weight=0.2, word_bonus=2))
        add("load a word model", lambda: lambda: s2s.NGramModel(data / "lm" / "en_word3.arpa"))

    def counts():
        random = np.random.default_rng(0)
        pairs = [[list(random.integers(0, 50, 60)) for _ in range(100)] for _ in range(2)]
        return lambda: s2s.error_counts(*pairs)

    def rates():
        random = np.random.default_rng(0)
        texts = [[" ".join(map(str, random.integers(0, 50, 30))) for _ in range(100)] for _ in range(2)]
        return lambda: (s2s.wer(*texts), s2s.cer(*texts))

    add("error counts", counts)
    add("error rates of texts", rates)
    return made


def work(data):
    """Prints the seconds of one call for each name that it reads; the first call of each is not timed."""
    made, ready = cases(data), {}
    print(json.dumps(list(made)), flush=True)
    for line in sys.stdin:
        name = line.rstrip("\n")
        try:
            if name not in ready:
                ready.clear()
                ready[name] = made[name]()
                ready[name]()
            start = time.perf_counter()
            ready[name]()
            print(time.perf_counter() - start, flush=True)
        except Exception as error:  # a case that a version rejects gets a row
            print(f"failed: {type(error).__name__}: {error}".replace("\n", " "), flush=True)


class Version:
    """The process of one version."""

    def __init__(self, path, data, core):
        environment = {**os.environ, "PYTHONPATH": str(path), "OMP_NUM_THREADS": "1"}
        command = [sys.executable, __file__, "--worker"] + (["--data", str(data)] if data else [])
        self.process = subprocess.Popen(
            command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            preexec_fn=lambda: os.sched_setaffinity(0, [core]))
        self.names = json.loads(self.process.stdout.readline())

    def __call__(self, name):
        self.process.stdin.write(name + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().strip()
        return answer if answer.startswith("failed") else float(answer)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("versions", nargs="*", type=pathlib.Path, help="the older and the newer package's folder")
    parser.add_argument("--data", type=pathlib.Path)
    parser.add_argument("--only", default="", help="operations with this in their name")
    parser.add_argument("--repetitions", type=int, default=15)
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        return work(options.data)
    if len(options.versions) != 2:
        parser.error("two folders are needed")
    core = min(os.sched_getaffinity(0))
    old, new = (Version(path.resolve(), options.data, core) for path in options.versions)
    print("| operation | older / newer, median | minimum |\n| --- | --- | --- |")
    for name in new.names:
        if options.only not in name or name not in old.names:
            continue
        times = [[], []]
        first = [version(name) for version in (old, new)]
        failed = [answer for answer in first if isinstance(answer, str)]
        if failed:
            print(f"| {name} | {failed[0]} | |", flush=True)
            continue
        # Short calls are repeated more often, within two seconds.
        count = max(3, min(options.repetitions * 10, int(2 / (sum(first) + 1e-4))))
        for repetition in range(max(count, options.repetitions if sum(first) < 0.5 else 3)):
            for index in ((0, 1), (1, 0))[repetition % 2]:
                times[index].append((old, new)[index](name))
        ratios = [function(times[0]) / function(times[1]) for function in (statistics.median, min)]
        print(f"| {name} | {ratios[0]:.2f} | {ratios[1]:.2f} |", flush=True)


if __name__ == "__main__":
    main()
