"""Transducer decoding against all paths, written out."""

import gc
import math
import threading

import numpy as np
import pytest

import swift_seq2seq_losses as s

TOPOLOGIES = {
    "standard": {},
    "monotonic": {"topology": "monotonic"},
    "tdt": {"topology": s.TokenAndDuration([0, 1, 2])},
    "multi-blank": {"topology": s.MultiBlank({2: 2})},
}


class History:
    """A model whose logits come from the frame and all labels; states are tuples of labels."""

    def __init__(self, seed, width):
        self.seed, self.width = seed, width
        self.joins = 0

    def row(self, frame, labels):
        return np.random.default_rng([self.seed, int(frame), *labels]).normal(size=self.width) * 1.5

    def predictor(self, states, labels):
        assert labels.dtype == np.int64 and len(states) == len(labels)
        return [
            () if state is None else state + (int(label),) for state, label in zip(states, labels)
        ]

    def joiner(self, frames, states):
        self.joins += 1
        assert frames.shape == (len(states), 2)
        return np.array([self.row(frame[0], state) for frame, state in zip(frames, states)])


def frames_of(count, first=0):
    return np.stack([np.arange(first, first + count), np.zeros(count)], axis=-1).astype(np.float32)


def durations_of(options):
    return getattr(options.get("topology"), "durations", [])


def big_blanks_of(options):
    return getattr(options.get("topology"), "frames", {})


def width(vocabulary, options):
    return vocabulary + len(durations_of(options))


def log_softmax(values):
    return values - np.log(np.exp(values).sum())


def labellings(model, frames, vocabulary, blank, options, max_symbols):
    """The log-probability of every labelling, by writing out all paths."""
    sums = {}
    durations, big = durations_of(options), big_blanks_of(options)
    monotonic = options.get("topology") == "monotonic"

    def walk(frame, here, labels, score, ends):
        if frame >= frames:
            if frame == frames and ends:
                sums[labels] = np.logaddexp(sums.get(labels, -np.inf), score)
            return
        row = model.row(frame, labels)
        tokens = log_softmax(row[:vocabulary])
        for token in range(vocabulary):
            is_blank = token == blank or token in big
            if durations:
                moves = list(zip(durations, log_softmax(row[vocabulary:])))
                if is_blank:
                    moves = [move for move in moves if move[0] > 0]
            else:
                moves = [(big.get(token, 1 if is_blank or monotonic else 0), 0.0)]
            for skip, added in moves:
                next_score = score + tokens[token] + added
                if is_blank:
                    walk(frame + skip, 0, labels, next_score, True)
                elif here < max_symbols:
                    here_next = 0 if skip else here + 1
                    walk(frame + skip, here_next, labels + (token,), next_score, monotonic)

    walk(0, 0, (), 0.0, True)
    return sums


@pytest.mark.parametrize("name", TOPOLOGIES)
def test_wide_beam_finds_every_labelling(name):
    options = TOPOLOGIES[name]
    for seed in range(4):
        vocabulary, count, max_symbols = 3, 3, 1 + seed % 2
        model = History(seed, width(vocabulary, options))
        decoder = s.TransducerBeamSearchDecoder(
            vocabulary, blank=seed % 2, beam_width=10**4, beam_threshold=math.inf,
            token_prune_threshold=math.inf, nbest=10**4, max_symbols=max_symbols, **options,
        )
        truth = labellings(model, count, vocabulary, seed % 2, options, max_symbols)
        found = decoder.decode(frames_of(count), model.predictor, model.joiner)
        assert {tuple(h.tokens) for h in found} == set(truth)
        for hypothesis in found:
            # Sums of some hundred products.
            assert hypothesis.score == pytest.approx(truth[tuple(hypothesis.tokens)], abs=1e-12)
            assert [span.token for span in hypothesis.spans] == hypothesis.tokens
        assert [h.score for h in found] == sorted((h.score for h in found), reverse=True)


def greedy(model, frames, vocabulary, blank, options, max_symbols):
    """One utterance's greedy path, from the definition."""
    labels, starts, frame, here = (), [], 0, 0
    durations, big = durations_of(options), big_blanks_of(options)
    while frame < frames:
        row = model.row(frame, labels)
        token = int(row[:vocabulary].argmax())
        if here == max_symbols and token != blank and token not in big:
            token = blank
        is_blank = token == blank or token in big
        skip = big.get(token, 1 if is_blank or options.get("topology") == "monotonic" else 0)
        if durations:
            skip = durations[int(row[vocabulary:].argmax())]
            skip = max(skip, 1) if is_blank else skip
        if not is_blank:
            labels += (token,)
            starts.append(frame)
        here = here + 1 if skip == 0 else 0
        frame += skip
    return list(labels), starts


