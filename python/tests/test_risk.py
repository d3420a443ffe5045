"""Minimum risk training against its definition: float64 autodiff through enumerated paths."""

import itertools

import numpy as np
import pytest

import swift_seq2seq_losses as s

HYPOTHESES = [[[1, 2], [1], [2, 2], []], [[3, 1], [3, 3, 3, 3]], [[2], [1, 3]]]
RISKS = [[0, 1, 1.5, -2], [4, 1], [1, 2]]
REFERENCES = [[1, 2], [3], [1]]
FRAMES = [5, 4, 3]


@pytest.fixture
def logits():
    return np.random.default_rng(0).normal(scale=2, size=(3, 5, 4))


def collapse(path, blank=0):
    return [k for i, k in enumerate(path) if k != blank and (i == 0 or path[i - 1] != k)]


def paths(labels, frames, vocabulary=4):
    return [
        path for path in itertools.product(range(vocabulary), repeat=frames) if collapse(path) == labels
    ]


def truth(logits, log_softmax, stack, logsumexp, softmax, scale, weight):
    """The values by all paths of all hypotheses, in any framework."""
    values = []
    for sample, frames in enumerate(FRAMES):
        rows = log_softmax(logits[sample])

        def score(labels):
            found = paths(labels, frames)
            return logsumexp(
                stack([sum(rows[t, k] for t, k in enumerate(path)) for path in found])
            ) if found else None

        scores = [score(labels) for labels in HYPOTHESES[sample]]
        kept = [(score, risk) for score, risk in zip(scores, RISKS[sample]) if score is not None]
        shares = softmax(scale * stack([score for score, _ in kept]))
        mean = sum(RISKS[sample]) / len(RISKS[sample])
        value = sum(share * (risk - mean) for share, (_, risk) in zip(shares, kept))
        values.append(value - weight * score(REFERENCES[sample]))
    return stack(values)


OPTIONS = dict(references=REFERENCES, logit_lengths=FRAMES, score_scale=0.5, reference_weight=0.25)


def test_against_torch(logits):
    torch = pytest.importorskip("torch")
    x = torch.from_numpy(logits).requires_grad_()

    def exact(x):
        return truth(
            x, lambda rows: rows.log_softmax(-1), torch.stack, lambda v: v.logsumexp(0),
            lambda v: v.softmax(0), 0.5, 0.25,
        )

    values, gradient = s.mwer_loss_and_gradient(logits, HYPOTHESES, RISKS, **OPTIONS)
    expected = exact(x)
    # Tens of roundings.
    np.testing.assert_allclose(values, expected.detach(), atol=1e-13)
    np.testing.assert_allclose(s.mwer_loss(logits, HYPOTHESES, RISKS, **OPTIONS), values, atol=1e-14)
    (slope,) = torch.autograd.grad(expected.sum(), x, create_graph=True)
    np.testing.assert_allclose(gradient, slope.detach(), atol=1e-13)
    vector = np.random.default_rng(1).normal(size=logits.shape)
    (product,) = torch.autograd.grad((slope * torch.from_numpy(vector)).sum(), x)
    np.testing.assert_allclose(
        s.mwer_hessian_vector_product(logits, HYPOTHESES, RISKS, vector=vector, **OPTIONS),
        product, atol=1e-12,
    )


def test_torch_module(logits):
    torch = pytest.importorskip("torch")
    import swift_seq2seq_losses.torch as ours

    x = torch.from_numpy(logits).transpose(0, 1).requires_grad_()

    def loss(x, reduction="none"):
        return ours.mwer_loss(
            x, HYPOTHESES, RISKS, FRAMES, REFERENCES, reduction=reduction, score_scale=0.5,
            reference_weight=0.25,
        )

    assert torch.autograd.gradcheck(loss, x)
    assert torch.autograd.gradgradcheck(loss, x)
    values, gradient = s.mwer_loss_and_gradient(logits, HYPOTHESES, RISKS, **OPTIONS)
    loss(x, "mean").backward()
    np.testing.assert_allclose(x.grad.transpose(0, 1), gradient / 3, atol=1e-15)
    assert loss(x.detach().bfloat16()).dtype == torch.float32
    # No hypothesis has an alignment: infinite, without a gradient.
    y = torch.zeros(2, 1, 4, requires_grad=True)
    value = ours.mwer_loss(y, [[[1, 1]]], [[1]])
    value.backward()
    assert value.item() == np.inf and not y.grad.any()
    assert ours.mwer_loss(y, [[[1, 1]]], [[1]], zero_infinity=True).item() == 0


