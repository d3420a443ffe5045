"""The TensorFlow module against TensorFlow and the package that it stands in for."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import documented  # noqa: E402
import numpy as np  # noqa: E402
import pytest  # noqa: E402

tf = pytest.importorskip("tensorflow")

import swift_seq2seq_losses as numpy_losses  # noqa: E402
import swift_seq2seq_losses.tensorflow as s2s  # noqa: E402

TOPOLOGIES = {"classic": s2s.classic_ctc_loss, "simplified": s2s.simplified_ctc_loss}


class Case:
    """A random batch, as small as loops over all its derivatives want it."""

    def __init__(self, index, dtype=np.float32):
        random = np.random.default_rng(index)
        self.batch, self.time, self.tokens = random.integers((1, 1, 2), (4, 6, 5))
        width = random.integers(1, 5)
        self.blank = int(random.integers(self.tokens))
        shape = (self.batch, self.time, self.tokens)
        self.logits = tf.constant(random.normal(size=shape).astype(dtype))
        labels = random.integers(0, self.tokens - 1, (self.batch, width))
        self.labels = tf.constant(labels + (labels >= self.blank), dtype=tf.int32)
        self.label_length = tf.constant(random.integers(0, width + 1, self.batch), dtype=tf.int32)
        self.logit_length = tf.constant(
            random.integers(0, self.time + 1, self.batch), dtype=tf.int32
        )

    def loss(self, logits, topology="classic"):
        arguments = self.labels, logits, self.label_length, self.logit_length, self.blank
        return TOPOLOGIES[topology](*arguments)

    def numpy(self, function, topology="classic", **options):
        return function(
            self.logits.numpy(), self.labels.numpy(), self.logit_length.numpy(),
            self.label_length.numpy(), blank=self.blank, topology=topology, **options,
        )


def learnable(index, time_major=False):
    """A batch that some alignment fits, of the sizes of `tf.nn.ctc_loss`'s arguments."""
    random = np.random.default_rng(index)
    logits = random.normal(size=(3, 12, 5)).astype(np.float32)
    labels = random.integers(0, 4, (3, 5))
    return (
        tf.constant(labels, dtype=tf.int32),
        tf.constant(logits.swapaxes(0, 1) if time_major else logits),
        tf.constant([5, 0, 3]),
        tf.constant([12, 7, 10]),
    )


@pytest.mark.parametrize("topology", TOPOLOGIES)
def test_first_derivatives(topology):
    for index in range(20):
        case = Case(index)
        losses, gradient = case.numpy(numpy_losses.ctc_loss_and_gradient, topology)
        weights = np.linspace(1, 2, case.batch, dtype=np.float32)

        def weighted(logits):
            with tf.GradientTape() as tape:
                tape.watch(logits)
                results = case.loss(logits, topology)
                total = tf.reduce_sum(results * weights)
            return results, tape.gradient(total, logits)

        for function in (weighted, tf.function(weighted)):
            results, slope = function(case.logits)
            np.testing.assert_array_equal(results, losses.astype(np.float32))
            np.testing.assert_allclose(slope, gradient * weights[:, None, None], rtol=1e-6)


@pytest.mark.parametrize("topology", TOPOLOGIES)
@pytest.mark.parametrize("use_pfor", (False, True))
def test_second_derivatives(topology, use_pfor):
    for index in range(4):
        case = Case(index)
        expected = case.numpy(numpy_losses.ctc_hessian, topology)

        def hessian(logits):
            with tf.GradientTape(persistent=not use_pfor) as outer:
                outer.watch(logits)
                with tf.GradientTape() as inner:
                    inner.watch(logits)
                    total = tf.reduce_sum(case.loss(logits, topology))
                gradient = inner.gradient(total, logits)
            return outer.batch_jacobian(gradient, logits, experimental_use_pfor=use_pfor)

        for function in (hessian, tf.function(hessian)):
            # Roundings of products of probabilities.
            np.testing.assert_allclose(function(case.logits), expected, atol=1e-6)


def test_third_derivatives_are_an_error():
    case = Case(2)
    with pytest.raises(NotImplementedError, match="third derivatives"):
        with tf.GradientTape() as third:
            third.watch(case.logits)
            with tf.GradientTape() as second:
                second.watch(case.logits)
                with tf.GradientTape() as first:
                    first.watch(case.logits)
                    loss = tf.reduce_sum(case.loss(case.logits))
                gradient = first.gradient(loss, case.logits)
            product = second.gradient(gradient, case.logits)
        third.gradient(product, case.logits)


@pytest.mark.parametrize("blank", (0, 2, -1))
@pytest.mark.parametrize("time_major", (True, False))
def test_ctc_loss_is_tensorflows(blank, time_major):
    for index in range(10):
        labels, logits, label_length, logit_length = learnable(index, time_major)
        labels += tf.cast(labels >= blank % 5, tf.int32)
        labels *= tf.sequence_mask(label_length, 5, tf.int32)
        sparse = tf.RaggedTensor.from_tensor(labels, lengths=label_length).to_sparse()
        options = dict(logits_time_major=time_major, blank_index=blank)

        def gradient(loss, labels, label_length):
            with tf.GradientTape() as tape:
                tape.watch(logits)
                losses = loss(labels, logits, label_length, logit_length, **options)
            return losses, tape.gradient(losses, logits)

        losses, slope = gradient(s2s.ctc_loss, labels, label_length)
        # TensorFlow's sums of logarithms in float32.
        theirs, their_slope = gradient(tf.nn.ctc_loss, labels, label_length)
        np.testing.assert_allclose(losses, theirs, rtol=2e-6)
        np.testing.assert_allclose(slope, their_slope, atol=1e-5)
        for function in (gradient, tf.function(gradient)):
            again, same_slope = function(s2s.ctc_loss, sparse, None)
            np.testing.assert_array_equal(again, losses)
            np.testing.assert_array_equal(same_slope, slope)