@pytest.mark.parametrize("name", TOPOLOGIES)
def test_greedy_batches_and_streams(name):
    options = TOPOLOGIES[name]
    vocabulary, max_symbols = 4, 3
    model = History(7, width(vocabulary, options))
    counts = [25, 0, 7, 40]
    common = {"labels": vocabulary, "max_symbols": max_symbols, **options}
    batch = s.transducer_greedy_decode(
        [frames_of(count) for count in counts], model.predictor, model.joiner, **common
    )
    padded = np.stack([frames_of(40)] * 4)
    assert batch == s.transducer_greedy_decode(
        padded, model.predictor, model.joiner, lengths=counts, **common
    )
    decoder = s.TransducerBeamSearchDecoder(vocabulary, max_symbols=max_symbols, **options)
    for count, hypothesis in zip(counts, batch):
        labels, starts = greedy(model, count, vocabulary, 0, options, max_symbols)
        assert hypothesis.tokens == labels
        assert [span.start for span in hypothesis.spans] == starts
        single = s.transducer_greedy_decode(
            frames_of(count), model.predictor, model.joiner, **common
        )
        assert single == hypothesis
        stream = decoder.stream(model.predictor, model.joiner, greedy=True)
        for first in range(0, count, 6):
            stream.feed(frames_of(min(6, count - first), first))
        assert stream.finish() == [hypothesis] and stream.frames == count
        assert stream.stable_tokens == labels


@pytest.mark.parametrize("name", TOPOLOGIES)
def test_beam_streams(name):
    options = TOPOLOGIES[name]
    model = History(3, width(4, options))
    decoder = s.TransducerBeamSearchDecoder(
        ["_", "a", "b", " "], nbest=3, hotwords={"ab": 1.5}, **options
    )
    whole = decoder.decode(frames_of(30), model.predictor, model.joiner)
    assert len(whole) == 3 and whole[0].score >= whole[1].score
    assert decoder.decode_batch(
        [frames_of(30), frames_of(4)], model.predictor, model.joiner
    )[0] == whole
    stream = decoder.stream(model.predictor, model.joiner)
    for first in range(0, 30, 4):
        stream.feed(frames_of(min(4, 30 - first), first))
        stable = stream.stable_tokens
        assert stream.hypotheses(2)[0].tokens[: len(stable)] == stable
    assert stream.finish() == whole


def test_states_are_given_back():
    class State:
        alive = 0

        def __init__(self, labels):
            self.labels = labels
            State.alive += 1

        def __del__(self):
            State.alive -= 1

    model = History(1, 3)

    def predictor(states, labels):
        before = [None if state is None else state.labels for state in states]
        return [State(labels) for labels in model.predictor(before, labels)]

    def joiner(frames, states):
        return model.joiner(frames, [state.labels for state in states])

    decoder = s.TransducerBeamSearchDecoder(3)
    decoder.decode(frames_of(20), predictor, joiner)
    gc.collect()
    assert State.alive == 0
    stream = decoder.stream(predictor, joiner)
    stream.feed(frames_of(200))
    # Only prefixes of the beam have states, not all 200 frames' worth.
    assert 0 < State.alive < 100
    del stream
    gc.collect()
    assert State.alive == 0


class Odd(Exception):
    pass


@pytest.mark.parametrize("greedy", [True, False])
def test_exceptions_pass_through(greedy):
    model = History(1, 3)
    decoder = s.TransducerBeamSearchDecoder(3)
    whole = decoder.stream(model.predictor, model.joiner, greedy=greedy)
    whole.feed(frames_of(10))
    failing = []

    def joiner(frames, states):
        if failing and frames[0, 0] == 4:
            raise failing.pop()
        return model.joiner(frames, states)

    def predictor(states, labels):
        if states != [None] and failing and isinstance(failing[0], KeyError):
            raise failing.pop()
        return model.predictor(states, labels)

    for error in (Odd("no"), KeyError(3), KeyboardInterrupt()):
        stream = decoder.stream(predictor, joiner, greedy=greedy)
        failing.append(error)
        with pytest.raises(type(error)) as raised:
            stream.feed(frames_of(10))
        assert raised.value is error
        assert stream.frames <= 4
        stream.feed(frames_of(10 - stream.frames, stream.frames))
        assert stream.finish() == whole.finish()

    def broken(states, labels):
        raise Odd

    with pytest.raises(Odd):
        decoder.decode(frames_of(3), broken, model.joiner)
    with pytest.raises(Odd):
        s.transducer_greedy_decode(frames_of(3), broken, model.joiner, labels=3)
    with pytest.raises(Odd):
        decoder.stream(broken, model.joiner, greedy=True)