def test_torch_from_references():
    torch = pytest.importorskip("torch")
    import swift_seq2seq_losses.torch as ours

    torch.manual_seed(0)
    x = torch.nn.Parameter(torch.randn(12, 2, 5))
    references = [[1, 2, 3], torch.tensor([4, 4])]
    optimizer = torch.optim.SGD([x], lr=5.0)
    first = None
    for _ in range(60):
        loss = ours.mwer_loss_from_references(
            x, references, [12, 10], nbest=32, subtract_mean=False, include_reference=True
        )
        first = first or loss.item()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    # The expected number of errors of what the model prefers goes away.
    assert first > 1 and loss.item() < 0.2 * first


def test_against_jax(logits):
    jax = pytest.importorskip("jax")
    jnp = jax.numpy
    jax.config.update("jax_enable_x64", True)

    def exact(x):
        return truth(
            x, jax.nn.log_softmax, jnp.stack, jax.nn.logsumexp, jax.nn.softmax, 0.5, 0.25
        )

    values, gradient = s.mwer_loss_and_gradient(logits, HYPOTHESES, RISKS, **OPTIONS)
    np.testing.assert_allclose(values, exact(logits), atol=1e-13)
    np.testing.assert_allclose(gradient, jax.grad(lambda x: exact(x).sum())(logits), atol=1e-13)


def padded():
    """The hypotheses as arrays: paddings are 1 past the ends, a risk of NaN says that there is none."""
    labels = np.zeros((3, 4, 4), dtype=np.int32)
    paddings = np.ones((3, 4, 4))
    risks = np.full((3, 4), np.nan)
    for sample, (sequences, own) in enumerate(zip(HYPOTHESES, RISKS)):
        for row, (sequence, risk) in enumerate(zip(sequences, own)):
            labels[sample, row, : len(sequence)] = sequence
            paddings[sample, row, : len(sequence)] = 0
            risks[sample, row] = risk
    return labels, paddings, risks


def test_jax_module(logits):
    jax = pytest.importorskip("jax")
    jax.config.update("jax_enable_x64", True)
    import swift_seq2seq_losses.jax as ours

    frame_paddings = (np.arange(5) >= np.array(FRAMES)[:, None]).astype(np.float64)
    arrays = padded()

    def loss(x):
        return ours.mwer_loss(x, frame_paddings, *arrays, score_scale=0.5).sum()

    options = dict(logit_lengths=FRAMES, score_scale=0.5)
    values, gradient = s.mwer_loss_and_gradient(logits, HYPOTHESES, RISKS, **options)
    vector = np.random.default_rng(1).normal(size=logits.shape)
    product = s.mwer_hessian_vector_product(logits, HYPOTHESES, RISKS, vector=vector, **options)
    assert abs(loss(logits) - values.sum()) < 1e-14
    for function in (jax.grad(loss), jax.jit(jax.grad(loss))):
        np.testing.assert_allclose(function(logits), gradient, atol=1e-15)
    backward = jax.grad(lambda x: (jax.grad(loss)(x) * vector).sum())
    forward = lambda x: jax.jvp(jax.grad(loss), (x,), (vector,))[1]
    for function in (backward, jax.jit(backward), forward):
        np.testing.assert_allclose(function(logits), product, atol=1e-14)
    with pytest.raises(Exception, match="padding before the sample's end"):
        ours.mwer_loss(logits, 1 - frame_paddings, *arrays)


def test_tensorflow_module(logits):
    tf = pytest.importorskip("tensorflow")
    import swift_seq2seq_losses.tensorflow as ours

    x = tf.constant(logits)
    options = dict(logit_lengths=FRAMES, score_scale=0.5)
    values, gradient = s.mwer_loss_and_gradient(logits, HYPOTHESES, RISKS, **options)
    vector = np.random.default_rng(1).normal(size=logits.shape)
    product = s.mwer_hessian_vector_product(logits, HYPOTHESES, RISKS, vector=vector, **options)

    def both(x):
        with tf.GradientTape() as outer:
            outer.watch(x)
            with tf.GradientTape() as inner:
                inner.watch(x)
                results = ours.mwer_loss(HYPOTHESES, RISKS, x, FRAMES, score_scale=0.5)
            slope = inner.gradient(results, x)
            along = tf.reduce_sum(slope * vector)
        return results, slope, outer.gradient(along, x)

    for function in (both, tf.function(both)):
        for result, expected in zip(function(x), (values, gradient, product)):
            np.testing.assert_allclose(result, expected, atol=1e-14)


