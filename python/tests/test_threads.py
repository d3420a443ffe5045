"""Objects around handles, used by several threads, by functions that they call, after a fork, and copied."""

import copy
import gc
import os
import pickle
import resource
import subprocess
import sys
import threading

import numpy as np
import pytest

import swift_seq2seq_losses as s2s
from swift_seq2seq_losses._native import arguments, handles, library


def log_probabilities(time, vocabulary=5, seed=0):
    values = np.random.default_rng(seed).normal(size=(time, vocabulary))
    return values - np.log(np.exp(values).sum(-1, keepdims=True))


def predictor(states, labels):
    return [(state or 0) * 5 + int(label) + 1 for state, label in zip(states, labels)]


def joiner(rows, states):
    return rows + np.array([[(state * token % 7) / 7 for token in range(5)] for state in states])


def in_threads(count, function):
    """What each of some threads raises, `None` for nothing."""
    results = [None] * count

    def run(index):
        try:
            function(index)
        except Exception as error:  # noqa: BLE001
            results[index] = error

    threads = [threading.Thread(target=run, args=(index,)) for index in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_threads_that_feed_one_stream_wait_for_each_other():
    stream = s2s.BeamSearchDecoder(5, spans=False).stream()
    rows = log_probabilities(1)

    def run(index):
        for _ in range(200):
            stream.feed(rows)
            stream.hypotheses()
            _ = stream.stable_tokens
            stream.finish()

    assert in_threads(4, run) == [None] * 4
    # The rows are equal, so their order does not matter.
    other = s2s.BeamSearchDecoder(5, spans=False).stream()
    other.feed(np.repeat(rows, 800, axis=0))
    assert stream.finish() == other.finish()


@pytest.mark.parametrize("greedy", [False, True])
def test_threads_that_feed_one_transducer_stream_wait_or_get_an_error(greedy):
    decoder = s2s.TransducerBeamSearchDecoder(5)
    stream = decoder.stream(predictor, joiner, greedy=greedy)
    rows = log_probabilities(1)
    fed = [0] * 4

    def run(index):
        for _ in range(50):
            try:
                stream.feed(rows)
                fed[index] += 1
                stream.hypotheses()
            except ValueError as error:
                assert "stream: in use" in str(error)

    assert in_threads(4, run) == [None] * 4
    assert stream.frames == sum(fed) > 0
    other = decoder.stream(predictor, joiner, greedy=greedy)
    if sum(fed):
        other.feed(np.repeat(rows, sum(fed), axis=0))
    assert stream.finish() == other.finish()


USES = {
    "feed": lambda stream: stream.feed(log_probabilities(1)),
    "hypotheses": lambda stream: stream.hypotheses(),
    "stable_tokens": lambda stream: stream.stable_tokens,
    "finish": lambda stream: stream.finish(),
    "frames": lambda stream: stream.frames,
}


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize("greedy", [False, True])
@pytest.mark.parametrize("by", ["predictor", "joiner"])
@pytest.mark.parametrize("in_a_thread", [False, True])
def test_a_model_that_uses_its_own_stream_gets_an_error(use, greedy, by, in_a_thread):
    errors, streams = [], []

    def misuse():
        def run(index=0):
            try:
                USES[use](streams[0])
            except ValueError as error:
                errors.append(str(error))

        if streams:
            in_threads(1, run) if in_a_thread else run()

    def own_predictor(states, labels):
        if by == "predictor":
            misuse()
        return predictor(states, labels)

    def own_joiner(rows, states):
        if by == "joiner":
            misuse()
        return joiner(rows, states)

    decoder = s2s.TransducerBeamSearchDecoder(5)
    streams.append(decoder.stream(own_predictor, own_joiner, greedy=greedy))
    rows = log_probabilities(8)
    streams[0].feed(rows)
    assert errors and all("stream: in use" in error for error in errors)
    # The stream has gone on.
    other = decoder.stream(predictor, joiner, greedy=greedy)
    other.feed(rows)
    assert streams[0].finish() == other.finish()


def test_a_model_that_raises_leaves_the_stream_usable():
    decoder = s2s.TransducerBeamSearchDecoder(5)
    fails = [True]

    def own_joiner(rows, states):
        if fails[0]:
            raise KeyError("mine")
        return joiner(rows, states)

    stream = decoder.stream(predictor, own_joiner)
    rows = log_probabilities(4)
    with pytest.raises(KeyError, match="mine"):
        stream.feed(rows)
    fails[0] = False
    stream.feed(rows)
    other = decoder.stream(predictor, joiner)
    other.feed(rows)
    assert stream.finish() == other.finish()


def test_a_model_may_use_other_objects_and_functions():
    decoder = s2s.TransducerBeamSearchDecoder(5)
    inner = []

    def own_joiner(rows, states):
        inner.append(decoder.decode(log_probabilities(2), predictor, joiner))
        s2s.ctc_loss(log_probabilities(3)[None], [[1]])
        return joiner(rows, states)

    rows = log_probabilities(4)
    found = decoder.decode(rows, predictor, own_joiner)
    assert found == decoder.decode(rows, predictor, joiner)
    assert all(hypotheses == inner[0] for hypotheses in inner)


def test_handles_that_are_destroyed_or_of_another_kind_are_errors():
    decoder = s2s.BeamSearchDecoder(5)
    handle = handles.Handle("stream", library.stream_create, decoder._handle)
    rows = arguments.tensor(log_probabilities(1)[None])
    handle._finalizer()
    with pytest.raises(ValueError, match="stream: destroyed"):
        library.stream_feed(handle, rows)
    # Twice is once.
    library.loaded.seq2seq_stream_destroy(handle.pointer)
    with pytest.raises(ValueError, match="stream: destroyed, or no handle of this kind"):
        library.stream_feed(decoder._handle, rows)
    library.loaded.seq2seq_stream_destroy(decoder._handle.pointer)
    assert decoder.decode(log_probabilities(2))


def test_a_stream_may_be_destroyed_by_its_own_model_and_by_other_threads():
    decoder = s2s.TransducerBeamSearchDecoder(5)
    streams = []

    def own_joiner(rows, states):
        streams[0]._handle._finalizer()
        return joiner(rows, states)

    streams.append(decoder.stream(predictor, own_joiner))
    streams[0].feed(log_probabilities(1))
    with pytest.raises(ValueError, match="stream: destroyed"):
        streams[0].finish()

    for _ in range(20):
        stream = s2s.BeamSearchDecoder(5).stream()

        def run(index):
            if index == 0:
                stream._handle._finalizer()
            else:
                for _ in range(5):
                    try:
                        stream.feed(log_probabilities(20))
                    except ValueError as error:
                        assert "stream: destroyed" in str(error)

        assert in_threads(3, run) == [None] * 3


def test_streams_are_not_copied_and_what_never_changes_is_shared(tmp_path):
    path = tmp_path / "model.arpa"
    path.write_text("\\data\\\nngram 1=3\n\n\\1-grams:\n-1\t<s>\n-1\t</s>\n-1\ta\n\n\\end\\\n")
    decoder = s2s.BeamSearchDecoder(5)
    transducer = s2s.TransducerBeamSearchDecoder(5)
    for stream in (decoder.stream(), transducer.stream(predictor, joiner)):
        for function in (copy.copy, copy.deepcopy, pickle.dumps):
            with pytest.raises(TypeError, match=type(stream).__name__):
                function(stream)
    for immutable in (decoder, transducer, s2s.NGramModel(path)):
        assert copy.copy(immutable) is immutable
        assert copy.deepcopy({"a": immutable})["a"] is immutable
        with pytest.raises(TypeError, match=type(immutable).__name__):
            pickle.dumps(immutable)


def test_plain_results_and_options_are_copied_and_pickled():
    found = s2s.BeamSearchDecoder(5).decode(log_probabilities(4))
    for value in (found, s2s.MultiBlank({1: 2}), s2s.TokenAndDuration([0, 1]), s2s.Wildcard()):
        assert pickle.loads(pickle.dumps(value)) == copy.deepcopy(value) == value


def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize()


@pytest.mark.skipif(sys.platform != "linux", reason="/proc")
@pytest.mark.parametrize("threads", [1, 8])
def test_memory_that_many_options_keep_is_bounded(threads):
    logits = np.zeros((1, 1500, 300), "f4")

    def run(index):
        for blank in range(index, 300, threads):
            labels = [token for token in range(250) if token != blank][:200]
            s2s.ctc_loss_and_gradient(logits, [labels], blank=blank, threads=1)

    run(299)
    before = resident()
    in_threads(threads, run)
    gc.collect()
    # Eight losses of 4 MB for each thread, and what the allocator keeps; it was 1.1 GB.
    assert resident() - before < 250 << 20


def test_one_enormous_sample_does_not_keep_its_memory():
    if sys.platform != "linux":
        pytest.skip("/proc")
    small, large = np.zeros((1, 4, 5), "f4"), np.zeros((1, 60_000, 5), "f4")
    s2s.ctc_loss_and_gradient(small, [[1]], threads=1)
    before = resident()
    s2s.ctc_loss_and_gradient(large, [[1, 2, 3, 4] * 1000], threads=1)
    del large
    for _ in range(1100):
        s2s.ctc_loss_and_gradient(small, [[1]], threads=1)
    assert resident() - before < 16 << 20


def test_many_threads_may_share_all_losses():
    logits = np.random.default_rng(0).normal(size=(2, 9, 5)).astype("f4")
    expected = [s2s.ctc_loss(logits, [[1, 2], [3]] if blank != 3 else [[1, 2], [0]], blank=blank)
                for blank in (0, 4, 3)]

    def run(index):
        for _ in range(100):
            # More kinds than are kept.
            for blank in (0, 4):
                for threads in range(1, 9):
                    found = s2s.ctc_loss(logits, [[1, 2], [3]], blank=blank, threads=threads)
                    assert (found == expected[blank // 4]).all()

    assert in_threads(4, run) == [None] * 4


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
def test_a_forked_child_works_on_one_thread():
    program = """
import os, signal
import numpy as np
import swift_seq2seq_losses as s
logits = np.zeros((8, 50, 20), "f4")
labels = [[1, 2]] * 8
before = s.ctc_loss(logits, labels, threads=4)
child = os.fork()
signal.alarm(30)
same = (s.ctc_loss(logits, labels, threads=4) == before).all()
if child == 0:
    os._exit(0 if same else 1)
assert same and os.waitpid(child, 0)[1] == 0
"""
    subprocess.run([sys.executable, "-W", "ignore", "-c", program], check=True, timeout=60)


def test_an_interpreter_ends_while_threads_decode():
    program = """
import threading, time
import numpy as np
import swift_seq2seq_losses as s
stream = s.BeamSearchDecoder(50).stream()
def run():
    while True:
        stream.feed(np.zeros((100, 50)) - 3)
for _ in range(3):
    threading.Thread(target=run, daemon=True).start()
time.sleep(0.3)
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


def test_objects_end_with_their_last_reference():
    decoder = s2s.TransducerBeamSearchDecoder(5)
    stream = decoder.stream(predictor, joiner)
    del decoder
    gc.collect()
    stream.feed(log_probabilities(3))
    assert stream.finish()
