"""Decoding, alignment, language models and error rates, against enumeration and the public peers."""

import itertools
import math
import pathlib
import random

import numpy as np
import pytest

import swift_seq2seq_losses as s

ARPA = """
\\data\\
ngram 1=5
ngram 2=4
ngram 3=1

\\1-grams:
-1.2\t<unk>
-99\t<s>\t-0.3
-1\t</s>
-0.5\ta\t-0.25
-0.7\tb\t-0.125

\\2-grams:
-0.2\t<s> a\t-0.1
-0.4\ta b
-0.6\tb a
-0.9\tb </s>

\\3-grams:
-0.05\t<s> a b

\\end\\
"""


def posteriors(rng, frames, vocabulary):
    logits = rng.normal(size=(frames, vocabulary)) * 2
    return logits - np.log(np.exp(logits).sum(-1, keepdims=True))


def labellings(log_probabilities, blank, topology):
    """The log-probability of every labelling, by writing out all paths."""
    sums = {}
    frames, vocabulary = log_probabilities.shape
    for path in itertools.product(range(vocabulary), repeat=frames):
        labels = tuple(
            token
            for frame, token in enumerate(path)
            if (topology == "no_blank" or token != blank)
            and not (topology != "simplified" and frame > 0 and path[frame - 1] == token)
        )
        score = sum(log_probabilities[frame, token] for frame, token in enumerate(path))
        sums[labels] = np.logaddexp(sums.get(labels, -np.inf), score)
    return sums


@pytest.mark.parametrize("topology", ["classic", "simplified", "no_blank"])
def test_wide_beam_finds_every_labelling(topology):
    rng = np.random.default_rng(1)
    decoder = s.BeamSearchDecoder(
        3, blank=1, beam_width=10**4, beam_threshold=math.inf, token_prune_threshold=math.inf,
        topology=topology, nbest=10**4,
    )
    for dtype, tolerance in ((np.float64, 1e-11), (np.float32, 1e-5)):
        lp = posteriors(rng, 5, 3).astype(dtype)
        truth = labellings(lp.astype(float), 1, topology)
        found = decoder.decode(lp)
        assert {tuple(h.tokens) for h in found} == set(truth)
        for hypothesis in found:
            assert hypothesis.score == pytest.approx(truth[tuple(hypothesis.tokens)], abs=tolerance)
        assert [h.score for h in found] == sorted((h.score for h in found), reverse=True)


def test_texts_spans_and_words():
    labels = ["_", " ", "a", "b"]
    path = [0, 2, 2, 0, 2, 1, 1, 3, 0]
    lp = np.log(np.where(np.eye(4)[path] > 0, 0.85, 0.05))
    decoder = s.BeamSearchDecoder(labels, confidence="mean")
    for hypothesis in (decoder.decode(lp)[0], s.ctc_greedy_decode(lp, labels=labels)):
        assert hypothesis.text == "aa b"
        assert hypothesis.tokens == [2, 2, 1, 3]
        assert [(span.start, span.end) for span in hypothesis.spans] == [(1, 3), (4, 5), (5, 7), (7, 8)]
        assert [word.text for word in hypothesis.words] == ["aa", "b"]
        assert (hypothesis.words[0].start, hypothesis.words[0].end) == (1, 5)
        assert hypothesis.spans[0].confidence == pytest.approx(0.85)
        assert hypothesis.spans[0].log_probability == pytest.approx(2 * math.log(0.85))


def test_batches_streams_and_threads_change_nothing(tmp_path):
    (tmp_path / "model.arpa").write_text(ARPA)
    model = s.NGramModel(tmp_path / "model.arpa")
    rng = np.random.default_rng(2)
    decoder = s.BeamSearchDecoder(
        ["_", " ", "a", "b"], beam_width=6, nbest=3, language_model=model, word_bonus=1,
        hotwords={"a b": 2.0, "ba": -1.0},
    )
    samples = [posteriors(rng, frames, 4).astype(np.float32) for frames in (30, 0, 7, 55)]
    whole = [decoder.decode(sample) for sample in samples]
    assert decoder.decode_batch(samples) == whole
    assert decoder.decode_batch([]) == [] and s.ctc_greedy_decode([], labels=["_", "a"]) == []
    assert decoder.decode_batch(samples, threads=3) == whole
    for sample, expected in zip(samples, whole):
        stream = decoder.stream()
        first = 0
        while first < len(sample):
            stream.feed(sample[first : first + 4])
            first += 4
            with pytest.raises(ValueError, match="nan"):
                stream.feed(np.full((2, 4), np.nan, np.float32))
            assert stream.hypotheses(2)[0].tokens[: len(stream.stable_tokens)] == stream.stable_tokens
        assert stream.finish() == expected