def test_edges_and_types(logits):
    values, gradient = s.mwer_loss_and_gradient(logits, HYPOTHESES, RISKS, logit_lengths=FRAMES)
    for dtype, tolerance in ((np.float32, 1e-5), (np.float16, 0.05)):
        narrow, slopes = s.mwer_loss_and_gradient(
            logits.astype(dtype), HYPOTHESES, RISKS, logit_lengths=FRAMES
        )
        assert slopes.dtype == dtype
        np.testing.assert_allclose(narrow, values, atol=tolerance)
        np.testing.assert_allclose(slopes, gradient, atol=tolerance)
    one, same = s.mwer_loss_and_gradient(logits, HYPOTHESES, RISKS, logit_lengths=FRAMES, threads=1)
    assert (one == values).all() and (same == gradient).all()
    # Each row's derivatives add up to zero, and there are none past the end.
    np.testing.assert_allclose(gradient.sum(axis=2), 0, atol=1e-15)
    assert not gradient[1, 4:].any() and not gradient[2, 3:].any()
    weighted = s.mwer_loss_and_gradient(
        logits, HYPOTHESES, RISKS, logit_lengths=FRAMES, weights=[2, 0, -1]
    )[1]
    np.testing.assert_allclose(weighted, gradient * np.array([2, 0, -1])[:, None, None], atol=1e-15)
    # A sequence twice counts once; in a time-major view.
    again = s.mwer_loss(
        np.ascontiguousarray(logits.transpose(1, 0, 2)).transpose(1, 0, 2),
        [list_ + list_[:1] for list_ in HYPOTHESES], [list_ + list_[:1] for list_ in RISKS],
        logit_lengths=FRAMES, subtract_mean=False,
    )
    plain = s.mwer_loss(logits, HYPOTHESES, RISKS, logit_lengths=FRAMES, subtract_mean=False)
    np.testing.assert_array_equal(again, plain)
    logits[1, 0, 3] = np.nan
    broken, slopes = s.mwer_loss_and_gradient(logits, HYPOTHESES, RISKS, logit_lengths=FRAMES)
    assert np.isnan(broken[1]) and np.isnan(slopes[1, :4]).all() and not slopes[1, 4:].any()
    assert (broken[::2] == values[::2]).all()
    assert np.isinf(s.mwer_loss(logits, [[], [], []], [[], [], []])[0])


@pytest.mark.parametrize(
    "change, message",
    [
        (dict(hypotheses=HYPOTHESES[:2]), "hypotheses: 2 lists for a batch of 3"),
        (dict(risks=[[0, 1]] * 3), r"risks, sample 0: shape \[2\] for 4 hypotheses"),
        (dict(risks=[[0, 1, 2, np.nan], [4, 1], [1, 2]]), "risks, sample 0, position 3: nan"),
        (dict(hypotheses=[[[4]], [[1]], [[1]]], risks=[[1]] * 3), "hypotheses, sample 0, position 0: 4"),
        (dict(hypotheses=[[[1], [1]], [], []], risks=[[1, 2], [], []]), "1.0 at position 0"),
        (dict(reference_weight=1.0), "references: none"),
        (dict(reference_weight=-1.0), "reference_weight: -1.0 is negative"),
        (dict(score_scale=np.nan), "score_scale: nan is not finite"),
    ],
)
def test_bad_input(logits, change, message):
    arguments = dict(hypotheses=HYPOTHESES, risks=RISKS)
    arguments.update(change)
    with pytest.raises(ValueError, match=message):
        s.mwer_loss(logits, **arguments)


