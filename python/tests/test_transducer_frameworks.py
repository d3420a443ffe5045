"""Transducer losses in PyTorch, TensorFlow and JAX."""

import numpy as np
import pytest

import swift_seq2seq_losses as s


@pytest.fixture
def batch():
    random = np.random.default_rng(0)
    logits = random.normal(size=(2, 4, 3, 5))
    return logits, np.array([[1, 2], [3, 0]]), np.array([4, 3]), np.array([2, 1])


def test_torch_derivatives(batch):
    torch = pytest.importorskip("torch")
    from swift_seq2seq_losses.torch import RNNTLoss, rnnt_loss, tdt_loss

    logits, *others = (torch.tensor(array) for array in batch)
    logits.requires_grad_()
    assert torch.autograd.gradcheck(lambda x: rnnt_loss(x, *others, blank=0, reduction="none"), logits)
    assert torch.autograd.gradgradcheck(lambda x: rnnt_loss(x, *others, blank=0, reduction="sum"), logits)
    with_durations = torch.tensor(
        np.random.default_rng(1).normal(size=(2, 4, 3, 8)), requires_grad=True
    )

    def tdt(x):
        return tdt_loss(x, *others, durations=[0, 1, 2], blank=0, sigma=0.05, omega=0.2, reduction="none")

    assert torch.autograd.gradcheck(tdt, with_durations)
    assert torch.autograd.gradgradcheck(tdt, with_durations)
    # A chain through a softmax of PyTorch's own.
    whole = torch.autograd.grad(rnnt_loss(logits, *others, blank=0), logits)[0]
    chained = torch.autograd.grad(
        rnnt_loss(logits.log_softmax(-1), *others, blank=0, fused_log_softmax=False), logits
    )[0]
    np.testing.assert_allclose(whole, chained, atol=1e-13)
    assert RNNTLoss(blank=0)(logits, *others).item() == pytest.approx(s.rnnt_loss(*batch).mean())
    # The last token is the blank by default, as in torchaudio.
    assert rnnt_loss(logits, *others).item() == pytest.approx(s.rnnt_loss(*batch, blank=4).mean())
    half = logits.detach().to(torch.bfloat16).requires_grad_()
    rnnt_loss(half, *others, blank=0).backward()
    assert half.grad.dtype == torch.bfloat16 and torch.isfinite(half.grad).all()
    with pytest.raises(ValueError, match="reduction"):
        rnnt_loss(logits, *others, reduction="other")
    with pytest.raises(ValueError, match="blank"):
        rnnt_loss(logits, *others, blank=5)


def _by_definition(torch, logits, labels, durations, sigma):
    """The loss of one sample as PyTorch's autograd sees it: the recursion in logarithms, node by node."""
    vocabulary = logits.shape[-1] - len(durations)
    tokens = logits[..., :vocabulary].log_softmax(-1) - sigma
    steps = logits[..., vocabulary:].log_softmax(-1)
    frames = logits.shape[0]
    nowhere = torch.tensor(-float("inf"), dtype=logits.dtype)
    alpha = {(0, 0): torch.zeros((), dtype=logits.dtype)}
    for t in range(frames + 1):
        for u in range(len(labels) + 1):
            if (t, u) == (0, 0):
                continue
            terms = []
            for place, duration in enumerate(durations or [0, 1]):
                step = steps[..., place] if durations else torch.zeros_like(tokens[..., 0])
                before = t - duration
                if before < 0 or before >= frames:
                    continue
                # Blanks take a frame; in the standard topology labels take none.
                if duration > 0 and (durations or duration == 1):
                    terms.append(alpha[before, u] + tokens[before, u, 0] + step[before, u])
                if u > 0 and t < frames and (durations or duration == 0):
                    label = labels[u - 1]
                    terms.append(alpha[before, u - 1] + tokens[before, u - 1, label] + step[before, u - 1])
            terms = [term for term in terms if term > -float("inf")]
            alpha[t, u] = torch.logsumexp(torch.stack(terms), 0) if terms else nowhere
    return -alpha[frames, len(labels)]


@pytest.mark.parametrize("durations", [[], [0, 1, 2], [2, 1]])
def test_equals_autodiff_in_double_precision(durations):
    torch = pytest.importorskip("torch")
    random = np.random.default_rng(5)
    for _ in range(5):
        frames, labels = int(random.integers(3, 7)), random.integers(1, 5, random.integers(0, 3))
        logits = random.normal(size=(frames, len(labels) + 1, 5 + len(durations))) * 2
        vector = random.normal(size=logits.shape)
        options = {"sigma": 0.05}
        if durations:
            options["topology"] = s.TokenAndDuration(durations)
        arguments = logits[None], [labels]
        losses, gradient = s.rnnt_loss_and_gradient(*arguments, **options)
        product = s.rnnt_hessian_vector_product(*arguments, vector=vector[None], **options)
        x = torch.tensor(logits, requires_grad=True)
        loss = _by_definition(torch, x, list(map(int, labels)), durations, 0.05)
        if not torch.isfinite(loss):
            assert losses[0] == np.inf and (gradient == 0).all()
            continue
        (slope,) = torch.autograd.grad(loss, x, create_graph=True)
        (curvature,) = torch.autograd.grad((slope * torch.tensor(vector)).sum(), x)
        # Both in double precision, over sums of some dozens of paths.
        assert losses[0] == pytest.approx(loss.item(), rel=1e-13)
        np.testing.assert_allclose(gradient[0], slope.detach(), atol=1e-13)
        np.testing.assert_allclose(product[0], curvature, atol=1e-12)


