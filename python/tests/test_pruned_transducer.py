"""Simple, smoothed and pruned transducer losses: the full loss of the sums, fast_rnnt if installed, mistakes."""

import numpy as np
import pytest

import swift_seq2seq_losses as s

TYPES = {"regular": "standard", "modified": "monotonic"}


def example(seed, dtype=np.float64, ragged=True):
    """A random batch: lm, am, symbols, blank, boundary."""
    random = np.random.default_rng(seed)
    batch, time, count, vocabulary = random.integers(1, [4, 9, 6, 12]) + [0, 6, 1, 2]
    blank = int(random.integers(vocabulary))
    lm = random.normal(size=(batch, count + 1, vocabulary)).astype(dtype)
    am = random.normal(size=(batch, time, vocabulary)).astype(dtype)
    symbols = random.integers(0, vocabulary - 1, (batch, count))
    symbols[symbols >= blank] += 1
    boundary = np.zeros((batch, 4), np.int64)
    boundary[:, 2] = random.integers(1, count + 1, batch) if ragged else count
    boundary[:, 3] = random.integers(max(6, count), time + 1, batch) if ragged else time
    return lm, am, symbols, blank, boundary


def joint(lm, am):
    return am[:, :, None] + lm[:, None]


@pytest.mark.parametrize("rnnt_type", TYPES)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_simple_equals_the_full_loss_of_the_sums(rnnt_type, dtype):
    tolerance = 1e-5 if dtype == np.float32 else 1e-11
    for seed in range(20):
        lm, am, symbols, blank, boundary = example(seed, dtype)
        losses, of_lm, of_am = s.rnnt_loss_simple_and_gradients(
            lm, am, symbols, blank, boundary, rnnt_type
        )
        full, gradient = s.rnnt_loss_and_gradient(
            joint(lm.astype(np.float64), am.astype(np.float64)), symbols, boundary[:, 3],
            boundary[:, 2], blank=blank, topology=TYPES[rnnt_type],
        )
        assert of_lm.dtype == of_am.dtype == dtype
        np.testing.assert_allclose(losses, full, rtol=tolerance)
        np.testing.assert_allclose(of_lm, gradient.sum(1), rtol=0, atol=tolerance)
        np.testing.assert_allclose(of_am, gradient.sum(2), rtol=0, atol=tolerance)
        assert (s.rnnt_loss_simple(lm, am, symbols, blank, boundary, rnnt_type) == losses).all()
        # With everything kept, pruning changes nothing.
        everything = np.arange(lm.shape[1]) + np.zeros((*am.shape[:2], 1), np.int64)
        pruned = s.rnnt_loss_pruned_and_gradient(
            joint(lm, am).astype(np.float64), symbols, everything, blank, boundary, rnnt_type
        )
        np.testing.assert_allclose(pruned[0], full, rtol=tolerance)
        np.testing.assert_allclose(pruned[1], gradient, rtol=0, atol=tolerance)


@pytest.mark.parametrize("rnnt_type", TYPES)
def test_smoothed_gradients_are_derivatives(rnnt_type):
    step = 1e-5
    for seed in range(5):
        lm, am, symbols, blank, boundary = example(seed)
        arguments = (symbols, blank, 0.25, 0.1, boundary, rnnt_type)
        losses, *gradients = s.rnnt_loss_smoothed_and_gradients(lm, am, *arguments)
        assert (s.rnnt_loss_smoothed(lm, am, *arguments) == losses).all()
        plain = s.rnnt_loss_smoothed(lm, am, symbols, blank, 0, 0, boundary, rnnt_type)
        assert (plain == s.rnnt_loss_simple(lm, am, symbols, blank, boundary, rnnt_type)).all()
        random = np.random.default_rng(seed)
        for place, gradient in enumerate(gradients):
            direction = random.normal(size=gradient.shape)
            sides = []
            for h in (step, -step):
                inputs = [lm, am]
                inputs[place] = inputs[place] + h * direction
                sides.append(s.rnnt_loss_smoothed(*inputs, *arguments).sum())
            # Central differences err by step squared.
            assert (gradient * direction).sum() == pytest.approx(
                (sides[0] - sides[1]) / (2 * step), abs=1e-6
            )


