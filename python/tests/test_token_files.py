"""Token files as toolkits write them, and pieces of words."""

import json

import numpy as np
import pytest

import swift_seq2seq_losses as s2s


def read(tmp_path, text, *arguments, **options):
    path = tmp_path / "tokens"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return s2s.read_tokens(path, *arguments, **options)


@pytest.mark.parametrize(
    "text, options, expected",
    [
        ("-\n|\nE\n", {}, (["-", "|", "E"], 0, "|")),
        (b"\xef\xbb\xbf_\r\n \r\na\r\n", {}, (["_", " ", "a"], 0, " ")),
        ("<blk> 0\n\u2581hi 2\nS 1\n", {}, (["<blk>", "S", "\u2581hi"], 0, " ")),
        ("<blk> 0\nS 1\n#0 2\n", {"outputs": 2}, (["<blk>", "S"], 0, " ")),
        ("<unk>\t0\n\u2581hi\t-1.5\n", {}, (["<unk>", "\u2581hi"], 0, " ")),
        ("0\n1\n", {"format": "paddle"}, (["<blank>", "0", "1", " "], 0, " ")),
        ("0\n1\n", {"outputs": 4}, (["<blank>", "0", "1", " "], 0, " ")),
        ('{"|": 1, "<pad>": 2, "a": 0}', {}, (["a", "|", "<pad>"], 2, "|")),
        ('["_", "a"]', {}, (["_", "a"], 0, " ")),
        ("[\n]\n", {}, (["[", "]"], 0, " ")),
    ],
)
def test_forms(tmp_path, text, options, expected):
    assert read(tmp_path, text, **options) == expected


@pytest.mark.parametrize(
    "text, options, message",
    [
        ("a 0\nb 1\nc\n", {}, "line 3 has no index"),
        ("a 0\nb 2\n", {}, "index 2, outside 0..<2"),
        ("a 0\nb 0\n", {}, "both have index 0"),
        ('{"a": 0, "b": 2}', {}, "index 2, outside 0..<2"),
        ('{"a": 0, "a": 1}', {}, "a token twice"),
        ('{"a": [0]}', {}, "neither a JSON object"),
        ('{"a": true}', {}, "neither a JSON object"),
        ("a\nb\n", {"outputs": 9}, "2 in a file of format list for 9 outputs"),
        ("a\nb\n", {"format": "other"}, "format: 'other' is not one of"),
        ("a\nb\n", {"outputs": 0}, "outputs: 0"),
        (b"\xff\xfea\0", {}, "UTF-16"),
        (b"a\xff\n", {}, "not UTF-8"),
        ("", {}, "the file has none"),
    ],
)
def test_mistakes(tmp_path, text, options, message):
    with pytest.raises(ValueError, match=message):
        read(tmp_path, text, **options)


def test_missing_file(tmp_path):
    with pytest.raises(OSError):
        s2s.read_tokens(tmp_path / "missing")


def posteriors(path, count):
    return np.where(np.eye(count)[path] > 0, -0.01, -8.0)


def test_a_decoder_of_a_file(tmp_path):
    tokens = read(tmp_path, json.dumps({"<pad>": 0, "|": 1, "h": 2, "i": 3}))
    decoder = s2s.BeamSearchDecoder(**tokens._asdict())
    assert decoder.decode(posteriors([2, 3, 1, 2, 3], 4))[0].text == "hi hi"
    greedy = s2s.ctc_greedy_decode(posteriors([2, 3, 1, 2, 3], 4), **tokens._asdict())
    assert greedy.text == "hi hi"


@pytest.mark.parametrize(
    "pieces, labels",
    [
        ("sentencepiece", ["_", "\u2581ab", "c", "\u2581d"]),
        ("wordpiece", ["_", "ab", "##c", "d"]),
        ("subword-nmt", ["_", "ab@@", "c", "d"]),
        ("end-of-word", ["_", "ab", "c</w>", "d</w>"]),
        ("underscore", ["_", "ab", "c_", "d_"]),
        ("byte-level", ["_", "\u0120ab", "c", "\u0120d"]),
    ],
)
def test_words_are_joined_by_their_marks(pieces, labels):
    rows = posteriors([1, 2, 0, 3], 4)
    decoder = s2s.BeamSearchDecoder(labels, pieces=pieces, lexicon=["abc", "d"], hotwords={"abc d": 1.0})
    best = decoder.decode(rows)[0]
    assert (best.text, [word.text for word in best.words], best.bias_score) == ("abc d", ["abc", "d"], 1)
    assert s2s.ctc_greedy_decode(rows, labels=labels, pieces=pieces).text == "abc d"


def test_bytes_make_characters():
    labels = ["_", "\u5317\u6771", "<0xE7>", "<0x88>", "<0xBF>"]
    rows = posteriors([1, 2, 3, 4], 5)
    assert s2s.ctc_greedy_decode(rows, labels=labels).text == "\u5317\u6771\u723f"
    stream = s2s.BeamSearchDecoder(labels).stream()
    texts = []
    for row in rows:
        stream.feed(row[None])
        texts.append(stream.hypotheses()[0].text)
    assert texts == ["\u5317\u6771"] * 3 + ["\u5317\u6771\u723f"]
    assert stream.finish()[0].text == "\u5317\u6771\u723f"
    assert s2s.ctc_greedy_decode(rows[:3], labels=labels).text == "\u5317\u6771\ufffd"


def test_mistaken_marks():
    with pytest.raises(ValueError, match="pieces: 'bpe' is not one of"):
        s2s.BeamSearchDecoder(["_", "a"], pieces="bpe")


def test_texts_are_spelled_in_tokens():
    labels = ["_", "ab", "a", "bc", " "]
    assert s2s.spell_text("abc a", labels) == [2, 3, 4, 2]
    assert s2s.spell_text("Abc, A!", labels, fold=True) == [2, 3, 4, 2]
    with pytest.raises(ValueError, match="text, position 0: no tokens spell .Abc"):
        s2s.spell_text("Abc", labels)
    # "\u1ed9" in one scalar and in three are two tokens.
    labels = ["_", "m", "\u1ed9", "o\u0323\u0302", "t"]
    assert s2s.spell_text("mo\u0323\u0302t", labels) == [1, 3, 4]
    assert s2s.spell_text("play well", ["_", "play", "##s", "well"], pieces="wordpiece") == [1, 3]


def test_what_tokens_cannot_spell():
    labels = ["_", " ", "a", "b"]
    for options in ({"hotwords": ["ab", "GitLab"]}, {"hotwords": {"ab :2.5": 1.0}}, {"lexicon": ["ab", "\u65d7"]}):
        with pytest.raises(ValueError, match="no token has"):
            s2s.BeamSearchDecoder(labels, **options)
        with pytest.warns(UserWarning, match="left out"):
            s2s.BeamSearchDecoder(labels, unspellable="skip", **options)
    with pytest.raises(ValueError, match="unspellable: 'other'"):
        s2s.BeamSearchDecoder(labels, unspellable="other")


def test_separators_at_the_ends_of_entries():
    decoder = s2s.BeamSearchDecoder(
        ["_", "|", "h", "i"], word_separator="|", lexicon={"hi": ["h", "i", "|"]}
    )
    assert decoder.decode(posteriors([2, 3, 1, 2, 3], 4))[0].text == "hi hi"
