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


def test_published_figures_of_durations():
    """NeMo's test of its TDT loss: all logits 0, blank last, sigma 0.05."""
    losses, gradient = s.tdt_loss_and_gradient(
        np.zeros((1, 3, 2, 7), np.float32), [[0]], durations=[0, 1, 2], blank=3, sigma=0.05
    )
    assert losses == pytest.approx([4.155739], abs=1e-6)
    assert gradient[0, 0, 0] == pytest.approx(
        [-0.64962804, 0.25, 0.25, 0.14962798, 0.2672583, -0.16792619, -0.09933221], abs=1e-6
    )
    assert s.tdt_loss(
        np.zeros((1, 3, 2, 7)), [[0]], None, None, [0, 1, 2], blank=3, sigma=0.05
    ) == pytest.approx(losses)
    with pytest.raises(ValueError, match="durations"):
        s.tdt_loss(np.zeros((1, 3, 2, 7)), [[0]])


@pytest.mark.parametrize("clamp", [-1.0, 0.05])
def test_equals_torchaudio(torchaudio, clamp):
    if not hasattr(torchaudio, "rnnt_loss"):
        pytest.skip("this torchaudio has no rnnt_loss")
    import torch

    random = np.random.default_rng(0)
    for _ in range(200):
        batch, time, count, vocabulary = random.integers(1, [4, 8, 6, 9]) + [0, 0, 0, 1]
        blank = int(random.integers(vocabulary))
        logits = random.normal(size=(batch, time, count + 1, vocabulary)).astype(np.float32) * 2
        labels = random.integers(0, vocabulary - 1, (batch, count))
        labels[labels >= blank] += 1
        frames, counts = random.integers(1, time + 1, batch), random.integers(1, count + 1, batch)
        # torchaudio wants the longest sample to fill the array.
        frames[0], counts[0] = time, count
        tensor = torch.tensor(logits, requires_grad=True)
        arguments = [torch.tensor(array, dtype=torch.int32) for array in (labels, frames, counts)]
        theirs = torchaudio.rnnt_loss(tensor, *arguments, blank=blank, clamp=clamp, reduction="none")
        theirs.sum().backward()
        losses, gradient = s.rnnt_loss_and_gradient(
            logits, labels, frames, counts, blank=blank, clamp=clamp
        )
        # Its arithmetic is of 24 bits.
        np.testing.assert_allclose(losses, theirs.detach().numpy(), rtol=3e-6, atol=3e-6)
        np.testing.assert_allclose(gradient, tensor.grad.numpy(), rtol=1e-4, atol=1e-5)


def test_the_family_against_the_standard_one():
    """Members that must agree with others where their own freedom is taken away."""
    random = np.random.default_rng(2)
    logits = random.normal(size=(2, 5, 4, 6))
    labels = [[1, 2, 3], [4]]
    losses, gradient = s.rnnt_loss_and_gradient(logits, labels)
    # Blanks of two frames that cannot come.
    never = logits.copy()
    never[..., 5] = -np.inf
    plain = s.rnnt_loss(never, labels)
    assert s.rnnt_loss(never, labels, topology=s.MultiBlank({5: 2})) == pytest.approx(plain)
    # Log-probabilities instead of logits, and the chain rule to the logits.
    logarithms = logits - np.log(np.exp(logits).sum(-1, keepdims=True))
    same, by_logarithms = s.rnnt_loss_and_gradient(logarithms, labels, normalization="none")
    assert same == pytest.approx(losses)
    chained = by_logarithms - np.exp(logarithms) * by_logarithms.sum(-1, keepdims=True)
    np.testing.assert_allclose(chained, gradient, atol=1e-13)
    # The mean of both losses.
    durations = np.concatenate([logits, random.normal(size=(2, 5, 4, 3))], axis=3)
    alone = s.tdt_loss(durations, labels, durations=[0, 1, 2], sigma=0.1)
    mixed = s.tdt_loss(durations, labels, durations=[0, 1, 2], sigma=0.1, omega=0.25)
    assert mixed == pytest.approx(0.75 * alone + 0.25 * losses)
    # Wildcards and windows add and take away paths.
    assert (s.rnnt_loss(logits, labels, wildcard=s.Wildcard()) < losses).all()
    windows = [[[0, 2], [1, 5], [2, 5]], [[0, 5]]]
    restricted = s.rnnt_loss(logits, labels, windows=windows)
    assert restricted[0] > losses[0] and restricted[1] == losses[1]
    # A band that holds all positions.
    assert s.rnnt_loss(logits, labels, first_positions=np.zeros((2, 5), int)) == pytest.approx(losses)


def test_compact_rows_and_gradients_in_place():
    random = np.random.default_rng(3)
    frames, labels = [3, 2], [[1, 2], [3]]
    padded = random.normal(size=(2, 3, 3, 4)).astype(np.float32)
    compact = np.concatenate([padded[0].reshape(-1, 4), padded[1, :2, :2].reshape(-1, 4)])
    losses, gradient = s.rnnt_loss_and_gradient(padded, labels, frames)
    packed, packed_gradient = s.rnnt_loss_and_gradient(compact, labels, frames)
    assert (packed == losses).all()
    assert (packed_gradient[:9] == gradient[0].reshape(-1, 4)).all()
    assert (packed_gradient[9:] == gradient[1, :2, :2].reshape(-1, 4)).all()
    replaced = padded.copy()
    _, out = s.rnnt_loss_and_gradient(replaced, labels, frames, out=replaced)
    assert out is replaced and (replaced == gradient).all()


