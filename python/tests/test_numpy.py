"""The NumPy functions against the enumeration of all alignments, and as arrays and options vary."""

import itertools
import resource
import sys
import threading

import numpy as np
import pytest

import swift_seq2seq_losses as s2s

TOPOLOGIES = ("classic", "simplified", "no_blank")


def collapse(path, blank, topology):
    kept = [
        token
        for index, token in enumerate(path)
        if topology == "simplified" or index == 0 or token != path[index - 1]
    ]
    return [token for token in kept if topology == "no_blank" or token != blank]


def log_softmax(logits):
    shifted = logits - logits.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


def alignments(logits, labels, blank, topology):
    """All paths of one sample that collapse to its labels, and their log-probabilities."""
    log_probabilities = log_softmax(logits)
    frames, vocabulary = logits.shape
    paths = [
        path
        for path in itertools.product(range(vocabulary), repeat=frames)
        if collapse(path, blank, topology) == list(labels)
    ]
    scores = [sum(log_probabilities[t, k] for t, k in enumerate(path)) for path in paths]
    return paths, np.array(scores)


def batch(seed, dtype=np.float64, scale=2.0, topology="classic"):
    random = np.random.default_rng(seed)
    logits = (random.normal(size=(3, 4, 3)) * scale).astype(dtype)
    # Without a blank two equal labels in a row have no path; label 1 is the blank of the others.
    first = [2, 1] if topology == "no_blank" else [2, 2]
    return logits, [first, [0], [2, 0, 2]], np.array([4, 3, 4])


@pytest.mark.parametrize("topology", TOPOLOGIES)
def test_agrees_with_the_enumeration_of_alignments(topology):
    for seed in range(10):
        logits, labels, frames = batch(seed, topology=topology)
        options = dict(blank=1, topology=topology)
        losses = s2s.ctc_loss(logits, labels, frames, **options)
        occupancy = s2s.ctc_occupancy(logits, labels, frames, **options)
        entropies = s2s.ctc_entropy(logits, labels, frames, **options)
        best = s2s.ctc_best_path(logits, labels, frames, **options)
        for sample in range(3):
            valid = frames[sample]
            paths, scores = alignments(logits[sample, :valid], labels[sample], 1, topology)
            total = np.logaddexp.reduce(scores)
            posterior = np.exp(scores - total)
            # A few roundings of numbers around 10.
            assert losses[sample] == pytest.approx(-total, rel=1e-14)
            assert entropies[sample] == pytest.approx(-(posterior * (scores - total)).sum(), abs=1e-13)
            expected = np.zeros((4, 3))
            for path, share in zip(paths, posterior):
                for t, k in enumerate(path):
                    expected[t, k] += share
            np.testing.assert_allclose(occupancy[sample], expected, atol=1e-14)
            assert best.log_probabilities[sample] == pytest.approx(scores.max(), rel=1e-14)
            assert tuple(best.tokens[sample, :valid]) == paths[int(scores.argmax())]
            assert (best.tokens[sample, valid:] == -1).all()
            emitted = best.label_indices[sample][best.label_indices[sample] >= 0]
            assert [labels[sample][i] for i in dict.fromkeys(emitted)] == labels[sample]


@pytest.mark.parametrize("inputs", ("logits", "log_probabilities"))
@pytest.mark.parametrize("topology", TOPOLOGIES)
def test_derivatives_are_those_of_the_loss(topology, inputs):
    logits, labels, frames = batch(3, topology=topology)
    options = dict(blank=1, topology=topology, inputs=inputs)
    step = 1e-5
    losses, gradient = s2s.ctc_loss_and_gradient(logits, labels, frames, **options)
    np.testing.assert_array_equal(losses, s2s.ctc_loss(logits, labels, frames, **options))
    hessian = s2s.ctc_hessian(logits, labels, frames, **options)
    assert hessian.shape == (3, 4, 3, 4, 3)
    for t, k in itertools.product(range(4), range(3)):
        direction = np.zeros_like(logits)
        direction[:, t, k] = 1
        (above, slope_above), (below, slope_below) = (
            s2s.ctc_loss_and_gradient(logits + sign * step * direction, labels, frames, **options)
            for sign in (1, -1)
        )
        # Central differences: the step's square, and a rounding over it.
        np.testing.assert_allclose((above - below) / (2 * step), gradient[:, t, k], atol=1e-9)
        slope = (slope_above - slope_below) / (2 * step)
        np.testing.assert_allclose(slope, hessian[:, :, :, t, k], atol=1e-9)
        product = s2s.ctc_hessian_vector_product(
            logits, labels, frames, vector=direction, **options
        )
        np.testing.assert_allclose(product, hessian[:, :, :, t, k], atol=1e-13)


