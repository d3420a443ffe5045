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
        # A model with one output more than SentencePiece has pieces: the blank.
        ("<unk>\t0\n\u2581hi\t-1.5\n", {"outputs": 3, "blank": 2}, (["<unk>", "\u2581hi", "<blank>"], 2, " ")),
        ("<unk>\t0\n\u2581hi\t-1.5\n", {"outputs": 3, "blank": 0}, (["<blank>", "<unk>", "\u2581hi"], 0, " ")),
        ("<unk>\t0\n\u2581hi\t-1.5\n", {"blank": 2}, (["<unk>", "\u2581hi", "<blank>"], 2, " ")),
        ("<pad>\t0\na\t-1.5\n", {"outputs": 3, "blank": 2}, (["<pad>", "a", "<blank>"], 2, " ")),
        ('["a", "b"]', {"outputs": 3, "blank": 2}, (["a", "b", "<blank>"], 2, " ")),
        ('{"a": 1, "b": 0}', {"outputs": 3, "blank": 0}, (["<blank>", "b", "a"], 0, " ")),
        ("a\nb\n", {"outputs": 2, "blank": 1}, (["a", "b"], 1, " ")),
        # White space behind an index.
        ("<blk> 0 \nhi 1\t\n", {}, (["<blk>", "hi"], 0, " ")),
        # Canonical equivalents are different tokens.
        ('{"e\u0301": 0, "\u00e9": 1}', {}, (["e\u0301", "\u00e9"], 0, " ")),
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
        ('{"a": 0, "a": 1}', {}, "path: 'a' is there twice"),
        ('{"a": [0]}', {}, "neither a JSON object"),
        ('{"a": true}', {}, "neither a JSON object"),
        ("a\nb\n", {"outputs": 9}, "2 in a file of format list for 9 outputs"),
        ("a\nb\n", {"format": "other"}, "format: 'other' is not one of"),
        ("a\nb\n", {"outputs": 0}, "outputs: 0"),
        (b"\xff\xfea\0", {}, "UTF-16"),
        (b"a\xff\n", {}, "not UTF-8"),
        ("", {}, "the file contains no tokens"),
        (
            "<unk>\t0\na\t-1.5\n", {"outputs": 3},
            "path: 2 .* for 3 outputs: where the blank is missing, give its index, such as 0 or 2",
        ),
        ("<blk>\na\n", {"outputs": 3, "blank": 2}, "^path: 2 in a file of format list for 3 outputs$"),
        ("<pad>\na\n", {"outputs": 3, "blank": 0}, "^path: 2 in a file of format list for 3 outputs$"),
        ('["a"]', {"outputs": 2}, "path: 1 for 2 outputs: where the blank is missing"),
        ('[["a", -1.5], ["b", -2]]', {}, "neither a JSON object"),
        ('["a", null]', {}, "neither a JSON object"),
        ("0 a\n1 b\n", {}, "each line begins with its index, from 0 up"),
        ("a\nb\n", {"blank": 5}, "blank: 5 is outside 0..<2"),
        ("a\nb\n", {"blank": -1}, "blank: -1 is negative"),
        ('["a", "\\ud800"]', {}, "path, position 1: .* lone surrogate"),
        ('["a", "\\u0000"]', {}, "path, position 1: .* has a zero"),
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


@pytest.mark.parametrize("text", ["a\ud800", "a\0", "\udc80"])
def test_texts_that_are_no_utf8(text):
    labels = ["_", " ", "a", "b"]
    for name, call in {
        "labels, position 1": lambda: s2s.BeamSearchDecoder(["_", text]),
        "labels, position 0": lambda: s2s.TransducerBeamSearchDecoder([text, "a"]),
        "labels, position 2": lambda: s2s.ctc_greedy_decode(np.zeros((1, 3)), labels=["_", "a", text]),
        "word_separator": lambda: s2s.BeamSearchDecoder(labels, word_separator=text),
        "hotwords": lambda: s2s.BeamSearchDecoder(labels, hotwords=[text]),
        "hotwords, position 1": lambda: s2s.BeamSearchDecoder(labels, hotwords={"a": 1.0, text: 2.0}),
        "lexicon": lambda: s2s.BeamSearchDecoder(labels, lexicon={text: [2]}, unspellable="skip"),
        "lexicon, position 1": lambda: s2s.BeamSearchDecoder(labels, lexicon=["a", text]),
        "text": lambda: s2s.spell_text(text, labels),
        "path": lambda: s2s.NGramModel("\0"),
    }.items():
        with pytest.raises(ValueError, match=f"^{name}: ") as error:
            call()
        assert not isinstance(error.value, UnicodeError), name