def test_language_model_scores(tmp_path):
    path = tmp_path / "model.arpa"
    path.write_text(ARPA)
    model = s.NGramModel(path)
    log10 = math.log(10)
    assert model.order == 3 and len(model) == 5
    assert "a" in model and "c" not in model
    expected = [-0.2, -0.05, -0.125 - 1.2, -1.0]
    found = model.scores("a b c")
    assert [score / log10 for score, _ in found] == pytest.approx(expected, abs=1e-6)
    assert [known for _, known in found] == [True, True, False, True]
    assert len(model.scores("a\u3000b\tc\xa0", eos=False)) == 2
    kenlm = pytest.importorskip("kenlm")
    peer = kenlm.Model(str(path))
    rng = random.Random(3)
    for _ in range(500):
        words = " ".join(rng.choice(["a", "b", "c", "<unk>"]) for _ in range(rng.randrange(12)))
        assert model.score(words) / log10 == pytest.approx(peer.score(words), abs=1e-5)
        assert model.score(words, bos=False, eos=False) / log10 == pytest.approx(
            peer.score(words, bos=False, eos=False), abs=1e-5
        )


def test_lexica():
    rng = np.random.default_rng(4)
    lp = posteriors(rng, 6, 4)
    decoder = s.BeamSearchDecoder(
        ["_", " ", "a", "b"], lexicon=["ab", "b"], beam_width=999, nbest=999,
        beam_threshold=math.inf, token_prune_threshold=math.inf,
    )
    found = decoder.decode(lp)
    assert found and all(set(h.text.split()) <= {"ab", "b"} for h in found)
    spoken = s.BeamSearchDecoder(4, lexicon={"two": [1, 2], "too": [1, 2], "one": [[3], [1]]}, nbest=9)
    texts = {h.text for h in spoken.decode(np.log(np.eye(4)[[1, 2, 3]] * 0.9 + 0.025))}
    assert {"two one", "too one"} <= texts


def test_scripts_without_spaces():
    """A vocabulary with a space that texts do not use, as that of recognisers of Chinese print."""
    lp = np.log(np.eye(4)[[2, 0, 3, 0, 2]] * 0.6 + 0.1)
    labels = ["_", " ", "日", "本"]
    options = {"lexicon": ["日", "本"], "word_separator": ""}
    best = s.BeamSearchDecoder(labels, **options).decode(lp)[0]
    assert best.text == "日本日" and [word.text for word in best.words] == ["日", "本", "日"]
    best = s.BeamSearchDecoder(labels, hotwords={"本日": 4.0}, word_separator="").decode(lp)[0]
    assert best.text == "日本日" and best.bias_score == 4


def test_forced_alignment():
    rng = np.random.default_rng(5)
    for _ in range(20):
        frames, vocabulary = rng.integers(3, 7), 3
        lp = posteriors(rng, frames, vocabulary).astype(np.float32)[None]
        targets = rng.integers(1, vocabulary, (1, 2))
        best = max(
            (
                path
                for path in itertools.product(range(vocabulary), repeat=int(frames))
                if [t for i, t in enumerate(path) if t and (i == 0 or path[i - 1] != t)]
                == targets[0].tolist()
            ),
            key=lambda path: sum(float(lp[0, i, t]) for i, t in enumerate(path)),
            default=None,
        )
        if best is None:
            with pytest.raises(ValueError, match="no path"):
                s.forced_align(lp, targets)
            continue
        paths, scores = s.forced_align(lp, targets)
        assert scores.dtype == np.float32
        assert sum(scores[0]) == pytest.approx(sum(float(lp[0, i, t]) for i, t in enumerate(best)), abs=1e-5)
        assert scores[0] == pytest.approx(lp[0, range(frames), paths[0]])
    lp = posteriors(rng, 8, 4)[None].repeat(2, 0)
    paths, scores = s.forced_align(lp, [[1, -1, 2], [3]], [8, 3])
    assert -1 in paths[0] and (paths[1, 3:] == 0).all() and (scores[1, 3:] == 0).all()