def test_reductions():
    logits, labels, frames = batch(1)
    losses, gradient = s2s.ctc_loss_and_gradient(logits, labels, frames, blank=1)
    counts = np.array([2, 1, 3])
    factors = {"sum": np.ones(3), "mean": np.full(3, 1 / 3), "mean_by_label_length": 1 / (3 * counts)}
    for reduction, factor in factors.items():
        loss, reduced = s2s.ctc_loss_and_gradient(
            logits, labels, frames, blank=1, reduction=reduction
        )
        assert loss == pytest.approx((losses * factor).sum(), rel=1e-15)
        assert loss == s2s.ctc_loss(logits, labels, frames, blank=1, reduction=reduction)
        # The gradient is a difference of two shares of one: a rounding of those.
        np.testing.assert_allclose(reduced, gradient * factor[:, None, None], atol=1e-15)
        _, weighted = s2s.ctc_loss_and_gradient(
            logits, labels, frames, blank=1, reduction=reduction, weights=[1, 0, -2]
        )
        np.testing.assert_allclose(
            weighted, reduced * np.array([1, 0, -2])[:, None, None], atol=1e-15
        )


def test_samples_are_drawn_from_the_posterior():
    logits, labels, frames = batch(5)
    count = 20_000
    draws = s2s.ctc_sample(logits, labels, frames, blank=1, count=count, seed=3)
    again = s2s.ctc_sample(logits, labels, frames, blank=1, count=count, seed=3, threads=1)
    np.testing.assert_array_equal(draws.tokens, again.tokens)
    occupancy = s2s.ctc_occupancy(logits, labels, frames, blank=1)
    for t in range(3):
        share = (draws.tokens[:, :, t, None] == np.arange(3)).mean(axis=1)
        # Five standard deviations of a mean of 20,000.
        np.testing.assert_allclose(share, occupancy[:, t], atol=5 * 0.5 / count**0.5)


def test_lattice_variables_meet_at_every_frame():
    logits, labels, frames = batch(2)
    losses = s2s.ctc_loss(logits, labels, frames, blank=1)
    alpha, beta, gamma, occupancy = s2s.ctc_lattice_variables(logits, labels, frames, blank=1, gamma=True)
    for sample, valid in enumerate(frames):
        for t in range(valid + 1):
            total = np.logaddexp.reduce(alpha[sample, t] + beta[sample, t])
            assert total == pytest.approx(-losses[sample], rel=1e-13)
        np.testing.assert_allclose(
            np.exp(gamma[sample, 0, 0, valid]), np.exp(alpha[sample, valid]), rtol=1e-13
        )
    expected = s2s.ctc_occupancy(logits, labels, frames, blank=1)
    np.testing.assert_allclose(np.exp(occupancy), expected, atol=1e-14)


def test_labels_in_three_forms():
    logits, labels, frames = batch(4)
    expected = s2s.ctc_loss(logits, labels, frames, blank=1)
    counts = [2, 1, 3]
    padded = np.array([[2, 2, -7], [0, 9, 9], [2, 0, 2]], dtype=np.int32)
    for dtype in (np.int8, np.int64):
        losses = s2s.ctc_loss(logits, padded.astype(dtype), frames, counts, blank=1)
        np.testing.assert_array_equal(losses, expected)
    joined = np.concatenate(labels).astype(np.uint16)
    np.testing.assert_array_equal(
        s2s.ctc_loss(logits, joined, frames, counts, blank=1), expected
    )
    # A column of a wider array, and no labels at all.
    losses = s2s.ctc_loss(logits, padded.repeat(2, axis=1)[:, ::2], frames, counts, blank=1)
    np.testing.assert_array_equal(losses, expected)
    empty = s2s.ctc_loss(logits, [[], [], []], frames, blank=1)
    np.testing.assert_array_equal(
        empty, s2s.ctc_loss(logits, np.empty((3, 0), dtype=int), frames, blank=1)
    )


def test_strided_arrays_are_read_in_place():
    logits, labels, frames = batch(6, dtype=np.float32)
    expected = s2s.ctc_loss_and_gradient(logits, labels, frames, blank=1)
    wide = np.zeros((4, 3, 2, 3), dtype=np.float32)
    view = wide[::-1, :, 1, ::-1].transpose(1, 0, 2)
    view[...] = logits
    record = np.zeros(logits.shape, dtype=[("flag", "i1"), ("value", "f4")])
    record["value"] = logits
    for same in (view, record["value"], logits.astype(">f4"), logits.tolist()):
        losses, gradient = s2s.ctc_loss_and_gradient(same, labels, frames, blank=1)
        np.testing.assert_allclose(losses, expected[0], rtol=1e-7)
        np.testing.assert_allclose(gradient, expected[1], atol=1e-6)
    samples = np.broadcast_to(logits[:1], logits.shape)
    assert len(set(s2s.ctc_loss(samples, [[2]] * 3, blank=1))) == 1


