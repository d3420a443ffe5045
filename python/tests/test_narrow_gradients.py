"""16-bit gradients are those of the same numbers in float32, rounded once."""

import numpy as np
import pytest

import swift_seq2seq_losses as s

_BITS = {"float16": 10, "bfloat16": 7}


def _type(name):
    return pytest.importorskip("ml_dtypes").bfloat16 if name == "bfloat16" else np.dtype(name)


def _units(values, name):
    """The distance of a 16-bit type's neighbors around numbers."""
    smallest = 2.0**-24 if name == "float16" else 2.0**-133
    exponents = np.floor(np.log2(np.maximum(np.abs(values), 1e-30)))
    return np.maximum(2.0 ** (exponents - _BITS[name]), smallest)


def _check(found, expected, name, roundings=1.0, slack=5e-7):
    found, expected = np.asarray(found, np.float64), np.asarray(expected, np.float64)
    assert (np.abs(found - expected) <= roundings * _units(expected, name) + slack).all()


def _likely(random, *shape):
    """Logits of rows whose blank, 0, or label, 1, has a probability of 0.5 to 0.9999."""
    logits = random.normal(size=shape)
    rows = logits.reshape(-1, shape[-1])
    rows[np.arange(len(rows)), random.integers(0, 2, len(rows))] = random.uniform(3, 11, len(rows))
    return logits


@pytest.mark.parametrize("name", _BITS)
def test_likely_blank(name):
    logits = np.array([[[[8, 0, 0, 0]]]], _type(name))
    _, gradient = s.rnnt_loss_and_gradient(logits, np.zeros((1, 0), np.int64))
    other = 1 / (np.exp(8) + 3)
    _check(gradient, [[[[-3 * other, other, other, other]]]], name, 0.5, 1e-7)


@pytest.mark.parametrize("name", _BITS)
def test_transducers(name):
    random = np.random.default_rng(0)
    labels, frames, counts = [[1, 2, 1], [1, 1, 2]], [7, 5], [3, 2]
    for member in (
        {}, {"normalization": "factored"}, {"topology": "monotonic"}, {"sigma": 0.05}, {"clamp": 0.02},
        {"fastemit_lambda": 0.3}, {"topology": s.MultiBlank({5: 2})}, {"omega": 0.3, "topology": "monotonic"},
    ):
        logits = _likely(random, 2, 7, 4, 20).astype(_type(name))
        _, found = s.rnnt_loss_and_gradient(logits, labels, frames, counts, **member)
        _, expected = s.rnnt_loss_and_gradient(logits.astype(np.float32), labels, frames, counts, **member)
        assert found.dtype == _type(name)
        _check(found, expected, name, 0.5)
    logits = _likely(random, 2, 7, 4, 23).astype(_type(name))
    options = {"durations": [0, 1, 2]}
    _, found = s.tdt_loss_and_gradient(logits, labels, frames, counts, **options)
    _, expected = s.tdt_loss_and_gradient(logits.astype(np.float32), labels, frames, counts, **options)
    _check(found, expected, name, 0.5)
    lm, am = (_likely(random, 2, size, 20).astype(_type(name)) for size in (4, 7))
    symbols = np.array(labels)
    _, *found = s.rnnt_loss_smoothed_and_gradients(lm, am, symbols, 0, lm_only_scale=0.2, am_only_scale=0.3)
    _, *expected = s.rnnt_loss_smoothed_and_gradients(
        lm.astype(np.float32), am.astype(np.float32), symbols, 0, lm_only_scale=0.2, am_only_scale=0.3
    )
    for one, other in zip(found, expected):
        _check(one, other, name, 0.5)