def test_forced_alignment_equals_torchaudio(torchaudio):
    import torch

    rng = np.random.default_rng(6)
    for _ in range(50):
        frames, vocabulary, count = rng.integers(20, 60), rng.integers(3, 30), rng.integers(1, 9)
        lp = posteriors(rng, frames, vocabulary)[None].astype(np.float64)
        targets = rng.integers(1, vocabulary, (1, count))
        paths, scores = s.forced_align(lp, targets)
        theirs = torchaudio.forced_align(torch.tensor(lp), torch.tensor(targets))
        # Continuous scores: no ties, so the path is the same.
        assert (paths == theirs[0].numpy()).all()
        assert scores == pytest.approx(theirs[1].numpy())


@pytest.mark.parametrize("measure, expected", [("largest", 0.7869860), ("mean", 0.7869860), ("entropy", None)])
def test_confidences_are_of_the_softmax(measure, expected):
    logits = np.array([[2.0, 0, 0], [0, 2, 0], [0, 0, 2]])
    decoder = s.BeamSearchDecoder(["_", "a", "b"], confidence=measure)
    stream = decoder.stream()
    stream.feed(logits)
    rows = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    right = decoder.decode(rows)[0]
    for best in [decoder.decode(logits)[0], decoder.decode(logits + 7)[0], stream.finish()[0]]:
        for one, other in zip(best.spans + best.words, right.spans + right.words):
            assert one.confidence == pytest.approx(other.confidence, abs=1e-12)
            assert expected is None or one.confidence == pytest.approx(expected)


def test_error_rates():
    rng = random.Random(7)

    def plain(a, b):
        row = list(range(len(b) + 1))
        for i, x in enumerate(a):
            previous, row[0] = row[0], i + 1
            for j, y in enumerate(b):
                previous, row[j + 1] = row[j + 1], min(
                    previous + (x != y), row[j + 1] + 1, row[j] + 1
                )
        return row[-1]

    for _ in range(200):
        a, b = ([rng.choice("abcé日") for _ in range(rng.randrange(150))] for _ in range(2))
        assert s.edit_distance(a, b) == plain(a, b) == s.edit_distance("".join(a), "".join(b))
    assert s.wer("the cat sat", "the hat sat down") == pytest.approx(2 / 3)
    assert s.cer(["abc", ""], ["abd", ""]) == pytest.approx(1 / 3)
    assert s.wer([], []) == 0 and s.wer("", "a") == math.inf
    assert s.error_counts([["a", "b"]], [["b", "c"]])[0].errors == 2
    assert s.edit_distance("x" * 10**6, "x" * (10**6 - 1)) == 1