@pytest.mark.parametrize("rnnt_type", TYPES)
def test_equals_fast_rnnt(rnnt_type):
    torch = pytest.importorskip("torch")
    fast_rnnt = pytest.importorskip("fast_rnnt")
    for seed in range(30):
        lm, am, symbols, blank, boundary = example(seed)
        tensors = [torch.tensor(x, requires_grad=True) for x in (lm, am)]
        common = (torch.tensor(symbols), blank)
        bounds = torch.tensor(boundary)
        options = {"rnnt_type": rnnt_type, "reduction": "none"}
        theirs, grads = fast_rnnt.rnnt_loss_simple(
            *tensors, *common, boundary=bounds, return_grad=True, **options
        )
        # Its backward pass changes these in place.
        grads = [grad.clone() for grad in grads]
        theirs.sum().backward()
        losses, of_lm, of_am, (px_grad, py_grad) = s.rnnt_loss_simple_and_gradients(
            lm, am, symbols, blank, boundary, rnnt_type, return_grad=True
        )
        np.testing.assert_allclose(losses, theirs.detach(), rtol=1e-11)
        np.testing.assert_allclose(of_lm, tensors[0].grad, atol=1e-10)
        np.testing.assert_allclose(of_am, tensors[1].grad, atol=1e-10)
        np.testing.assert_allclose(px_grad, grads[0], atol=1e-10)
        np.testing.assert_allclose(py_grad, grads[1], atol=1e-10)

        for s_range in (2, 3, 5):
            # Theirs takes as many positions as the padded array has.
            if s_range > boundary[:, 2].max() or boundary[:, 2].max() < symbols.shape[1]:
                continue
            ranges = s.get_rnnt_prune_ranges(px_grad, py_grad, boundary, s_range)
            expected = fast_rnnt.get_rnnt_prune_ranges(*grads, bounds, s_range)
            np.testing.assert_array_equal(ranges, expected)
            rows = s.do_rnnt_pruning(am, lm, ranges)
            for ours, row in zip(rows, fast_rnnt.do_rnnt_pruning(*tensors[::-1], expected)):
                np.testing.assert_array_equal(ours, row.detach())
            logits = torch.tensor(np.sin(rows[0] * 2 + rows[1]), requires_grad=True)
            theirs = fast_rnnt.rnnt_loss_pruned(
                logits, common[0], expected, blank, boundary=bounds, **options
            )
            theirs.sum().backward()
            losses, gradient = s.rnnt_loss_pruned_and_gradient(
                logits.detach().numpy(), symbols, ranges, blank, boundary, rnnt_type
            )
            np.testing.assert_allclose(losses, theirs.detach(), rtol=1e-11)
            np.testing.assert_allclose(gradient, logits.grad, atol=1e-10)

        # Their average is over padding too.
        lm, am, symbols, blank, _ = example(seed, ragged=False)
        tensors = [torch.tensor(x, requires_grad=True) for x in (lm, am)]
        theirs = fast_rnnt.rnnt_loss_smoothed(
            *tensors, torch.tensor(symbols), blank, lm_only_scale=0.25, am_only_scale=0.3, **options
        )
        theirs.sum().backward()
        losses, of_lm, of_am = s.rnnt_loss_smoothed_and_gradients(
            lm, am, symbols, blank, 0.25, 0.3, rnnt_type=rnnt_type
        )
        np.testing.assert_allclose(losses, theirs.detach(), rtol=1e-11)
        np.testing.assert_allclose(of_lm, tensors[0].grad, atol=1e-10)
        np.testing.assert_allclose(of_am, tensors[1].grad, atol=1e-10)