@pytest.mark.parametrize("name", _BITS)
def test_ctc(name):
    random = np.random.default_rng(1)
    labels = [[1, 2, 1], [1, 1]]
    lists = [[[1, 2, 1], [1]], [[1, 1], [2]]]
    risks = [[0.0, 2.0], [0.0, 1.0]]
    for _ in range(20):
        logits = _likely(random, 2, 8, 12).astype(_type(name))
        for function in (
            lambda x: s.ctc_loss_and_gradient(x, labels, weights=[1, 0.3]),
            lambda x: s.ctc_smoothed_loss_and_gradient(x, labels, smoothing=0.1),
            lambda x: s.ctc_focal_loss_and_gradient(x, labels, focus=1.5),
            lambda x: s.mwer_loss_and_gradient(
                x, lists, risks, references=labels, reference_weight=0.4
            ),
        ):
            _check(function(logits)[1], function(logits.astype(np.float32))[1], name)


@pytest.mark.parametrize("name", _BITS)
def test_factors_keep_their_digits(name):
    """The mean of three losses: a factor of 1/3, and a product that is rounded once more."""
    torch = pytest.importorskip("torch")
    from swift_seq2seq_losses.torch import ctc_loss, rnnt_loss

    random = np.random.default_rng(2)
    dtype = getattr(torch, name)
    joint = torch.tensor(_likely(random, 3, 6, 3, 20)).to(dtype)
    targets, frames, counts = torch.tensor([[1, 2], [1, 1], [2, 1]]), torch.tensor([6] * 3), torch.tensor([2] * 3)
    rows = torch.tensor(_likely(random, 3, 6, 20)).log_softmax(-1).to(dtype)
    for values, loss, roundings in (
        (joint, lambda x: rnnt_loss(x, targets, frames, counts, blank=0), 1.0),
        (rows, lambda x: ctc_loss(x.transpose(0, 1), targets, frames, counts, reduction="sum") / 3, 0.5),
    ):
        gradients = []
        for x in (values.clone(), values.float()):
            x.requires_grad_()
            loss(x).backward()
            gradients.append(x.grad.double().numpy())
        _check(*gradients, name, roundings)


@pytest.mark.parametrize("name", _BITS)
def test_factors_keep_their_digits_in_jax(name):
    jax = pytest.importorskip("jax")
    from swift_seq2seq_losses.jax import ctc_loss, rnnt_loss

    random = np.random.default_rng(3)
    labels, frames, counts = np.array([[1, 2], [1, 1], [2, 1]]), np.full(3, 6), np.full(3, 2)
    joint = _likely(random, 3, 6, 3, 20).astype(_type(name))
    rows = _likely(random, 3, 6, 20).astype(_type(name))
    for values, loss in (
        (joint, lambda x: rnnt_loss(x, labels, frames, counts).mean()),
        (rows, lambda x: ctc_loss(x, np.zeros((3, 6)), labels, np.zeros((3, 2))).mean()),
    ):
        _check(jax.grad(loss)(values), jax.grad(loss)(values.astype(np.float32)), name)


def test_sample_without_a_loss_leaves_the_others():
    """Its predictor has no part in the average that `am_only_scale` is about."""
    random = np.random.default_rng(4)
    lm, am = random.normal(size=(2, 4, 6)).astype(np.float32), random.normal(size=(2, 2, 6)).astype(np.float32)
    symbols = np.array([[1, 2, 0], [3, 4, 5]])
    boundary = np.array([[0, 0, 2, 2], [0, 0, 3, 2]])

    def run(batch):
        return s.rnnt_loss_smoothed_and_gradients(
            lm[:batch], am[:batch], symbols[:batch], 0, am_only_scale=0.4, boundary=boundary[:batch],
            rnnt_type="modified",
        )

    losses, lm_gradient, am_gradient = run(2)
    assert np.isfinite(losses[0]) and losses[1] == np.inf
    assert (lm_gradient[1] == 0).all() and (am_gradient[1] == 0).all()
    alone = run(1)
    assert losses[0] == alone[0][0]
    np.testing.assert_array_equal(lm_gradient[0], alone[1][0])
    np.testing.assert_array_equal(am_gradient[0], alone[2][0])