def test_threads_share_a_decoder():
    decoder = s.TransducerBeamSearchDecoder(4, nbest=2)
    expected, found = {}, {}
    for seed in range(4):
        model = History(seed, 4)
        expected[seed] = decoder.decode(frames_of(15), model.predictor, model.joiner)

    def run(seed):
        model = History(seed, 4)
        found[seed] = decoder.decode(frames_of(15), model.predictor, model.joiner)

    threads = [threading.Thread(target=run, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == expected


def test_lexicon_and_language_model(tmp_path):
    (tmp_path / "model.arpa").write_text(
        "\\data\\\nngram 1=5\n\n\\1-grams:\n-1.2\t<unk>\n-99\t<s>\n-1\t</s>\n-0.5\tab\n-0.7\tba\n\n\\end\\\n"
    )
    decoder = s.TransducerBeamSearchDecoder(
        ["_", " ", "a", "b"], topology="monotonic", beam_width=1000, beam_threshold=math.inf,
        token_prune_threshold=math.inf, nbest=1000, lexicon=["ab", "ba"],
        language_model=s.NGramModel(tmp_path / "model.arpa"), language_model_weight=0.5, word_bonus=1,
    )
    model = History(5, 4)
    truth = labellings(model, 5, 4, 0, {"topology": "monotonic"}, 1)
    found = decoder.decode(frames_of(5), model.predictor, model.joiner)
    assert {"ab", "ba", "ab ba"} <= {hypothesis.text for hypothesis in found}
    for hypothesis in found:
        words = hypothesis.text.split()
        assert set(words) <= {"ab", "ba"}
        assert hypothesis.acoustic_score == pytest.approx(truth[tuple(hypothesis.tokens)], abs=1e-11)
        language = -1.0 + sum({"ab": -0.5, "ba": -0.7}[word] for word in words)
        # The file's numbers are kept as floats.
        assert hypothesis.language_score == pytest.approx(
            0.5 * language * math.log(10) + len(words), abs=1e-5
        )


def decode(predictor=None, joiner=None, frames=None, **options):
    model = History(0, 3)
    return s.TransducerBeamSearchDecoder(3, **options).decode(
        frames_of(3) if frames is None else frames,
        predictor or model.predictor,
        joiner or model.joiner,
    )


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: decode(blank=3), "blank: 3"),
        (lambda: decode(beam_width=0), "beam_width: 0"),
        (lambda: decode(max_symbols=0), "max_symbols: 0"),
        (lambda: decode(topology="other"), "topology"),
        (lambda: decode(topology=s.TokenAndDuration([])), "topology: .* never leave"),
        (lambda: decode(topology=s.TokenAndDuration([1, -1])), "topology, position 1: -1"),
        (lambda: decode(topology=s.TokenAndDuration([[1]])), "topology: durations of shape"),
        (lambda: decode(topology=s.MultiBlank({0: 2})), "topology: 0"),
        (lambda: decode(topology=s.MultiBlank({1: 0})), "topology: 0 frames"),
        (lambda: decode(predictor=3), "predictor: 3 is no function"),
        (lambda: decode(frames=np.zeros(3)), "frames: shape"),
        (lambda: decode(predictor=lambda states, labels: []), "predictor: 0 states for 1"),
        (lambda: decode(joiner=lambda f, states: np.zeros((1, 2))), r"joiner: shape \[1, 2\]"),
        (
            lambda: decode(joiner=lambda f, states: np.full((len(states), 3), np.nan)),
            "joiner, sample 0, position 0: nan for token 0",
        ),
        (lambda: s.transducer_greedy_decode(np.zeros((1, 2, 2)), id, id, labels=3, lengths=[3]), "3"),
        (lambda: s.transducer_greedy_decode(np.zeros(2), id, id, labels=3), "frames: shape"),
    ],
)
def test_mistakes_are_value_errors(call, message):
    with pytest.raises(ValueError, match=message):
        call()
