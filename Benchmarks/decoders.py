"""Decoders side by side on real posteriors: accuracy, and time on one thread.

    pip install ./python numpy rapidfuzz pyctcdecode kenlm fast-ctc-decode flashlight-text ctc-beam-decoder
    pip install torch torchaudio
    python Benchmarks/decoders.py --data DIR

DIR holds folders with `manifest.json` (`vocab`, `blank`, `items` of `offset`, `frames`, `text`, `target`) and
`logprobs.npy` [frames, vocabulary], and `lm` with ARPA files. Peers that are not installed are left out by name.
"""

import argparse
import importlib
import json
import logging
import os
import pathlib
import statistics
import tempfile
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np

import swift_seq2seq_losses as s2s

logging.disable(logging.CRITICAL)
repetitions = 3


def optional(name):
    try:
        return importlib.import_module(name)
    except ImportError as error:
        print(f"{name}: left out, {error}")
        return None


class Set:
    """A folder of posteriors."""

    def __init__(self, path, kind=None):
        manifest = json.loads((path / "manifest.json").read_text())
        values = np.load(path / "logprobs.npy")
        self.name = path.name + (f" ({kind})" if kind else "")
        # One character a token: what stands for all other characters must be one too.
        self.labels = ["\u2047" if text == "<other>" else text for text in manifest["vocab"]]
        self.blank = manifest["blank"]
        self.items = [i for i in manifest["items"] if kind is None or i.get("kind") == kind]
        self.arrays = [values[i["offset"] : i["offset"] + i["frames"]] for i in self.items]

    def rates(self, texts):
        """Character and word error rate."""
        pairs = [(item["text"], text) for item, text in zip(self.items, texts)]
        return s2s.cer(*zip(*pairs)), s2s.wer(*zip(*pairs))


def measure(name, setting, data, decode, rows):
    """Times `decode` of every array, and adds a row to the table."""
    times = []
    for _ in range(repetitions):
        start = time.perf_counter()
        texts = [decode(array) for array in data.arrays]
        times.append(time.perf_counter() - start)
    cer, wer = data.rates(texts)
    rows.append((data.name, name, setting, statistics.median(times), cer, wer))
    print(
        f"| {data.name} | {name} | {setting} | {1e3 * rows[-1][3]:.0f} | {100 * cer:.2f} | {100 * wer:.2f} |",
        flush=True,
    )


def ours(data, model, rows):
    measure(
        "ours", "greedy", data,
        lambda x: s2s.ctc_greedy_decode(x, labels=data.labels, blank=data.blank, threads=1).text, rows,
    )
    # The thresholds of pyctcdecode's defaults, and wide ones.
    for width, beam, token in ((100, 10, 5), (100, 20, 20), (20, 20, 20)):
        decoder = s2s.BeamSearchDecoder(
            data.labels, blank=data.blank, beam_width=width, beam_threshold=beam,
            token_prune_threshold=token, spans=False,
        )
        measure("ours", f"beam {width}, {beam}, {token}", data, lambda x: decoder.decode(x)[0].text, rows)
    if model is None:
        return
    word, token = (s2s.NGramModel(model / f"en_{kind}.arpa") for kind in ("word3", "char5"))
    for unit, lm, weight, bonus, unknown, lexicon in (
        ("word", word, 0.2, 1.5, -8, None), ("word", word, 0.2, 2, -8, None),
        ("token", token, 0.5, 1.2, -5, None),
    ):
        decoder = s2s.BeamSearchDecoder(
            data.labels, blank=data.blank, beam_width=100, beam_threshold=10,
            token_prune_threshold=5, spans=False, language_model=lm, language_model_unit=unit,
            language_model_weight=weight, word_bonus=bonus, unknown_word_penalty=unknown,
        )
        setting = f"beam 100, {unit} model {weight}, {bonus}, {unknown}"
        measure("ours", setting, data, lambda x: decoder.decode(x)[0].text, rows)


def pyctcdecode(data, model, rows):
    library = optional("pyctcdecode")
    if library is None or any(len(label) > 1 for i, label in enumerate(data.labels) if i != data.blank):
        return
    labels = ["" if i == data.blank else label for i, label in enumerate(data.labels)]
    decoder = library.build_ctcdecoder(labels)
    measure("pyctcdecode", "beam 100", data, lambda x: decoder.decode(x), rows)
    if model is not None:
        decoder = library.build_ctcdecoder(
            labels, str(model / "en_word3.arpa"), alpha=0.2, beta=1.5, unk_score_offset=-8
        )
        measure(
            "pyctcdecode", "beam 100, word model 0.2, 1.5, -8", data, lambda x: decoder.decode(x), rows
        )