def test_folded_hotwords():
    labels = ["_", "\u2581the", "\u2581sa", "le"]
    rows = posteriors([1, 2, 3], 4)
    for fold, boost in ((False, 0), (True, 2.0)):
        options = dict(hotwords={"The SALE.": 2.0}, unspellable="skip", fold=fold)
        if fold:
            decoder = s2s.BeamSearchDecoder(labels, **options)
        else:
            with pytest.warns(UserWarning, match="'The SALE.'"):
                decoder = s2s.BeamSearchDecoder(labels, **options)
        assert decoder.decode(rows)[0].bias_score == boost
    s2s.TransducerBeamSearchDecoder(labels, hotwords=["THE"], fold=True)
    with pytest.raises(ValueError, match="hotwords, position 0: .THX.: no token has .T."):
        s2s.TransducerBeamSearchDecoder(labels, hotwords=["THX"], fold=True)
    with pytest.warns(UserWarning, match="hotwords: no tokens spell '\u2026'"):
        s2s.BeamSearchDecoder(labels, hotwords=["\u2026", "THE"], fold=True, unspellable="skip")
    assert s2s.spell_text("THE", ["_", "T", "h", "e"], fold=True) == [1, 2, 3]
    assert s2s.spell_text("THE", ["_", "The"], fold=True) == [1]
    assert s2s.spell_text("\u0130S", ["_", "i", "s"], fold=True) == [1, 2]
    assert s2s.spell_text("a | b", ["_", "|", "a", "b"], word_separator="|") == [2, 1, 3]


def test_entries_of_separators():
    labels = ["_", "|", "h", "i"]
    for options, message in (
        ({"lexicon": ["h i"]}, "lexicon, position 0: .h i.: a separator in it, where one word is expected"),
        ({"lexicon": ["hi", " "]}, "lexicon, position 1: . .: only separators"),
        ({"lexicon": [""]}, "lexicon, position 0: empty"),
        ({"lexicon": {"hi": ["|"]}}, "lexicon, position 0: .hi.: only separators"),
        ({"lexicon": {"hi": []}}, "lexicon, position 0: .hi.: no tokens"),
        (
            {"lexicon": {"hi": ["h", "|", "i"]}},
            r"lexicon, position 0: .hi.: a separator, 1 \(.\|.\), within its tokens",
        ),
        ({"hotwords": ["hi", "|"]}, "hotwords, position 1: .\\|.: only separators"),
        ({"hotwords": [" "]}, "hotwords, position 0: . .: only separators"),
    ):
        with pytest.raises(ValueError, match=message):
            s2s.BeamSearchDecoder(labels, word_separator="|", **options)
        with pytest.warns(UserWarning, match="left out"):
            s2s.BeamSearchDecoder(labels, word_separator="|", unspellable="skip", **options)