def test_unknown_shapes_and_tensors_as_blanks():
    labels, logits, label_length, logit_length = learnable(1)
    labels += 1

    @tf.function(
        input_signature=[
            tf.TensorSpec(None, tf.int32), tf.TensorSpec([None, None, None], tf.float32),
            tf.TensorSpec(None, tf.int32), tf.TensorSpec(None, tf.int32),
            tf.TensorSpec([], tf.int32),
        ]
    )
    def function(labels, logits, label_length, logit_length, blank):
        with tf.GradientTape() as tape:
            tape.watch(logits)
            losses = s2s.classic_ctc_loss(labels, logits, label_length, logit_length, blank)
        return losses, tape.gradient(losses, logits)

    losses, gradient = function(labels, logits, label_length, logit_length, tf.constant(0))
    np.testing.assert_array_equal(
        losses, s2s.classic_ctc_loss(labels, logits, label_length, logit_length)
    )
    assert gradient.shape == logits.shape
    empty = function(labels[:0], logits[:0], label_length[:0], logit_length[:0], tf.constant(0))
    assert empty[0].shape == [0] and empty[1].shape == [0, 12, 5]


def test_types():
    labels, logits, label_length, logit_length = learnable(3)
    exact = s2s.ctc_loss(
        labels + 1, tf.cast(logits, tf.float64), label_length, logit_length, False
    )
    assert exact.dtype == tf.float64
    for dtype in (tf.float16, tf.bfloat16, tf.float32):
        values = tf.cast(logits, dtype)
        with tf.GradientTape() as tape:
            tape.watch(values)
            losses = s2s.ctc_loss(labels + 1, values, label_length, logit_length, False)
        assert losses.dtype == tf.float32 and tape.gradient(losses, values).dtype == dtype
        # The logits' own rounding, in a dozen frames.
        np.testing.assert_allclose(losses, exact, rtol=0.02)


def test_mistakes():
    labels, logits, label_length, logit_length = learnable(4)
    with pytest.raises(ValueError, match="labels, sample 0, position"):
        s2s.classic_ctc_loss(labels + 9, logits, label_length, logit_length)
    with pytest.raises(Exception, match="labels, sample 0, position"):
        tf.function(s2s.classic_ctc_loss)(labels + 9, logits, label_length, logit_length)
    with pytest.raises(ValueError, match="logit_lengths, sample 0: 13"):
        s2s.ctc_loss(labels + 1, logits, label_length, logit_length + 1, False)
    with pytest.raises(ValueError, match="label_length: None"):
        s2s.ctc_loss(labels + 1, logits, None, logit_length, False)
    with pytest.raises(ValueError, match="blank_index: None"):
        s2s.ctc_loss(tf.sparse.from_dense(labels), logits, None, logit_length, False)


def test_the_losses_data_are_the_seed_packages():
    """Hundreds of random batches; infeasible ones, empty labels and no frames among them."""
    pytest.importorskip("tf_seq2seq_losses")
    from tf_seq2seq_losses.classic_ctc_loss import ClassicCtcLossData
    from tf_seq2seq_losses.simplified_ctc_loss import SimplifiedCtcLossData

    pairs = (
        (s2s.ClassicCtcLossData, ClassicCtcLossData),
        (s2s.SimplifiedCtcLossData, SimplifiedCtcLossData),
    )
    quantities = (
        "loss", "alpha", "beta", "gamma", "gradient", "hessian", "logarithmic_logproba_gradient"
    )
    for index in range(150):
        case = Case(index)
        arguments = dict(
            labels=case.labels, logprobas=tf.nn.log_softmax(case.logits),
            label_length=case.label_length, logit_length=case.logit_length,
            blank_index=case.blank,
        )
        for ours, theirs in pairs:
            mine, seed = ours(**arguments), theirs(**arguments)
            for quantity in quantities:
                # The seed's sums of logarithms in float32, of numbers around 10.
                np.testing.assert_allclose(
                    getattr(mine, quantity), getattr(seed, quantity), atol=5e-6,
                    err_msg=f"{ours.__name__}.{quantity}, case {index}",
                )


def test_the_losses_data_in_graphs():
    case = Case(5)
    arguments = case.labels, tf.nn.log_softmax(case.logits), case.label_length, case.logit_length

    def quantities():
        data = s2s.ClassicCtcLossData(*arguments, case.blank)
        return data.loss, data.alpha, data.beta, data.gamma, data.gradient, data.hessian

    for eager, graph in zip(quantities(), tf.function(quantities)()):
        np.testing.assert_array_equal(eager, graph)
    log_probabilities = arguments[1]
    with tf.GradientTape() as outer:
        outer.watch(log_probabilities)
        with tf.GradientTape() as inner:
            inner.watch(log_probabilities)
            loss = s2s.ctc_loss_from_logproba(
                case.labels, log_probabilities, case.label_length, case.logit_length, case.blank,
                s2s.ClassicCtcLossData,
            )
        gradient = inner.gradient(loss, log_probabilities)
    hessian = outer.batch_jacobian(gradient, log_probabilities)
    np.testing.assert_allclose(gradient, quantities()[4], atol=1e-7)
    np.testing.assert_allclose(hessian, quantities()[5], atol=1e-6)


def test_help_shows_every_argument():
    assert documented.shortcomings(s2s) == []