def test_paths():
    random = np.random.default_rng(4)
    logits = random.normal(size=(2, 6, 4, 5)) * 2
    labels, frames = [[1, 2, 3], [4, 4]], [6, 4]
    losses = s.rnnt_loss(logits, labels, frames)
    best = s.rnnt_best_path(logits, labels, frames)
    entropy = s.rnnt_entropy(logits, labels, frames)
    occupancy = s.rnnt_occupancy(logits, labels, frames)
    draws = s.rnnt_sample(logits, labels, frames, count=300, seed=1)
    for sample, path in enumerate(best):
        assert (np.diff(path.frames) >= 0).all() and path.frames.max() < frames[sample]
        assert path.log_probability <= -losses[sample]
        posteriors = [draw.log_probability + losses[sample] for draw in draws[sample]]
        # Draws' log-posteriors have minus the entropy as their mean.
        assert np.mean(posteriors) == pytest.approx(-entropy[sample], abs=0.3)
        counts = len(labels[sample])
        np.testing.assert_allclose(occupancy[sample, ..., 1].sum(0)[:counts], 1, atol=1e-12)
        np.testing.assert_allclose(occupancy[sample, : frames[sample], :, 0].sum(1), 1, atol=1e-12)
    durations = s.rnnt_best_path(
        np.concatenate([logits, random.normal(size=(2, 6, 4, 3))], 3), labels, frames,
        topology=s.TokenAndDuration([0, 1, 2]),
    )
    assert all(set(path.durations) <= {0, 1, 2} for path in durations)


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
        ({"fastemit_lambda": -1}, "fastemit_lambda"),
        ({"fastemit_lambda": "a"}, "fastemit_lambda"),
        ({"topology": "other"}, "topology"),
        ({"threads": -1}, "threads"),
        ({"topology": s.TokenAndDuration([])}, "topology"),
        ({"topology": s.TokenAndDuration([0])}, "topology"),
        ({"topology": s.TokenAndDuration([1, 1])}, "topology"),
        ({"topology": s.TokenAndDuration(["a"])}, "topology"),
        ({"topology": s.MultiBlank({0: 2})}, "topology"),
        ({"topology": s.MultiBlank({3: 0})}, "topology"),
        ({"topology": s.MultiBlank({1: 2})}, "labels"),
        ({"normalization": "other"}, "normalization"),
        ({"sigma": -1}, "sigma"),
        ({"omega": 2}, "omega"),
        ({"wildcard": 1}, "wildcard"),
        ({"wildcard": s.Wildcard(np.nan)}, "wildcard"),
        ({"windows": [[[0, 1]]]}, "windows"),
        ({"windows": [[[1, 0], [0, 1]]]}, "windows"),
        ({"first_positions": [[0]]}, "first_positions"),
        ({"first_positions": [[0, 3]]}, "first_positions"),
        ({"first_positions": [[0, -1]]}, "first_positions"),
        ({"sigma": 10**400}, "sigma"),
        ({"clamp": np.nan}, "clamp"),
        ({"blank": np.array([1, 2])}, "blank"),
        ({"windows": 5}, "windows"),
        ({"topology": s.MultiBlank(None)}, "topology"),
        ({"logits": np.zeros((12, 4)), "logit_lengths": [2]}, "logits: 12 rows"),
        ({"out": np.zeros(3)}, "out"),
        ({"logits": np.zeros((24, 4))}, "logit_lengths"),
        ({"logits": np.zeros((5, 4)), "logit_lengths": [2]}, "logits"),
        ({"logits": np.zeros((1, 2, 0, 4))}, "logits"),
    ],
)
def test_mistakes_are_value_errors(change, message):
    arguments = {"logits": np.zeros((1, 2, 3, 4)), "labels": np.array([[1, 2]]), **change}
    with pytest.raises(ValueError, match=message):
        s.rnnt_loss_and_gradient(**arguments)


def test_moves_longer_than_any_frame():
    """They cost nothing, and are right: as if they were not there but for the duration head."""
    logits = np.random.default_rng(6).normal(size=(1, 4, 3, 7))
    far = s.tdt_loss(logits, [[1, 1]], durations=[1, 2**24])
    near = s.tdt_loss(logits, [[1, 1]], durations=[1, 60])
    assert far == pytest.approx(near) and np.isfinite(far).all()
    never = np.zeros((1, 4, 3, 5))
    assert s.rnnt_loss(never, [[1, 1]], topology=s.MultiBlank({4: 2**24})) == pytest.approx(
        s.rnnt_loss(never, [[1, 1]])
    )


@pytest.mark.parametrize("options", [{"count": 2**31}, {"count": 0}, {"count": 2, "label_lengths": [2**62]}])
def test_draws_out_of_range_are_value_errors(options):
    with pytest.raises(ValueError, match="count|label_lengths"):
        s.rnnt_sample(np.zeros((1, 2, 3, 4)), np.array([[1, 2]]), **options)


def test_vectors_of_another_shape_are_value_errors():
    for vector in (None, "a", 1j * np.ones((1, 2, 3, 4))):
        with pytest.raises(ValueError, match="vector"):
            s.rnnt_hessian_vector_product(np.zeros((1, 2, 3, 4)), [[1, 2]], vector=vector)
    with pytest.raises(ValueError, match="vector"):
        s.rnnt_hessian_vector_product(
            np.zeros((1, 2, 3, 4)), [[1, 2]], vector=np.zeros((1, 2, 3, 5))
        )
