"""Transducer losses of NumPy arrays: published figures, torchaudio where it is installed, mistakes."""

import numpy as np
import pytest

import swift_seq2seq_losses as s


def test_published_figures():
    """The small test of warp-transducer, tests/test_cpu.cpp."""
    logits = np.array(
        [0.1, 0.6, 0.1, 0.1, 0.1, 0.1, 0.1, 0.6, 0.1, 0.1, 0.1, 0.1, 0.2, 0.8, 0.1,
         0.1, 0.6, 0.1, 0.1, 0.1, 0.1, 0.1, 0.2, 0.1, 0.1, 0.7, 0.1, 0.2, 0.1, 0.1],
        np.float32,
    ).reshape(1, 2, 3, 5)
    losses, gradient = s.rnnt_loss_and_gradient(logits, [[1, 2]], [2], [2])
    assert losses == pytest.approx([4.495666], abs=1e-6)
    assert gradient.dtype == np.float32 and gradient.shape == logits.shape
    assert gradient[0, 0, 0] == pytest.approx(
        [-0.13116688, -0.3999269, 0.17703125, 0.17703125, 0.17703125], abs=1e-6
    )
    assert s.rnnt_loss(logits, [[1, 2]]) == pytest.approx(losses)


@pytest.mark.parametrize("clamp", [-1.0, 0.05])
def test_equals_torchaudio(torchaudio, clamp):
    import torch

    random = np.random.default_rng(0)
    for _ in range(100):
        batch, time, count, vocabulary = random.integers(1, [4, 8, 6, 9]) + [0, 0, 0, 1]
        blank = int(random.integers(vocabulary))
        logits = random.normal(size=(batch, time, count + 1, vocabulary)).astype(np.float32) * 2
        labels = random.integers(0, vocabulary - 1, (batch, count))
        labels[labels >= blank] += 1
        frames, counts = random.integers(1, time + 1, batch), random.integers(1, count + 1, batch)
        # torchaudio wants the longest sample to fill the array.
        frames[0], counts[0] = time, count
        tensor = torch.tensor(logits, requires_grad=True)
        theirs = torchaudio.rnnt_loss(
            tensor, torch.tensor(labels, dtype=torch.int32), torch.tensor(frames, dtype=torch.int32),
            torch.tensor(counts, dtype=torch.int32), blank=blank, clamp=clamp, reduction="none",
        )
        theirs.sum().backward()
        losses, gradient = s.rnnt_loss_and_gradient(
            logits, labels, frames, counts, blank=blank, clamp=clamp
        )
        # Its arithmetic is of 24 bits.
        np.testing.assert_allclose(losses, theirs.detach().numpy(), rtol=3e-6, atol=3e-6)
        np.testing.assert_allclose(gradient, tensor.grad.numpy(), rtol=1e-4, atol=1e-5)


def test_double_precision_and_types():
    random = np.random.default_rng(1)
    logits = random.normal(size=(2, 4, 3, 5))
    labels = [[1, 2], [3]]
    losses, gradient = s.rnnt_loss_and_gradient(logits, labels)
    step = 1e-5
    for index in [(0, 0, 0, 0), (0, 3, 2, 0), (1, 2, 1, 3), (1, 2, 0, 3), (1, 0, 2, 1)]:
        moved = [logits.copy(), logits.copy()]
        moved[0][index] += step
        moved[1][index] -= step
        difference = s.rnnt_loss(moved[0], labels) - s.rnnt_loss(moved[1], labels)
        # Central differences err by step squared.
        assert gradient[index] == pytest.approx(difference[index[0]] / (2 * step), abs=1e-8)
    vector = random.normal(size=logits.shape)
    product = s.rnnt_hessian_vector_product(logits, labels, vector=vector)
    sides = [s.rnnt_loss_and_gradient(logits + h * vector, labels)[1] for h in (step, -step)]
    np.testing.assert_allclose(product, (sides[0] - sides[1]) / (2 * step), atol=1e-8)
    half, half_gradient = s.rnnt_loss_and_gradient(logits.astype(np.float16), labels)
    assert half == pytest.approx(losses, rel=1e-2) and half_gradient.dtype == np.float16
    emitted = s.rnnt_loss_and_gradient(logits, labels, fastemit_lambda=0.5)
    assert (emitted[0] == losses).all() and (emitted[1] != gradient).any()
    monotonic = s.rnnt_loss(logits, labels, topology="monotonic")
    assert np.isfinite(monotonic).all() and (monotonic != losses).all()


@pytest.mark.parametrize(
    "change, message",
    [
        ({"logits": np.zeros((2, 3, 4))}, "logits: shape"),
        ({"logits": np.zeros((1, 2, 3, 4), int)}, "logits"),
        ({"labels": [[0, 1]]}, "blank"),
        ({"labels": [[1, 4]]}, "labels"),
        ({"labels": [[1, 2, 3]]}, "labels"),
        ({"labels": [[1], [2]]}, "labels"),
        ({"logit_lengths": [3]}, "lengths"),
        ({"logit_lengths": [1, 1]}, "logit_lengths"),
        ({"label_lengths": [3]}, "label"),
        ({"blank": 4}, "blank"),
        ({"blank": "a"}, "blank"),
        ({"fastemit_lambda": -1}, "fastEmit"),
        ({"fastemit_lambda": "a"}, "fastemit_lambda"),
        ({"topology": "other"}, "topology"),
        ({"threads": -1}, "threads"),
    ],
)
def test_mistakes_are_value_errors(change, message):
    arguments = {"logits": np.zeros((1, 2, 3, 4)), "labels": np.array([[1, 2]]), **change}
    with pytest.raises(ValueError, match=message):
        s.rnnt_loss_and_gradient(**arguments)


def test_vectors_of_another_shape_are_value_errors():
    with pytest.raises(ValueError, match="vector"):
        s.rnnt_hessian_vector_product(
            np.zeros((1, 2, 3, 4)), [[1, 2]], vector=np.zeros((1, 2, 3, 5))
        )