@pytest.mark.parametrize(
    "change, message",
    [
        ({"lm": np.zeros((1, 3))}, "lm: shape"),
        ({"am": np.zeros((1, 2, 4), np.float32)}, "lm|am"),
        ({"am": np.zeros((1, 2, 5))}, "lm|am"),
        ({"symbols": [[1]]}, "symbols: shape"),
        ({"symbols": [[1.5, 2]]}, "symbols"),
        ({"symbols": [[0, 1]]}, "symbols.*blank"),
        ({"symbols": [[1, 4]]}, "symbols"),
        ({"termination_symbol": 4}, "termination_symbol"),
        ({"boundary": [[0, 0, 2]]}, "boundary: shape"),
        ({"boundary": [[1, 0, 2, 2]]}, "boundary: samples"),
        ({"boundary": [[0, 0, 2, 3]]}, "boundary"),
        ({"boundary": [[0, 0, 3, 2]]}, "boundary"),
        ({"rnnt_type": "other"}, "rnnt_type"),
        ({"lm_only_scale": 2}, "lm_only_scale"),
        ({"am_only_scale": 0.95}, "am_only_scale"),
        ({"fastemit_lambda": "a"}, "fastemit_lambda"),
        ({"threads": 0}, "threads"),
    ],
)
def test_mistakes_are_value_errors(change, message):
    arguments = {
        "lm": np.zeros((1, 3, 4)), "am": np.zeros((1, 2, 4)), "symbols": [[1, 2]],
        "termination_symbol": 0, **change,
    }
    with pytest.raises(ValueError, match=message):
        s.rnnt_loss_smoothed_and_gradients(**arguments)


def test_mistakes_of_pruning():
    px_grad, py_grad = np.zeros((1, 2, 4)), np.zeros((1, 3, 3))
    for arguments, message in [
        ((px_grad[0], py_grad, None, 2), "px_grad"),
        ((px_grad[:, :1], py_grad, None, 2), "px_grad"),
        ((px_grad, py_grad, None, 1), "range"),
        ((px_grad, py_grad, [[0, 0, 3, 3]], 2), "boundary"),
        ((px_grad, py_grad, [[0, 0, 2, 4]], 2), "boundary"),
    ]:
        with pytest.raises(ValueError, match=message):
            s.get_rnnt_prune_ranges(*arguments)
    ranges = s.get_rnnt_prune_ranges(px_grad, py_grad, None, 2)
    assert ranges.shape == (1, 3, 2)
    logits = np.zeros((1, 3, 2, 4))
    for arguments, message in [
        ((logits[:, :2], [[1, 2]], ranges, 0), "logits: shape"),
        ((logits, [[1, 2]], ranges[:, :, ::-1], 0), "ranges"),
        ((logits, [[1, 2]], ranges + 3, 0), "ranges"),
        ((logits, [1, 2], ranges, 0), "symbols"),
        ((logits, [[1, 2]], ranges, 4), "termination_symbol"),
    ]:
        with pytest.raises(ValueError, match=message):
            s.rnnt_loss_pruned(*arguments)
    with pytest.raises(ValueError, match="ranges"):
        s.do_rnnt_pruning(np.zeros((1, 2, 4)), np.zeros((1, 3, 4)), ranges)


def test_a_sample_without_probabilities_has_no_part_in_the_average():
    random = np.random.default_rng(0)
    lm, am = random.normal(size=(2, 3, 4)), random.normal(size=(2, 5, 4))
    arguments = np.ones((2, 2), int), 0
    alone = s.rnnt_loss_smoothed_and_gradients(
        lm[1:], am[1:], np.ones((1, 2), int), 0, lm_only_scale=0.2, am_only_scale=0.3
    )
    for value in (np.nan, np.inf):
        broken = lm.copy()
        broken[0, 0, 0] = value
        losses, *gradients = s.rnnt_loss_smoothed_and_gradients(
            broken, am, *arguments, lm_only_scale=0.2, am_only_scale=0.3
        )
        assert np.isnan(losses[0]) and losses[1] == alone[0][0]
        for found, expected in zip(gradients, alone[1:]):
            np.testing.assert_allclose(found[1], expected[0], atol=1e-15)
    with pytest.raises(ValueError, match="lm"):
        s.do_rnnt_pruning(am, lm[:, :0], np.zeros((2, 5, 1), int))