def test_elements_are_equal_whatever_holds_them():
    forms = [
        [3, 1, 4], (3, 1, 4), np.array([3, 1, 4]), np.array([3, 1, 4], np.uint8),
        np.array([3, 1, 4], np.uint64), np.array([3.0, 1.0, 4.0]), [3.0, 1, np.int64(4)],
        [np.float32(3), True, np.array(4)], np.array([3, 1, 4], object), bytes([3, 1, 4]),
        np.array([9, 3, 9, 1, 9, 4])[1::2], range(3),
    ]
    forms[-1] = (value for value in [3, 1, 4])
    for form in forms[:-1]:
        for other in forms[:-1]:
            assert s.edit_distance(form, other) == 0, (form, other)
            assert s.error_counts([form, [7]], [other, [8]])[0] == (3, 0, 0, 0)
        assert s.edit_distance(form, [3, 5, 4]) == 1
    assert s.edit_distance(forms[-1], np.array([3, 1, 4])) == 0
    assert s.edit_distance(np.array([5, 6]), [5, 6]) == 0
    assert s.error_counts([np.array([3, 1, 4])], [[3, 1, 4]]) == [(3, 0, 0, 0)]
    assert s.error_counts(np.array([[1, 2], [3, 4]]), [[1, 2], [3, 5]])[1].substitutions == 1
    words = ["b", "a", "né"]
    for form in ["bané"[:2] + "x", np.array(["b", "a", "x"]), [np.str_("b"), "a", "x"]]:
        assert s.edit_distance(form, words) == s.edit_distance(words, form) == 1
    # Numbers are no letters, and no two large numbers are one.
    assert s.edit_distance([97], "a") == s.edit_distance(b"a", "a") == 1
    assert s.edit_distance(np.array([2**64 - 1], np.uint64), [-1]) == 1
    assert s.edit_distance(np.array([2**64 - 1], np.uint64), [2**64 - 1]) == 0
    assert s.edit_distance([(1, "a")], [(1, "a")]) == 0
    for call, message in [
        (lambda: s.edit_distance([1], [[1]]), "b, position 0: list has no hash"),
        (lambda: s.edit_distance([1, math.nan], [1]), "a, position 1: NaN"),
        (lambda: s.edit_distance(np.array([math.nan]), [1]), "a, position 0: NaN"),
        (lambda: s.edit_distance(np.array([[1]]), [1]), r"a: shape \[1, 1\]"),
        (lambda: s.edit_distance([np.array([1, 2])], [1]), "a, position 0: an array"),
        (lambda: s.edit_distance({1, 2}, [1]), "a: set"),
        (lambda: s.error_counts([[1]], [None]), "hypotheses, sample 0: NoneType"),
        (lambda: s.error_counts(None, [[1]]), "references: NoneType"),
        (lambda: s.edit_distance(np.ma.array([1, 2], mask=[0, 1]), [1, 2]), "a: masked"),
    ]:
        with pytest.raises(ValueError, match=message):
            call()


@pytest.mark.parametrize("framework", ["torch", "jax.numpy", "tensorflow"])
def test_elements_of_tensors(framework):
    module = pytest.importorskip(framework)
    make = {"torch": "tensor", "jax.numpy": "asarray", "tensorflow": "constant"}[framework]
    make = getattr(module, make)
    tensor = make([3, 1, 4])
    for other in ([3, 1, 4], np.array([3, 1, 4]), tensor, list(tensor), [make(3), 1, np.int32(4)]):
        assert s.edit_distance(tensor, other) == s.edit_distance(other, tensor) == 0
    assert s.error_counts([tensor], [[3, 4]]) == [(2, 0, 1, 0)]


