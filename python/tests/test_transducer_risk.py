"""Minimum risk training of transducers: by the definition, and beside PyTorch's autograd."""

import numpy as np
import pytest

import swift_seq2seq_losses as s

HYPOTHESES = [[[1, 2], [1], []], [[3, 3], [2]]]
RISKS = [[0, 1, 2.5], [1, -1]]


@pytest.fixture
def logits():
    return np.random.default_rng(0).normal(size=(5, 4, 3, 5)) * 2


def value(logits, score_scale=1.0, subtract_mean=True, reference_weight=0.0):
    losses = s.rnnt_loss(logits, [labels for labels in HYPOTHESES[0] + HYPOTHESES[1]])
    result = []
    for own, risks, reference in ((losses[:3], RISKS[0], 1), (losses[3:], RISKS[1], 0)):
        powers = np.exp(-score_scale * own)
        mean = np.mean(risks) if subtract_mean else 0
        result.append(powers / powers.sum() @ (np.array(risks) - mean) + reference_weight * own[reference])
    return np.array(result)


@pytest.mark.parametrize(
    "options", [{}, {"score_scale": 0.5, "subtract_mean": False, "reference_weight": 0.1}]
)
def test_definition(logits, options):
    references = [[1], [3, 3]]
    values, gradient = s.rnnt_mwer_loss_and_gradient(logits, HYPOTHESES, RISKS, references, **options)
    assert values == pytest.approx(value(logits, **options), rel=1e-12)
    vector = np.random.default_rng(1).normal(size=logits.shape)
    step = 1e-5
    difference = (value(logits + step * vector, **options) - value(logits - step * vector, **options)).sum()
    # Central differences err by step squared, and by rounding / step.
    assert (gradient * vector).sum() == pytest.approx(difference / (2 * step), abs=1e-8)
    doubled = s.rnnt_mwer_loss_and_gradient(
        logits, HYPOTHESES, RISKS, references, weights=[2, 0], **options
    )[1]
    np.testing.assert_allclose(doubled[:3], 2 * gradient[:3], atol=1e-14)
    assert (doubled[3:] == 0).all()


def test_enormous_scales(logits):
    """The distribution is all on the best hypothesis, in whatever order they come."""
    first, second = logits[:2, :, :2], logits[[1, 0], :, :2]
    for scale in (1e308, 1e300):
        one = s.rnnt_mwer_loss_and_gradient(first, [[[1], [2]]], [[0.0, 1.0]], score_scale=scale)
        other = s.rnnt_mwer_loss_and_gradient(second, [[[2], [1]]], [[1.0, 0.0]], score_scale=scale)
        assert abs(one[0][0]) == 0.5 and one[0] == other[0]


def test_torch(logits):
    torch = pytest.importorskip("torch")
    from swift_seq2seq_losses.torch import rnnt_mwer_loss

    labels = HYPOTHESES[0] + HYPOTHESES[1]
    targets = torch.zeros(5, 2, dtype=torch.int64)
    for row, sequence in enumerate(labels):
        targets[row, : len(sequence)] = torch.tensor(sequence)
    arguments = (
        targets, torch.full((5,), 4), torch.tensor([len(sequence) for sequence in labels]),
        torch.tensor(RISKS[0] + RISKS[1]), [3, 2], 0,
    )
    x = torch.tensor(logits, requires_grad=True)
    loss = rnnt_mwer_loss(x, *arguments, reduction="sum")
    values, gradient = s.rnnt_mwer_loss_and_gradient(logits, HYPOTHESES, RISKS)
    assert loss.item() == pytest.approx(values.sum())
    np.testing.assert_allclose(torch.autograd.grad(loss, x)[0], gradient, atol=1e-13)
    assert torch.autograd.gradgradcheck(lambda x: rnnt_mwer_loss(x, *arguments), x)
    with pytest.raises(ValueError, match="counts"):
        rnnt_mwer_loss(x, *arguments[:4], [3, 1])


@pytest.mark.parametrize(
    "change, message",
    [
        ({"hypotheses": [[[1], [1]], [[2], [3], [4]]], "risks": [[0, 0], [0, 0, 0]]}, "hypotheses"),
        ({"hypotheses": [[[1]], [[2]]], "risks": [[0], [0]]}, "hypotheses"),
        ({"risks": [[0, 1], [0, 0]]}, "risks"),
        ({"risks": [[0, 1, np.nan], [0, 0]]}, "risks"),
        ({"reference_weight": 1.0}, "references"),
        ({"reference_weight": 1.0, "references": [[4], [2]]}, "references"),
        ({"score_scale": np.inf}, "score"),
        ({"risks": [[1e308, -1e308, 0], [0, 0]]}, "risks"),
        ({"hypotheses": [5, [[1]]]}, "hypotheses"),
        ({"weights": [1]}, "weights"),
    ],
)
def test_mistakes_are_value_errors(logits, change, message):
    arguments = {"hypotheses": HYPOTHESES, "risks": RISKS, **change}
    with pytest.raises(ValueError, match=message):
        s.rnnt_mwer_loss_and_gradient(logits, **arguments)
