"""Compares decoders on real posteriors: accuracy, and time on one thread.

    pip install ./python numpy rapidfuzz pyctcdecode kenlm fast-ctc-decode flashlight-text ctc-beam-decoder
    pip install torch torchaudio
    python Benchmarks/decoders.py --data DIR

DIR contains a folder for each data set, with `manifest.json` (`vocab`, `blank`, `items` of `offset`, `frames`, `text`,
`target`) and `logprobs.npy` [frames, vocabulary], and a folder `lm` with ARPA files. Peers that are not installed are
skipped and reported.
"""

import argparse
import copy
import functools
import importlib
import itertools
import json
import logging
import os
import pathlib
import statistics
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np

import swift_seq2seq_losses as s2s

logging.disable(logging.CRITICAL)
repetitions = 3
# Weights and bonuses of a word model.
WORD_GRID = (0.1, 0.2, 0.3), (1.0, 2.0, 3.0, 4.0, 5.0)


def optional(name):
    try:
        return importlib.import_module(name)
    except ImportError as error:
        print(f"{name}: left out, {error}")
        return None


def spread(path, vocabulary):
    """Rows of all classes from the likeliest classes and the total probability of the rest."""
    tokens, values = np.load(path / "topk_ids.npy"), np.load(path / "topk_logprobs.npy")
    rest = np.load(path / "rest.npy") - np.log(vocabulary - tokens.shape[1])
    rows = np.repeat(rest[:, None].astype(np.float32), vocabulary, axis=1)
    np.put_along_axis(rows, tokens.astype(np.int64), values, axis=1)
    return rows


class Set:
    """A data set. Tokens of several characters are replaced by one character each, because some peers need that."""

    def __init__(self, path, kind=None):
        manifest = json.loads((path / "manifest.json").read_text())
        self.name = path.name + (f" ({kind})" if kind else "")
        self.labels = ["\u2047" if text == "<other>" else text for text in manifest["vocab"]]
        self.blank = manifest["blank"]
        self.items = [i for i in manifest["items"] if kind is None or i.get("kind") == kind]
        if path.name == "speech_phones":
            self.labels = [chr(0xE000 + token) for token in range(len(self.labels))]
            self.items = [
                {**item, "text": "".join(self.labels[token] for token in item["target"])}
                for item in self.items
            ]
        values = (
            np.load(path / "logprobs.npy")
            if (path / "logprobs.npy").exists()
            else spread(path, len(self.labels))
        )
        self.arrays = [values[i["offset"] : i["offset"] + i["frames"]] for i in self.items]

    def half(self, parity):
        """Every other item."""
        half = copy.copy(self)
        half.items, half.arrays = self.items[parity::2], self.arrays[parity::2]
        half.name += ", second half" if parity else ", first half"
        return half

    def rates(self, texts):
        """Character and word error rate."""
        pairs = [(item["text"], text) for item, text in zip(self.items, texts)]
        return s2s.cer(*zip(*pairs)), s2s.wer(*zip(*pairs))


def measure(name, setting, data, decode, rows):
    """Times `decode` for every array, and adds a row to the table."""
    times = []
    # Calls that take many seconds are timed once.
    while len(times) < repetitions and sum(times) < 5:
        start = time.perf_counter()
        texts = [decode(array) for array in data.arrays]
        times.append(time.perf_counter() - start)
    cer, wer = data.rates(texts)
    rows.append((data.name, name, setting, statistics.median(times), cer, wer))
    print(
        f"| {data.name} | {name} | {setting} | {1e3 * rows[-1][3]:.0f} | {100 * cer:.2f} | {100 * wer:.2f} |",
        flush=True,
    )


def first_text(decoder, rows):
    return decoder.decode(rows)[0].text