@pytest.mark.parametrize(
    "name, tolerance", (("float16", 1e-3), ("bfloat16", 8e-3), ("float32", 1e-6))
)
def test_element_types(name, tolerance):
    """Losses and derivatives are those of the rounded logits, rounded once."""
    dtype = pytest.importorskip("ml_dtypes").bfloat16 if name == "bfloat16" else np.dtype(name)
    logits, labels, frames = batch(8, dtype=dtype)
    losses, gradient = s2s.ctc_loss_and_gradient(logits, labels, frames, blank=1)
    exact, slope = s2s.ctc_loss_and_gradient(logits.astype(np.float64), labels, frames, blank=1)
    assert losses.dtype == np.float64 and gradient.dtype == logits.dtype
    np.testing.assert_allclose(losses, exact, rtol=1e-6)
    np.testing.assert_allclose(gradient.astype(float), slope, atol=tolerance)


def test_edges():
    nan = np.full((1, 2, 3), np.nan)
    assert np.isnan(s2s.ctc_loss(nan, [[1]])).all()
    assert s2s.ctc_loss(nan, [[]], [0]).tolist() == [0]
    losses, gradient = s2s.ctc_loss_and_gradient(np.zeros((1, 2, 3)), [[1, 1]])
    assert losses.tolist() == [np.inf] and not gradient.any()
    losses, gradient = s2s.ctc_loss_and_gradient(np.zeros((0, 2, 3)), [])
    assert losses.shape == (0,) and gradient.shape == (0, 2, 3)
    assert s2s.ctc_loss(np.zeros((0, 2, 3)), [], reduction="sum") == 0
    assert np.isnan(s2s.ctc_loss(np.zeros((0, 2, 3)), [], reduction="mean"))
    far = np.array([[[0, 1e10, -np.inf]]])
    assert s2s.ctc_loss(far, [[1]]).tolist() == [0]
    assert s2s.ctc_loss(far, [[]]).tolist() == [1e10]
    assert s2s.ctc_loss(far, [[2]]).tolist() == [np.inf]
    assert s2s.ctc_hessian(np.zeros((1, 0, 3)), [[]]).shape == (1, 0, 3, 0, 3)


@pytest.mark.parametrize(
    "change, message",
    [
        (dict(logits=np.zeros((2, 3))), "logits: shape [2, 3]"),
        (dict(logits=np.zeros((2, 4, 3), dtype=int)), "logits: int64 is not one of float32"),
        (dict(labels=[[1]]), "labels: 1 sequences for a batch of 2"),
        (dict(labels=[[1], [3]]), "labels, sample 1, position 0: 3 is outside 0..<3"),
        (dict(labels=[[1], [0]]), "labels, sample 1, position 0"),
        (dict(labels=[[1], [-1]]), "labels, sample 1, position 0: -1"),
        (dict(labels=[[1], [0.5]]), "labels, sample 1: float64 where integers"),
        (dict(labels=[[1], [[2]]]), "labels, sample 1: shape [1, 1]"),
        (dict(labels=np.array([1, 2])), "labels: shape [2]"),
        (dict(labels=np.array([1, 2]), label_lengths=[1, 2]), "label_lengths, sample 1: 2"),
        (dict(labels=np.array([[1], [2]]), label_lengths=[1, 2]), "label_lengths, sample 1: 2"),
        (dict(labels=np.array([[2**64 - 1], [1]], dtype=np.uint64)), "labels: 18446744073709551615"),
        (dict(logit_lengths=[4]), "logit_lengths: shape [1] for a batch of 2"),
        (dict(logit_lengths=[4, 5]), "logit_lengths, sample 1: 5 is outside 0...4"),
        (dict(logit_lengths=[4, -1]), "logit_lengths, sample 1: -1"),
        (dict(blank=3), "blank: 3"),
        (dict(blank=-1), "blank: -1"),
        (dict(blank=0.5), "blank: 0.5 is not an integer"),
        (dict(topology="hmm"), "topology: 'hmm' is not one of classic, simplified"),
        (dict(inputs="probabilities"), "inputs: 'probabilities'"),
        (dict(reduction="max"), "reduction: 'max'"),
        (dict(threads=0), "threads: 0"),
        (dict(threads="2"), "threads: '2' is not an integer"),
        (dict(labels=None), "labels: None"),
        (dict(labels=3), "labels: 3"),
        (dict(logits=np.zeros((2, 4, 0))), "logits: the vocabulary is empty"),
    ],
)
def test_mistakes_are_value_errors_that_name_them(change, message):
    arguments = dict(logits=np.zeros((2, 4, 3)), labels=[[1], [2]], **{})
    arguments.update(change)
    with pytest.raises(ValueError) as error:
        s2s.ctc_loss(**arguments)
    assert str(error.value).startswith(message)