def ctc_beam_decoder(data, model, rows):
    library = optional("ctc_beam_decoder")
    if library is None:
        return
    # Its blank is the last.
    order = [i for i in range(len(data.labels)) if i != data.blank] + [data.blank]
    labels = ["" if i == data.blank else data.labels[i] for i in order]
    arrays = {id(x): np.ascontiguousarray(x[:, order]) for x in data.arrays}
    decoder = library.build_ctcdecoder(labels)
    for beam, token in ((10, 5), (20, 20)):
        measure(
            "ctc-beam-decoder", f"beam 100, {beam}, {token}", data,
            lambda x: decoder.decode(
                arrays[id(x)], beam_width=100, beam_prune_logp=-beam, token_min_logp=-token
            ),
            rows,
        )
    if model is not None and library.has_kenlm():
        decoder = library.build_ctcdecoder(
            labels, str(model / "en_word3.arpa"), alpha=0.2, beta=1.5, unk_score_offset=-8
        )
        measure(
            "ctc-beam-decoder", "beam 100, word model 0.2, 1.5, -8", data,
            lambda x: decoder.decode(arrays[id(x)]), rows,
        )


def fast_ctc_decode(data, model, rows):
    library = optional("fast_ctc_decode")
    if library is None:
        return
    order = [data.blank] + [i for i in range(len(data.labels)) if i != data.blank]
    alphabet = ["N" if i == data.blank else data.labels[i] for i in order]
    if any(len(text) > 1 for text in alphabet):
        return
    probabilities = {id(x): np.ascontiguousarray(np.exp(x[:, order])) for x in data.arrays}
    for width, cut in ((100, 0.0), (100, 0.001), (20, 0.0), (20, 0.001), (5, 0.1)):
        if cut * len(alphabet) >= 1:
            continue
        measure(
            "fast-ctc-decode", f"beam {width}, cut {cut}", data,
            lambda x: library.beam_search(
                probabilities[id(x)], alphabet, beam_size=width, beam_cut_threshold=cut
            )[0],
            rows,
        )


def flashlight(data, model, rows):
    if optional("flashlight.lib.text.decoder") is None:
        return
    from flashlight.lib.text.decoder import (
        CriterionType, KenLM, LexiconFreeDecoder, LexiconFreeDecoderOptions, ZeroLM,
    )
    from flashlight.lib.text.dictionary import Dictionary

    # The character model calls the space so.
    names = {" ": "|", "|": "<bar>"}
    silence = data.labels.index(" ") if " " in data.labels else data.blank
    for name, lm, weight in (("", None, 0.0), (", token model 0.5", "en_char5.arpa", 0.5)):
        if lm and model is None:
            continue
        dictionary = Dictionary([names.get(text, text) for text in data.labels])
        scorer = KenLM(str(model / lm), dictionary) if lm else ZeroLM()
        options = LexiconFreeDecoderOptions(
            beam_size=100, beam_size_token=len(data.labels), beam_threshold=20, lm_weight=weight,
            sil_score=0, log_add=True, criterion_type=CriterionType.CTC,
        )
        decoder = LexiconFreeDecoder(options, scorer, silence, data.blank, [])

        def decode(x):
            x = np.ascontiguousarray(x, dtype=np.float32)
            best = decoder.decode(x.ctypes.data, *x.shape)[0]
            tokens = [t for t in best.tokens if t >= 0]
            kept = [t for i, t in enumerate(tokens) if i == 0 or tokens[i - 1] != t]
            return "".join(data.labels[t] for t in kept if t != data.blank).strip()

        measure("flashlight-text", f"beam 100, 20{name}", data, decode, rows)


def alignment(rows):
    library = optional("torchaudio.functional")
    if library is None:
        return
    import torch

    torch.set_num_threads(1)
    rng = np.random.default_rng(0)
    print("\n| frames, targets, vocabulary | ours, ms | torchaudio, ms | times |\n|---|---|---|---|")
    for frames, count, vocabulary in (
        (150, 40, 32), (500, 100, 32), (3900, 400, 5), (20000, 2000, 32), (500, 60, 5000),
    ):
        x = rng.normal(size=(1, frames, vocabulary)).astype(np.float32)
        x -= np.log(np.exp(x).sum(-1, keepdims=True))
        targets = rng.integers(1, vocabulary, (1, count))
        tensors = torch.tensor(x), torch.tensor(targets)
        times = [[], []]
        for _ in range(7):
            for index, call in enumerate((
                lambda: s2s.forced_align(x, targets, threads=1), lambda: library.forced_align(*tensors)
            )):
                start = time.perf_counter()
                call()
                times[index].append(time.perf_counter() - start)
        mine, theirs = (1e3 * statistics.median(each) for each in times)
        print(f"| {frames}, {count}, {vocabulary} | {mine:.3g} | {theirs:.3g} | {theirs / mine:.1f} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=pathlib.Path, required=True)
    data = parser.parse_args().data
    rows = []
    print("| set | decoder | setting | ms | CER % | WER % |\n|---|---|---|---|---|---|")
    for name, kind, model in (
        ("ocr_latin", "en", data / "lm"), ("ocr_latin", "num", None), ("ocr_scan", None, None),
        ("nanopore", None, None),
    ):
        one = Set(data / name, kind)
        for peer in (ours, pyctcdecode, ctc_beam_decoder, fast_ctc_decode, flashlight):
            if name == "nanopore" and peer is pyctcdecode:
                continue
            try:
                peer(one, model, rows)
            except Exception as error:  # a peer's own failure is a row, not the end
                print(f"| {one.name} | {peer.__name__} | failed: {error} | | | |")
    alignment(rows)


if __name__ == "__main__":
    main()