def ours(data, model, rows):
    measure(
        "ours", "greedy", data,
        lambda x: s2s.ctc_greedy_decode(x, labels=data.labels, blank=data.blank, threads=1).text, rows,
    )
    # The thresholds of pyctcdecode's defaults, and wide ones.
    for width, beam, token in ((100, 10, 5), (100, 10, 8), (100, 20, 20), (20, 10, 8), (20, 20, 20)):
        decoder = s2s.BeamSearchDecoder(
            data.labels, blank=data.blank, beam_width=width, beam_threshold=beam,
            token_prune_threshold=token, spans=False,
        )
        measure("ours", f"beam {width}, {beam}, {token}", data, lambda x: decoder.decode(x)[0].text, rows)
    if model is None:
        return
    # Tunes weights on the first half, and measures rates on the second.
    for unit, name in (("word", "en_word3"), ("token", "en_char5")):
        lm = s2s.NGramModel(model / f"{name}.arpa")

        def weighted(weights):
            weight, bonus, unknown = weights
            return s2s.BeamSearchDecoder(
                data.labels, blank=data.blank, beam_width=100, token_prune_threshold=5, spans=False,
                language_model=lm, language_model_unit=unit, language_model_weight=weight, word_bonus=bonus,
                unknown_word_penalty=unknown,
            )

        grid = (
            itertools.product(*WORD_GRID, (-8,))
            if unit == "word"
            else itertools.product((0.3, 0.5, 0.7), (0.4, 0.8, 1.2, 1.6), (-5,))
        )
        weights = tune(data, grid, lambda w: functools.partial(first_text, weighted(w)))
        best = weighted(weights)
        setting = f"beam 100, {unit} model " + ", ".join(map(str, weights))
        measure("ours", setting, data.half(1), lambda x: best.decode(x)[0].text, rows)


def unigrams(path):
    """The words of an ARPA file."""
    section = path.read_text().split("\\1-grams:\n")[1].split("\\2-grams:")[0]
    words = [line.split("\t")[1] for line in section.split("\n") if "\t" in line]
    return [word for word in words if word not in ("<s>", "</s>", "<unk>")]


def lexica(data, model, rows):
    """Decodes with the words of the model as a lexicon; weights from the first half, error rates on the second."""
    words = unigrams(model / "en_word3.arpa")
    lm = s2s.NGramModel(model / "en_word3.arpa")

    def decoder(weights=None):
        options = {} if weights is None else {
            "language_model": lm, "language_model_weight": weights[0], "word_bonus": weights[1],
        }
        made = s2s.BeamSearchDecoder(
            data.labels, blank=data.blank, beam_width=100, spans=False, lexicon=words,
            unspellable="skip", **options
        )
        return lambda x: made.decode(x)[0].text

    measure("ours", "beam 100, lexicon", data.half(1), decoder(), rows)
    weights = tune(data, itertools.product(*WORD_GRID), decoder)
    setting = "beam 100, lexicon, word model " + ", ".join(map(str, weights))
    measure("ours", setting, data.half(1), decoder(weights), rows)


def chinese(data, model, rows):
    """Decodes with a character model and its characters as a lexicon; tunes on one half, measures on the other."""
    lm = s2s.NGramModel(model / "zh_char3.arpa")
    characters = unigrams(model / "zh_char3.arpa")

    def decoder(weights, lexicon):
        made = s2s.BeamSearchDecoder(
            data.labels, blank=data.blank, beam_width=100, spans=False, word_separator="", lexicon=lexicon,
            unspellable="skip", language_model=lm, language_model_unit="token" if lexicon is None else "word",
            language_model_weight=weights[0], word_bonus=weights[1], unknown_word_penalty=0,
        )
        return lambda x: made.decode(x)[0].text

    grid = list(itertools.product((0.05, 0.1, 0.15, 0.2, 0.3), (0.4, 0.8, 1.2)))
    for lexicon, name in ((None, "character model"), (characters, "lexicon, character model")):
        for parity in (0, 1):
            weights = tune(data, grid, lambda w: decoder(w, lexicon), parity)
            setting = f"beam 100, {name} " + ", ".join(map(str, weights))
            measure("ours", setting, data.half(1 - parity), decoder(weights, lexicon), rows)


def tune(data, grid, decoder, parity=0):
    """The weights with the fewest word and character errors on half of a data set."""
    half = data.half(parity)

    def errors(weights):
        decode = decoder(weights)
        return sum(half.rates([decode(array) for array in half.arrays]))

    return min(grid, key=errors)