def test_nbest_risks(logits):
    found = s.nbest_risks(logits, REFERENCES, FRAMES, nbest=5)
    assert [len(list_) for list_ in found.hypotheses] == [5, 5, 5]
    for sample, (sequences, risks) in enumerate(zip(*found)):
        losses = [
            s.ctc_loss(logits[sample : sample + 1, : FRAMES[sample]], [labels])[0] for labels in sequences
        ]
        assert losses == sorted(losses)
        assert risks == [s.edit_distance(REFERENCES[sample], labels) for labels in sequences]
    decoder = s.BeamSearchDecoder(["_", "a", " ", "b"], nbest=3)
    words = s.nbest_risks(logits, ["a b", "b", "a"], FRAMES, decoder=decoder, unit="word")
    assert all(0 <= risk <= 4 for list_ in words.risks for risk in list_)
    assert s.nbest_risks(logits, [[1] * 9] * 3, nbest=2, include_reference=True).risks[0][-1] == 0
    with pytest.raises(ValueError, match="unit: 'word' needs a decoder"):
        s.nbest_risks(logits, REFERENCES, unit="word")


VARIANTS = {
    "entropy": s.ctc_entropy_and_gradient,
    "regularized": lambda *a, **k: s.ctc_entropy_regularized_loss_and_gradient(
        *a, entropy_weight=0.2, **k
    ),
    "path_risk": lambda *a, **k: s.ctc_path_risk_and_gradient(*a, costs=COSTS, **k),
    "priors": lambda *a, **k: s.ctc_prior_corrected_loss_and_gradient(
        *a, log_priors=[-0.1, -2, -3, -4], scale=0.3, **k
    ),
    "focal": lambda *a, **k: s.ctc_focal_loss_and_gradient(*a, focus=1.5, **k),
    "smoothed": lambda *a, **k: s.ctc_smoothed_loss_and_gradient(*a, smoothing=0.1, **k),
}
COSTS = np.random.default_rng(5).normal(size=(3, 5, 4))


@pytest.mark.parametrize("name", VARIANTS)
def test_variants_against_torch(logits, name):
    torch = pytest.importorskip("torch")
    x = torch.from_numpy(logits).requires_grad_()
    values = []
    for sample, frames in enumerate(FRAMES):
        rows = x[sample, :frames].log_softmax(-1)
        found = paths(REFERENCES[sample], frames)
        if name == "priors":
            rows = rows - 0.3 * torch.tensor([-0.1, -2, -3, -4], dtype=torch.float64)
        scores = torch.stack([sum(rows[t, k] for t, k in enumerate(path)) for path in found])
        loss, shares = -scores.logsumexp(0), scores.softmax(0)
        entropy = -(shares * shares.log()).sum()
        costs = torch.tensor([sum(COSTS[sample, t, k] for t, k in enumerate(path)) for path in found])
        values.append({
            "entropy": entropy, "regularized": loss - 0.2 * entropy,
            "path_risk": (shares * costs).sum(), "priors": loss,
            "focal": (1 - (-loss).exp()) ** 1.5 * loss,
            "smoothed": 0.9 * loss + 0.1 * (-np.log(4) - rows.mean(-1)).sum(),
        }[name])
    expected = torch.stack(values)
    (slope,) = torch.autograd.grad(expected @ torch.tensor([1.0, 2, 3], dtype=torch.float64), x)
    found, gradient = VARIANTS[name](logits, REFERENCES, FRAMES, weights=[1, 2, 3])
    # Tens of roundings.
    np.testing.assert_allclose(found, expected.detach(), atol=1e-13)
    np.testing.assert_allclose(gradient, slope, atol=1e-13)


def test_embr_is_unbiased(logits):
    """4,000 estimates: their mean is within five standard errors, as measured, of the expected distance."""
    rows = np.broadcast_to(logits[:1, :3, :3], (4000, 3, 3))
    values, gradient = s.embr_loss_and_gradient(rows, [[1, 2]] * 4000, samples=4, seed=1)
    sequences = sorted({tuple(collapse(path)) for path in itertools.product(range(3), repeat=3)})
    risks = [s.edit_distance([1, 2], labels) for labels in sequences]
    exact, slope = s.mwer_loss_and_gradient(
        logits[:1, :3, :3], [sequences], [risks], subtract_mean=False
    )
    assert abs(values.mean() - exact[0]) < 5 * values.std() / 4000**0.5
    assert (abs(gradient.mean(0) - slope[0]) < 5 * gradient.std(0) / 4000**0.5 + 1e-12).all()
    again = s.embr_loss_and_gradient(rows, [[1, 2]] * 4000, samples=4, seed=1, threads=1)
    assert (again[0] == values).all() and (again[1] == gradient).all()
    with pytest.raises(ValueError, match="samples: 1 is outside 2...1048576"):
        s.embr_loss_and_gradient(logits, REFERENCES, samples=1, seed=0)