def test_texts_are_compared_by_their_characters():
    composed, decomposed = "un caf\u00e9 noir", "un cafe\u0301 noir"
    assert s.wer(composed, decomposed) == pytest.approx(1 / 3)
    assert s.cer(composed, decomposed) == pytest.approx(2 / 12)
    assert s.wer(composed, decomposed, normalization="NFC") == 0
    assert s.cer(composed, decomposed, normalization="NFD") == 0
    assert s.wer("１２", "12", normalization="NFKC") == 0
    # Without the punctuation a letter and its mark are one character.
    assert s.cer("e!\u0301", "\xe9", normalization="NFC", without_punctuation=True) == 0
    for upper, lower in [("ΛΟΓΟΣ", "λογος"), ("STRASSE", "straße"), ("ẞ", "SS"), ("Ꭰ", "ꭰ"), ("ﬃ", "FFI")]:
        assert s.wer(upper, lower) == 1
        assert s.wer(upper, lower, lowercase=True) == s.cer(upper, lower, lowercase=True) == 0
    # The Turkish dotless i is a letter of its own.
    assert s.wer("I", "ı", lowercase=True) == 1
    assert s.wer("İ", "i\u0307", lowercase=True) == 0
    assert s.wer("Hello, world!", "hello world", lowercase=True, without_punctuation=True) == 0
    # White space is Unicode's; U+001F is none, though str.split takes it for some.
    assert s.wer("a\u3000b\u2028c", "a b c") == 0 and s.wer("a\x1fb", "a b") == 2
    with pytest.raises(ValueError, match="normalization: 'nfc'"):
        s.wer("a", "a", normalization="nfc")


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: s.BeamSearchDecoder([]), "labels: no tokens"),
        (lambda: s.BeamSearchDecoder("_ab"), "labels: a string"),
        (lambda: s.BeamSearchDecoder(["_", "a"], lexicon="a"), "lexicon: a string"),
        (lambda: s.BeamSearchDecoder(["_", "a"], hotwords="a"), "hotwords: a string"),
        (lambda: s.BeamSearchDecoder(["_", "a"], word_separator=None), "word_separator, position 0: None"),
        (lambda: s.BeamSearchDecoder(3, lexicon={"a": 1}), "lexicon: 1 where"),
        (lambda: s.BeamSearchDecoder(3, blank=3), "blank: 3"),
        (lambda: s.BeamSearchDecoder(3, beam_width=0), "beam_width: 0"),
        (lambda: s.BeamSearchDecoder(3, beam_width=10**12), "beam_width"),
        (lambda: s.BeamSearchDecoder(3, beam_threshold=math.nan), "beam_threshold: nan"),
        (lambda: s.BeamSearchDecoder(3, topology="other"), "topology"),
        (lambda: s.BeamSearchDecoder(3, nbest=0), "nbest: 0"),
        (lambda: s.BeamSearchDecoder(3, lexicon={"a": [3]}), "lexicon, position 0: 3"),
        (lambda: s.BeamSearchDecoder(3, lexicon={"a": []}), "lexicon"),
        (lambda: s.BeamSearchDecoder(["_", "a"], hotwords=[""]), "hotwords, position 0"),
        (lambda: s.BeamSearchDecoder(["_", "a"], hotwords={"a": math.inf}), "hotwords"),
        (lambda: s.BeamSearchDecoder(3).decode(np.zeros((2, 4))), "4 columns for 3"),
        (lambda: s.BeamSearchDecoder(3).decode(np.full((2, 3), -np.inf)), "-inf for every"),
        (lambda: s.BeamSearchDecoder(3).decode([[0, np.inf, 0.0]]), "position 0: inf"),
        (lambda: s.BeamSearchDecoder(3).decode_batch(np.zeros((2, 4, 3)), [4, 5]), "sample 1: 5"),
        (lambda: s.ctc_greedy_decode(np.array([[0.0, np.nan]])), "nan for token 1"),
        (lambda: s.forced_align(np.zeros((1, 4, 3)), [[1, 3]]), "targets, sample 0, position 1: 3"),
        (lambda: s.forced_align(np.zeros((1, 4, 3)), [[0]]), "0 is the blank"),
        (lambda: s.NGramModel("/nowhere/model.arpa"), "No such file"),
        (lambda: s.NGramModel(__file__), "no .data"),
        (lambda: s.wer(["a"], ["a", "b"]), "2 for 1"),
    ],
)
def test_mistakes_are_value_errors(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_damaged_models_are_value_errors(tmp_path):
    path = pathlib.Path(tmp_path / "model")
    data = ARPA.encode()
    for end in range(len(data) - len("\\end\\\n")):
        path.write_bytes(data[:end])
        with pytest.raises(ValueError):
            s.NGramModel(path)


@pytest.mark.parametrize("labels", ["_ab", 2.5, ["_", "a"], [1, 2, 3], [["_"], "a", "b"]])
def test_greedy_labels_are_checked(labels):
    with pytest.raises(ValueError, match="^(labels|log_probabilities)"):
        s.ctc_greedy_decode(np.zeros((2, 3)), labels=labels)


def test_words_of_a_megabyte(tmp_path):
    long = "ab" * (1 << 19)
    labels = ["_", " ", "a", "b"]
    frames = np.log(np.array([[0.4, 0.3, 0.2, 0.1], [0.6, 0.1, 0.1, 0.2], [0.3, 0.3, 0.3, 0.1]]))
    (tmp_path / "long.arpa").write_text(
        f"\\data\\\nngram 1=3\n\n\\1-grams:\n-1\t{long}\n-1\t</s>\n-1\t<s>\n\n\\end\\\n"
    )
    for options in (
        {"lexicon": [long, "a"]},
        {"lexicon": {long: [2], "b": [3] * (1 << 20)}},
        {"hotwords": [long, "a"]},
        {"language_model": s.NGramModel(tmp_path / "long.arpa")},
    ):
        assert s.BeamSearchDecoder(labels, **options).decode(frames)
    assert s.BeamSearchDecoder(["_", long]).decode(np.log([[0.1, 0.9]]))[0].text == long
    assert s.edit_distance(long, long[1:]) == 1