def pyctcdecode(data, model, rows):
    library = optional("pyctcdecode")
    if library is None or any(len(label) > 1 for i, label in enumerate(data.labels) if i != data.blank):
        return
    labels = ["" if i == data.blank else label for i, label in enumerate(data.labels)]
    decoder = library.build_ctcdecoder(labels)
    measure("pyctcdecode", "beam 100", data, lambda x: decoder.decode(x), rows)
    if model is not None:
        decoder = library.build_ctcdecoder(labels, str(model / "en_word3.arpa"), unk_score_offset=-8)

        def weighted(weights):
            decoder.reset_params(alpha=weights[0], beta=weights[1])
            return decoder.decode

        weights = tune(data, itertools.product(*WORD_GRID), weighted)
        setting = f"beam 100, word model {weights[0]}, {weights[1]}, -8"
        measure("pyctcdecode", setting, data.half(1), weighted(weights), rows)


def ctc_beam_decoder(data, model, rows):
    library = optional("ctc_beam_decoder")
    if library is None:
        return
    # The peer's blank is the last token.
    order = [i for i in range(len(data.labels)) if i != data.blank] + [data.blank]
    labels = ["" if i == data.blank else data.labels[i] for i in order]
    arrays = {id(x): np.ascontiguousarray(x[:, order]) for x in data.arrays}
    decoder = library.build_ctcdecoder(labels)
    for beam, token in ((10, 5),) if len(labels) > 1000 else ((10, 5), (20, 20)):
        measure(
            "ctc-beam-decoder", f"beam 100, {beam}, {token}", data,
            lambda x: decoder.decode(
                arrays[id(x)], beam_width=100, beam_prune_logp=-beam, token_min_logp=-token
            ),
            rows,
        )
    if model is not None and library.has_kenlm():

        def weighted(weights):
            decoder = library.build_ctcdecoder(
                labels, str(model / "en_word3.arpa"), alpha=weights[0], beta=weights[1], unk_score_offset=-8
            )
            return lambda x: decoder.decode(arrays[id(x)])

        weights = tune(data, itertools.product(*WORD_GRID), weighted)
        setting = f"beam 100, word model {weights[0]}, {weights[1]}, -8"
        measure("ctc-beam-decoder", setting, data.half(1), weighted(weights), rows)