def test_torch_compiles(batch):
    torch = pytest.importorskip("torch")
    from swift_seq2seq_losses.torch import rnnt_loss

    logits, *others = (torch.tensor(array) for array in batch)
    compiled = torch.compile(lambda x: rnnt_loss(x * 2, *others, blank=0), backend="aot_eager")
    x = logits.clone().requires_grad_()
    compiled(x).backward()
    expected = s.rnnt_loss_and_gradient(2 * batch[0], *batch[1:])[1]
    np.testing.assert_allclose(x.grad, expected, atol=1e-12)


def test_torch_equals_torchaudio(torchaudio, batch):
    if not hasattr(torchaudio, "rnnt_loss"):
        pytest.skip("this torchaudio has no rnnt_loss")
    import torch

    from swift_seq2seq_losses.torch import rnnt_loss

    logits = torch.tensor(batch[0].astype(np.float32))
    others = [torch.tensor(array, dtype=torch.int32) for array in batch[1:]]
    for reduction in ("none", "sum", "mean"):
        for clamp in (-1, 0.1):
            gradients = []
            for function in (torchaudio.rnnt_loss, rnnt_loss):
                x = logits.clone().requires_grad_()
                value = function(x, *others, blank=0, clamp=clamp, reduction=reduction)
                (3 * value).sum().backward()
                gradients.append((value.detach().numpy(), x.grad.numpy()))
            # Its arithmetic is of 24 bits.
            np.testing.assert_allclose(*(pair[0] for pair in gradients), rtol=1e-5)
            np.testing.assert_allclose(*(pair[1] for pair in gradients), atol=1e-5)


def test_jax(batch):
    jax = pytest.importorskip("jax")
    from swift_seq2seq_losses.jax import rnnt_loss, tdt_loss

    logits = batch[0].astype(np.float32)
    losses, gradient = s.rnnt_loss_and_gradient(logits, *batch[1:])
    function = lambda x: rnnt_loss(x, *batch[1:])
    np.testing.assert_allclose(jax.jit(function)(logits), losses, rtol=1e-6)
    found = jax.jit(jax.grad(lambda x: function(x).sum()))(logits)
    np.testing.assert_allclose(found, gradient, rtol=1e-6)
    stacked = np.stack([logits, 2 * logits])
    mapped = jax.vmap(lambda x: rnnt_loss(x, *map(np.asarray, batch[1:])))(stacked)
    np.testing.assert_allclose(mapped[1], s.rnnt_loss(2 * logits, *batch[1:]), rtol=1e-6)
    durations = np.random.default_rng(1).normal(size=(2, 4, 3, 8)).astype(np.float32)
    options = dict(durations=[0, 1, 2], sigma=0.05, omega=0.2)
    found = jax.grad(lambda x: tdt_loss(x, *batch[1:], **options).sum())(durations)
    expected = s.tdt_loss_and_gradient(durations, *batch[1:], **options)[1]
    np.testing.assert_allclose(found, expected, rtol=1e-6)
    with pytest.raises(ValueError, match="logits"):
        rnnt_loss(logits[0], *batch[1:])


def test_tensorflow(batch):
    tf = pytest.importorskip("tensorflow")
    from swift_seq2seq_losses.tensorflow import rnnt_loss, tdt_loss

    logits, labels, frames, counts = batch
    losses, gradient = s.rnnt_loss_and_gradient(*batch)

    @tf.function
    def both(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            value = rnnt_loss(labels, x, counts, frames)
        return value, tape.gradient(value, x)

    value, slope = both(tf.constant(logits))
    np.testing.assert_allclose(value, losses)
    np.testing.assert_allclose(slope, gradient)
    durations = tf.constant(np.random.default_rng(1).normal(size=(2, 4, 3, 8)))
    with tf.GradientTape() as tape:
        tape.watch(durations)
        value = tdt_loss(labels, durations, counts, frames, [0, 1, 2], sigma=0.05)
    expected = s.tdt_loss_and_gradient(
        durations.numpy(), labels, frames, counts, durations=[0, 1, 2], sigma=0.05
    )
    np.testing.assert_allclose(tape.gradient(value, durations), expected[1])
