"""The JAX module under JAX's transformations, and against optax."""

import importlib

import documented
import numpy as np
import pytest

jax = pytest.importorskip("jax")
jax.config.update("jax_platforms", "cpu")

import jax.numpy as jnp  # noqa: E402

import swift_seq2seq_losses as numpy_losses  # noqa: E402
from swift_seq2seq_losses.jax import ctc_loss  # noqa: E402


class Case:
    """A random batch that some alignment fits."""

    def __init__(self, index, dtype=np.float32):
        random = np.random.default_rng(index)
        self.blank = int(random.integers(4))
        self.logits = jnp.asarray(random.normal(size=(3, 7, 4)).astype(dtype))
        labels = random.integers(0, 3, (3, 3))
        self.labels = labels + (labels >= self.blank)
        self.frames = random.integers(6, 8, 3)
        self.counts = random.integers(0, 4, 3)
        self.logit_paddings = (np.arange(7) >= self.frames[:, None]).astype(np.float32)
        self.label_paddings = (np.arange(3) >= self.counts[:, None]).astype(np.float32)

    @property
    def others(self):
        return self.logit_paddings, self.labels, self.label_paddings

    def losses(self, logits):
        return ctc_loss(logits, *self.others, blank_id=self.blank)

    def total(self, logits):
        return self.losses(logits).sum()

    def numpy(self, function, **options):
        return function(
            np.asarray(self.logits), self.labels, self.frames, self.counts, blank=self.blank,
            **options,
        )


@pytest.mark.parametrize("dtype", (np.float16, jnp.bfloat16, np.float32))
def test_first_derivatives(dtype):
    for index in range(10):
        case = Case(index, dtype)
        losses, gradient = case.numpy(numpy_losses.ctc_loss_and_gradient)
        for function in (case.losses, jax.jit(case.losses)):
            result = function(case.logits)
            assert result.dtype == np.float32
            np.testing.assert_array_equal(result, losses.astype(np.float32))
        for function in (jax.grad(case.total), jax.jit(jax.grad(case.total))):
            np.testing.assert_array_equal(function(case.logits), gradient)
        vector = jnp.ones_like(case.logits).at[:, 0, 0].set(2)
        _, slopes = jax.jvp(case.losses, (case.logits,), (vector,))
        expected = (np.asarray(gradient, float) * np.asarray(vector, float)).sum((1, 2))
        np.testing.assert_allclose(slopes, expected, atol=2 * float(jnp.finfo(dtype).eps))


def test_second_derivatives():
    for index in range(5):
        case = Case(index)
        expected = case.numpy(numpy_losses.ctc_hessian)
        for hessian in (
            jax.hessian(case.losses),
            jax.jit(jax.jacrev(jax.jacrev(case.losses))),
            jax.jacfwd(jax.jacfwd(case.losses)),
        ):
            result = hessian(case.logits)
            for sample in range(3):
                # Roundings of products of probabilities.
                np.testing.assert_allclose(
                    result[sample, sample][:, :, sample], expected[sample], atol=1e-6
                )
        vector = np.random.default_rng(index).normal(size=case.logits.shape).astype(np.float32)
        _, product = jax.jvp(jax.grad(case.total), (case.logits,), (vector,))
        np.testing.assert_array_equal(
            product, case.numpy(numpy_losses.ctc_hessian_vector_product, vector=vector)
        )


def test_third_derivatives_are_an_error():
    case = Case(0)
    with pytest.raises(NotImplementedError, match="third derivatives"):
        jax.jacfwd(jax.hessian(case.total))(case.logits)


def test_vmap():
    case = Case(1)
    many = jnp.stack([case.logits, 2 * case.logits])
    np.testing.assert_array_equal(jax.vmap(case.losses)(many)[1], case.losses(many[1]))
    gradients = jax.jit(jax.vmap(jax.grad(case.total)))(many)
    np.testing.assert_array_equal(gradients[1], jax.grad(case.total)(many[1]))
    twice = jax.vmap(jax.vmap(case.losses))(jnp.stack([many, many]))
    np.testing.assert_array_equal(twice[1], jax.vmap(case.losses)(many))
    labels = jnp.stack([case.labels, case.labels[:, ::-1]])
    losses = jax.vmap(
        lambda labels: ctc_loss(
            case.logits, case.logit_paddings, labels, case.label_paddings, blank_id=case.blank
        )
    )(labels)
    np.testing.assert_array_equal(losses[0], case.losses(case.logits))


def test_agrees_with_optax():
    optax = pytest.importorskip("optax")
    for index in range(10):
        case = Case(index)

        def theirs(logits):
            return optax.ctc_loss(logits, *case.others, blank_id=case.blank)

        # optax's sums of logarithms in float32.
        np.testing.assert_allclose(case.losses(case.logits), theirs(case.logits), rtol=2e-6)
        np.testing.assert_allclose(
            jax.grad(case.total)(case.logits),
            jax.grad(lambda logits: theirs(logits).sum())(case.logits), atol=2e-6,
        )


def test_edges_and_mistakes():
    zeros = np.zeros((1, 2))
    logits = jnp.zeros((1, 2, 3))
    double = np.array([[1, 1]])
    assert ctc_loss(logits, zeros, double, zeros)[0] == np.inf
    assert not jax.grad(lambda x: ctc_loss(x, zeros, double, zeros).sum())(logits).any()
    empty = ctc_loss(jnp.zeros((0, 2, 3)), zeros[:0], double[:0], zeros[:0])
    assert empty.shape == (0,)
    with pytest.raises(ValueError, match="labels, sample 0, position 1: 3"):
        ctc_loss(logits, zeros, np.array([[1, 3]]), zeros)
    with pytest.raises(ValueError, match="labels, sample 0, position 1: 3"):
        jax.grad(lambda x: ctc_loss(x, zeros, np.array([[1, 3]]), zeros).sum())(logits)
    with pytest.raises(Exception, match="labels, sample 0, position 1: 3"):
        jax.jit(ctc_loss)(logits, zeros, np.array([[1, 3]]), zeros).block_until_ready()
    with pytest.raises(ValueError, match="logit_paddings, sample 0, position 0"):
        ctc_loss(logits, np.array([[1, 0]]), double, zeros)
    with pytest.raises(ValueError, match="label_paddings: shape"):
        ctc_loss(logits, zeros, double, zeros[:, :1])
    with pytest.raises(ValueError, match=r"logits: shape \[2, 3\]"):
        ctc_loss(logits[0], zeros, double, zeros)
    with pytest.raises(ValueError, match="blank: 3"):
        ctc_loss(logits, zeros, double, zeros, blank_id=3)


def test_help_shows_every_argument():
    assert documented.shortcomings(importlib.import_module("swift_seq2seq_losses.jax")) == []