def hotwords(data, model, rows):
    """Measures the cost of phrases for each library."""
    words = []
    for line in (model / "en_word3.arpa").read_text().split("\\2-grams:")[0].splitlines():
        fields = line.split("\t")
        if len(fields) > 1 and len(fields[1]) > 3 and fields[1].isalpha():
            words.append(fields[1])
    for count in (0, 200, 10000):
        decoder = s2s.BeamSearchDecoder(
            data.labels, blank=data.blank, beam_width=100, spans=False, hotwords=words[:count] or None,
            unspellable="skip",
        )
        measure("ours", f"beam 100, {count} hotwords", data, lambda x: decoder.decode(x)[0].text, rows)
    library = optional("pyctcdecode")
    if library is not None:
        labels = ["" if i == data.blank else label for i, label in enumerate(data.labels)]
        decoder = library.build_ctcdecoder(labels)
        few = data.half(0)
        few.items, few.arrays = few.items[:6], few.arrays[:6]
        few.name += ", 6 items"
        for count in (0, 200):
            measure(
                "pyctcdecode", f"beam 100, {count} hotwords", few,
                lambda x: decoder.decode(x, hotwords=words[:count] or None), rows,
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
        # The peer rejects cuts that could leave no token; without a cut, thousands of tokens take hours.
        if cut * len(alphabet) >= 1 or (cut == 0 and len(alphabet) > 1000):
            continue
        measure(
            "fast-ctc-decode", f"beam {width}, cut {cut}", data,
            lambda x: library.beam_search(
                probabilities[id(x)], alphabet, beam_size=width, beam_cut_threshold=cut
            )[0],
            rows,
        )


def flashlight(data, model, rows):
    if optional("flashlight.lib.text.decoder") is None or len(data.labels) > 1000:
        return
    from flashlight.lib.text.decoder import (
        CriterionType,
        KenLM,
        LexiconFreeDecoder,
        LexiconFreeDecoderOptions,
        ZeroLM,
    )
    from flashlight.lib.text.dictionary import Dictionary

    # The character model's name of the space.
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


def flashlight_lexicon(data, model, rows):
    """The peer's word decoder with the same words and model; a frame after each line ends the last word."""
    if optional("flashlight.lib.text.decoder") is None:
        return
    from flashlight.lib.text.decoder import (
        CriterionType,
        KenLM,
        LexiconDecoder,
        LexiconDecoderOptions,
        SmearingMode,
        Trie,
    )
    from flashlight.lib.text.dictionary import Dictionary

    tokens = {text: token for token, text in enumerate(data.labels)}
    silence = tokens[" "]
    words = [w for w in unigrams(model / "en_word3.arpa") if all(letter in tokens for letter in w)]
    dictionary = Dictionary(words + ["<unk>"])
    unknown = dictionary.get_index("<unk>")
    dictionary.set_default_index(unknown)
    lm = KenLM(str(model / "en_word3.arpa"), dictionary)
    trie, start = Trie(len(data.labels), silence), lm.start(False)
    for word in words:
        index = dictionary.get_index(word)
        trie.insert([tokens[letter] for letter in word] + [silence], index, lm.score(start, index)[1])
    trie.smear(SmearingMode.MAX)
    end = np.full((1, len(data.labels)), -20, dtype=np.float32)
    end[0, silence] = 0

    def decoder(weights):
        options = LexiconDecoderOptions(
            beam_size=100, beam_size_token=len(data.labels), beam_threshold=20,
            # The peer's scores are to base 10.
            lm_weight=weights[0] * np.log(10), word_score=weights[1], unk_score=-np.inf, sil_score=0,
            log_add=True, criterion_type=CriterionType.CTC,
        )
        made = LexiconDecoder(options, trie, lm, silence, data.blank, unknown, [], False)

        def decode(x):
            x = np.ascontiguousarray(np.concatenate([x, end]), dtype=np.float32)
            found = made.decode(x.ctypes.data, *x.shape)
            return " ".join(dictionary.get_entry(w) for w in found[0].words if w >= 0) if found else ""

        return decode

    weights = tune(data, itertools.product(*WORD_GRID), decoder)
    setting = "beam 100, lexicon, word model " + ", ".join(map(str, weights))
    measure("flashlight-text", setting, data.half(1), decoder(weights), rows)


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


def one_pass(sets):
    """Compares greedy decoding with one pass over all values."""
    print("\n| posteriors | greedy, ms | largest value, ms | times |\n|---|---|---|---|")
    for one in sets:
        times = [[], []]
        for _ in range(9):
            for index, call in enumerate((
                lambda x: s2s.ctc_greedy_decode(x, blank=one.blank, threads=1), lambda x: x.max()
            )):
                start = time.perf_counter()
                for array in one.arrays:
                    call(array)
                times[index].append(time.perf_counter() - start)
        mine, least = (1e3 * statistics.median(each) for each in times)
        print(f"| {one.name} | {mine:.3g} | {least:.3g} | {mine / least:.1f} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=pathlib.Path, required=True)
    data = parser.parse_args().data
    rows = []
    print("| set | decoder | setting | ms | CER % | WER % |\n|---|---|---|---|---|---|")
    for name, kind, model in (
        ("ocr_latin", "en", data / "lm"), ("ocr_latin", "num", None), ("ocr_scan", None, None),
        ("ocr_zh", None, None), ("speech_phones", None, None), ("nanopore", None, None),
    ):
        one = Set(data / name, kind)
        for peer in (ours, pyctcdecode, ctc_beam_decoder, fast_ctc_decode, flashlight):
            if name == "nanopore" and peer is pyctcdecode:
                continue
            try:
                peer(one, model, rows)
            except Exception as error:  # a peer that fails gets a row in the table
                print(f"| {one.name} | {peer.__name__} | failed: {error} | | | |")
        if model is not None:
            lexica(one, model, rows)
            flashlight_lexicon(one, model, rows)
            hotwords(one, model, rows)
        if name == "ocr_zh":
            chinese(one, data / "lm", rows)
    alignment(rows)
    one_pass([Set(data / name) for name in ("ocr_zh", "speech_phones")])


if __name__ == "__main__":
    main()