def test_tokens_at_fault_have_their_texts():
    labels = ["_", " ", "a", "b"]
    rows = np.zeros((2, 4))
    rows[1, 2] = np.nan
    decoder = s2s.BeamSearchDecoder(labels)
    for call in (
        lambda: decoder.decode(rows), lambda: decoder.stream().feed(rows),
        lambda: s2s.ctc_greedy_decode(rows, labels=labels),
    ):
        with pytest.raises(ValueError, match=r"^log_probabilities, sample 0, position 1: nan for token 2 \("):
            call()

    def joiner(frames, states):
        return np.tile(rows[1], (len(states), 1))

    for call in (
        lambda: s2s.transducer_greedy_decode(rows, lambda states, _: states, joiner, labels=labels),
        lambda: s2s.TransducerBeamSearchDecoder(labels).decode(rows, lambda states, _: states, joiner),
    ):
        with pytest.raises(ValueError, match=r"^joiner, sample 0, position 0: nan for token 2 \(.a.\)"):
            call()
    with pytest.raises(ValueError, match=r"topology: 2 \(.a.\) is the blank"):
        s2s.TransducerBeamSearchDecoder(labels, blank=2, topology=s2s.MultiBlank({2: 2}))
    with pytest.raises(ValueError, match=r"lexicon, position 1: 0 \(._.\) is the blank, in .b."):
        s2s.BeamSearchDecoder(labels, lexicon={"a": [2], "b": ["_"]})
    with pytest.raises(ValueError, match=r"lexicon, position 0: 9 is outside 0..<4, in .a."):
        s2s.BeamSearchDecoder(labels, lexicon={"a": [9]})
    with pytest.raises(ValueError, match="lexicon, the tokens of 'a': float64"):
        s2s.BeamSearchDecoder(labels, lexicon={"a": [1.5]})
    with pytest.raises(ValueError, match="lexicon: 'x' is no token, in 'a'"):
        s2s.BeamSearchDecoder(labels, lexicon={"a": ["x"]})
    with pytest.raises(ValueError, match=r"labels, position 1: .\u2581a\u2581b. has a whole word"):
        s2s.BeamSearchDecoder(["_", "\u2581a\u2581b"], lexicon=["a"])
    with pytest.raises(ValueError, match="hotwords, position 3: .x.: no token has"):
        s2s.BeamSearchDecoder(labels, hotwords=["a", "a", "b", "x"])
    with pytest.raises(ValueError, match="lexicon, position 1: empty"):
        s2s.BeamSearchDecoder(labels, lexicon={"a": [2], "": [3]})
    # Labels and phrases may be in arrays.
    decoder_of_array = s2s.BeamSearchDecoder(np.array(labels), hotwords=np.array(["a"]))
    assert decoder_of_array.decode(posteriors([2], 4))[0].text == "a"
    # The places are those of what was given.
    for decoder_of in (s2s.BeamSearchDecoder, s2s.TransducerBeamSearchDecoder):
        with pytest.warns(UserWarning, match="left out"):
            with pytest.raises(ValueError, match="hotwords, position 2: .a.: a boost of inf"):
                decoder_of(labels, hotwords={"x": 1, "b": 1, "a": np.inf}, unspellable="skip")
        with pytest.warns(UserWarning, match="left out"):
            with pytest.raises(ValueError, match="lexicon, position 1: 9 is outside 0..<4, in .a."):
                decoder_of(labels, lexicon={"x": [], "a": [9]}, unspellable="skip")
    with pytest.raises(ValueError, match=r"^log_probabilities: no tokens in an array of shape \[1, 3, 0\]"):
        s2s.ctc_greedy_decode(np.zeros((3, 0)))
    with pytest.raises(ValueError, match="log_probabilities: 5 columns for 4 tokens: is the blank"):
        decoder.decode(np.zeros((1, 5)))


def test_greedy_streams_hold_characters_back():
    labels = ["_", "\u5317", "<0xE7>", "<0x88>", "<0xBF>"]
    decoder = s2s.TransducerBeamSearchDecoder(labels, topology="monotonic")
    rows = posteriors([1, 2, 3, 4], 5)
    for greedy in (False, True):
        stream = decoder.stream(lambda states, _: states, lambda frames, _: frames, greedy=greedy)
        texts = []
        for row in rows:
            stream.feed(row[None])
            texts.append((stream.hypotheses()[0].text, stream.finish()[0].text))
        assert texts == [("\u5317",) * 2] + [("\u5317", "\u5317\ufffd")] * 2 + [("\u5317\u723f",) * 2]