def test_mistakes_in_other_arguments():
    logits = np.zeros((2, 4, 3))
    with pytest.raises(ValueError, match="vector: shape"):
        s2s.ctc_hessian_vector_product(logits, [[1], [2]], vector=np.zeros((2, 4, 2)))
    with pytest.raises(ValueError, match="weights: shape"):
        s2s.ctc_loss_and_gradient(logits, [[1], [2]], weights=[1])
    with pytest.raises(ValueError, match="count: -1"):
        s2s.ctc_sample(logits, [[1], [2]], count=-1)
    with pytest.raises(ValueError, match="seed: 1.5"):
        s2s.ctc_sample(logits, [[1], [2]], seed=1.5)


def test_results_do_not_depend_on_threads():
    random = np.random.default_rng(0)
    logits = random.normal(size=(16, 60, 20)).astype(np.float32)
    labels = random.integers(1, 20, size=(16, 12))
    one = s2s.ctc_loss_and_gradient(logits, labels, threads=1)
    for threads in (2, 7, None):
        many = s2s.ctc_loss_and_gradient(logits, labels, threads=threads)
        np.testing.assert_array_equal(one[0], many[0])
        np.testing.assert_array_equal(one[1], many[1])


def test_the_gradient_goes_where_it_is_wanted():
    logits, labels, frames = batch(2, dtype=np.float32)
    _, expected = s2s.ctc_loss_and_gradient(logits, labels, frames, blank=1)
    out = np.full((4, 3, 6), 7, dtype=np.float32).transpose(1, 0, 2)[:, :, ::-2]
    _, gradient = s2s.ctc_loss_and_gradient(logits, labels, frames, blank=1, out=out)
    assert gradient is out
    np.testing.assert_allclose(out, expected, atol=1e-7)
    assert (out.base[..., ::2] == 7).all()
    for wrong in (logits, [1], np.empty((3, 4, 2), np.float32), np.empty((3, 4, 3)), expected[:1].repeat(3, 0)[:2]):
        with pytest.raises(ValueError, match="out|gradient"):
            s2s.ctc_loss_and_gradient(logits, labels, frames, blank=1, out=wrong)
    with pytest.raises(ValueError, match="gradient"):
        shared = np.lib.stride_tricks.as_strided(expected, expected.shape, (0, 12, 4))
        s2s.ctc_loss_and_gradient(logits, labels, frames, blank=1, out=shared)


def test_two_threads_at_once_get_their_own_results_and_errors():
    logits, labels, frames = batch(9)
    expected = s2s.ctc_loss(logits, labels, frames, blank=1).tolist()
    failures = []

    def work(index):
        for _ in range(300):
            if s2s.ctc_loss(logits, labels, frames, blank=1).tolist() != expected:
                failures.append("result")
            try:
                s2s.ctc_loss(logits, [[index + 10], [0], [0]], blank=1)
                failures.append("no error")
            except ValueError as error:
                if f"{index + 10} is outside" not in str(error):
                    failures.append(str(error))

    threads = [threading.Thread(target=work, args=(index,)) for index in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_the_interpreter_goes_on_during_a_call():
    """Calls release the GIL: Python code runs while one is under way."""
    logits = np.zeros((4, 2000, 200), dtype=np.float32)
    labels = np.ones((4, 400), dtype=int)
    done = threading.Event()

    def call():
        s2s.ctc_loss_and_gradient(logits, labels, threads=1)
        done.set()

    switch = sys.getswitchinterval()
    # Longer than the call: without its release this thread would not get a turn before the end.
    sys.setswitchinterval(60)
    try:
        thread = threading.Thread(target=call)
        thread.start()
        turns = 0
        while not done.wait(1e-4):
            turns += 1
        thread.join()
    finally:
        sys.setswitchinterval(switch)
    assert turns > 2


def test_calls_leak_nothing():
    logits, labels, frames = batch(7, dtype=np.float32)

    def calls(count):
        for _ in range(count):
            s2s.ctc_loss_and_gradient(logits, labels, frames, blank=1)
            s2s.ctc_best_path(logits, labels, frames, blank=1)
            try:
                s2s.ctc_loss(logits, [[5], [5], [5]], blank=1)
            except ValueError:
                pass

    calls(1000)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    calls(10_000)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    # In KiB (bytes on macOS): a leak of 50 bytes a call would be 500 KiB more than this.
    assert grown < (1024 if sys.platform == "linux" else 1024 * 1024)
