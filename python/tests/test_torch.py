"""The PyTorch module against PyTorch: its own loss, its checks of derivatives, its compilers."""

import documented
import pytest

torch = pytest.importorskip("torch")

import torch.nn.functional as F  # noqa: E402
from torch.autograd import grad, gradcheck, gradgradcheck  # noqa: E402

import swift_seq2seq_losses.torch as s2s  # noqa: E402
from swift_seq2seq_losses.torch import _ctc_operators  # noqa: E402

TIME, BATCH, VOCABULARY, WIDTH = 12, 4, 6, 4


class Case:
    """A random batch; `index` varies shapes, the blank and how many labels and frames there are."""

    def __init__(self, index, dtype=torch.float64):
        generator = torch.Generator().manual_seed(index)
        self.blank = index % VOCABULARY
        self.logits = torch.randn(
            TIME, BATCH, VOCABULARY, dtype=dtype, generator=generator
        ).requires_grad_()
        tokens = torch.tensor([k for k in range(VOCABULARY) if k != self.blank])
        self.targets = tokens[
            torch.randint(VOCABULARY - 1, (BATCH, WIDTH), generator=generator)
        ]
        self.counts = torch.randint(0, WIDTH + 1, (BATCH,), generator=generator)
        self.frames = torch.randint(2 * WIDTH, TIME + 1, (BATCH,), generator=generator)

    @property
    def arguments(self):
        return self.targets, self.frames, self.counts, self.blank

    def loss(self, logits, reduction="sum"):
        return s2s.ctc_loss_from_logits(logits, *self.arguments, reduction)


@pytest.mark.parametrize("reduction", ("none", "sum", "mean"))
def test_agrees_with_pytorch(reduction):
    for index in range(40):
        case = Case(index)
        log_probs = case.logits.log_softmax(-1)
        theirs = F.ctc_loss(log_probs, *case.arguments, reduction=reduction)
        ours = s2s.ctc_loss(log_probs, *case.arguments, reduction=reduction)
        fused = s2s.ctc_loss_from_logits(case.logits, *case.arguments, reduction=reduction)
        weight = torch.randn(theirs.shape, dtype=theirs.dtype)
        expected = grad(theirs, case.logits, weight, retain_graph=True)[0]
        for loss in (ours, fused):
            # Roundings of losses around 20 and of logarithms on the way.
            torch.testing.assert_close(loss, theirs, rtol=1e-13, atol=1e-13)
            torch.testing.assert_close(
                grad(loss, case.logits, weight, retain_graph=True)[0], expected,
                rtol=0, atol=1e-13,
            )


def test_targets_and_lengths_in_every_form():
    case = Case(7)
    expected = s2s.ctc_loss_from_logits(case.logits, *case.arguments)
    joined = torch.cat([row[:count] for row, count in zip(case.targets, case.counts)])
    frames, counts = tuple(case.frames.tolist()), tuple(case.counts.tolist())
    for targets in (case.targets, case.targets.int(), joined, joined.to(torch.int16)):
        loss = s2s.ctc_loss_from_logits(case.logits, targets, frames, counts, case.blank)
        assert loss == expected
    # One sample without a batch axis.
    for reduction in ("none", "sum", "mean"):
        arguments = case.targets[1], case.frames[1], case.counts[1], case.blank, reduction
        log_probs = case.logits[:, 1].log_softmax(-1)
        ours = s2s.ctc_loss(log_probs, *arguments)
        torch.testing.assert_close(ours, F.ctc_loss(log_probs, *arguments))
        assert ours.shape == ()


def test_infeasible_samples():
    log_probs = torch.randn(2, 2, 3, dtype=torch.float64).log_softmax(-1).requires_grad_()
    arguments = torch.tensor([[1, 1], [1, 2]]), (2, 2), (2, 2)
    losses = s2s.ctc_loss(log_probs, *arguments, reduction="none")
    assert losses[0] == torch.inf and losses[1].isfinite()
    gradient = grad(losses.sum(), log_probs)[0]
    assert not gradient[:, 0].any() and gradient[:, 1].any()
    for reduction in ("none", "sum", "mean"):
        ours = s2s.ctc_loss(log_probs, *arguments, reduction=reduction, zero_infinity=True)
        theirs = F.ctc_loss(log_probs, *arguments, reduction=reduction, zero_infinity=True)
        torch.testing.assert_close(ours, theirs)
        assert grad(ours.sum(), log_probs)[0].isfinite().all()


def test_the_gradient_is_the_derivative():
    """Of log_probs as they are, with no softmax around: PyTorch's own fails this."""
    case = Case(3)
    log_probs = case.logits.log_softmax(-1).detach().requires_grad_()

    def loss(values):
        return s2s.ctc_loss(values, *case.arguments, reduction="none")

    assert gradcheck(loss, log_probs)
    assert gradgradcheck(loss, log_probs)
    assert gradcheck(case.loss, case.logits)
    assert gradgradcheck(case.loss, case.logits)
    with pytest.raises(RuntimeError):
        gradcheck(lambda values: F.ctc_loss(values, *case.arguments), log_probs)


def test_third_derivatives_are_an_error():
    case = Case(3)
    (first,) = grad(case.loss(case.logits), case.logits, create_graph=True)
    (second,) = grad((first**2).sum(), case.logits, create_graph=True)
    with pytest.raises(NotImplementedError, match="third derivatives"):
        second.sum().backward()


def test_function_transforms():
    case = Case(5)
    logits = case.logits.detach()
    expected = grad(case.loss(case.logits), case.logits)[0]
    torch.testing.assert_close(torch.func.grad(case.loss)(logits), expected)
    many = torch.stack([logits, 2 * logits, logits - 1])
    losses = torch.vmap(case.loss)(many)
    torch.testing.assert_close(losses, torch.stack([case.loss(values) for values in many]))
    gradients = torch.vmap(torch.func.grad(case.loss))(many)
    torch.testing.assert_close(gradients[0], expected)
    # Second derivatives in three ways, against products with the Hessian.
    hessian = torch.func.hessian(case.loss)(logits)
    torch.testing.assert_close(torch.func.jacrev(torch.func.jacrev(case.loss))(logits), hessian)
    torch.testing.assert_close(torch.autograd.functional.hessian(case.loss, logits), hessian)
    vector = torch.randn_like(logits)
    _, product = torch.func.jvp(torch.func.grad(case.loss), (logits,), (vector,))
    torch.testing.assert_close(product, torch.tensordot(hessian, vector, 3))


def test_vmap_over_targets_and_empty_batches():
    case = Case(6)
    logits = case.logits.detach()
    targets = torch.stack([case.targets, case.targets.flip(1)])
    losses = torch.vmap(
        lambda labels: s2s.ctc_loss_from_logits(
            logits, labels, case.frames, case.counts, case.blank, "sum"
        )
    )(targets)
    expected = [
        s2s.ctc_loss_from_logits(logits, labels, case.frames, case.counts, case.blank, "sum")
        for labels in targets
    ]
    torch.testing.assert_close(losses, torch.stack(expected))
    empty = torch.zeros(5, 0, 3, requires_grad=True)
    loss = s2s.ctc_loss_from_logits(
        empty, torch.zeros(0, 2, dtype=torch.long), [], [], reduction="sum"
    )
    assert loss == 0 and grad(loss, empty)[0].shape == (5, 0, 3)


def test_compiled_and_exported_it_stays_one_operator():
    case = Case(8, torch.float32)
    graphs = []

    def backend(graph, inputs):
        graphs.append(graph)
        return graph.forward

    compiled = torch.compile(case.loss, fullgraph=True, backend=backend)
    (gradient,) = grad(compiled(case.logits), case.logits)
    torch.testing.assert_close(gradient, grad(case.loss(case.logits), case.logits)[0])
    assert len(graphs) == 1

    class Model(torch.nn.Module):
        def forward(self, logits, targets, frames, counts):
            return s2s.ctc_loss_from_logits(logits * 2, targets, frames, counts)

    inputs = (case.logits.detach(), case.targets + (case.targets == 0), case.frames, case.counts)
    program = torch.export.export(Model(), inputs)
    names = [str(node.target) for node in program.graph.nodes]
    assert names.count("swift_seq2seq_losses.ctc_losses.default") == 1
    torch.testing.assert_close(program.module()(*inputs), Model()(*inputs))


def test_operators_keep_pytorchs_rules():
    case = Case(9)
    values = case.logits.detach().transpose(0, 1)
    lengths = (case.targets, case.frames, case.counts, case.blank, "classic", "logits")
    for operator, tensors in (
        (_ctc_operators._losses, (values,)),
        (_ctc_operators._gradient, (values, torch.ones(BATCH))),
        (_ctc_operators._hessian_vector_product, (values, torch.randn_like(values))),
    ):
        torch.library.opcheck(operator, (*tensors, *lengths))


@pytest.mark.parametrize("dtype", (torch.float16, torch.bfloat16, torch.float32))
def test_types_and_strides(dtype):
    case = Case(10)
    wide = torch.zeros(TIME, VOCABULARY, BATCH, 2, dtype=dtype)
    view = wide[..., 1].transpose(1, 2)
    view.copy_(case.logits.detach())
    view.requires_grad_()
    loss = case.loss(view)
    exact = view.detach().double().requires_grad_()
    expected = case.loss(exact)
    assert loss.dtype == torch.float32
    torch.testing.assert_close(loss.double(), expected, rtol=1e-6, atol=0)
    gradient = grad(loss, view)[0]
    assert gradient.dtype == dtype
    # Two roundings of numbers below 1.
    torch.testing.assert_close(
        gradient.double(), grad(expected, exact)[0], rtol=0, atol=2 * torch.finfo(dtype).eps
    )


def test_the_module():
    case = Case(11)
    loss = s2s.CTCLoss(case.blank, "sum", from_logits=True)
    assert loss(case.logits, *case.arguments[:3]) == case.loss(case.logits)
    theirs = torch.nn.CTCLoss(case.blank)
    ours = s2s.CTCLoss(case.blank)
    log_probs = case.logits.log_softmax(-1)
    torch.testing.assert_close(ours(log_probs, *case.arguments[:3]), theirs(log_probs, *case.arguments[:3]))
    simplified = s2s.CTCLoss(case.blank, topology="simplified")
    assert simplified(log_probs, *case.arguments[:3]) > ours(log_probs, *case.arguments[:3])


@pytest.mark.parametrize(
    "change, message",
    [
        (dict(log_probs=torch.zeros(3)), r"log_probs: shape \[3\]"),
        (dict(log_probs=torch.zeros(4, 2, 3, dtype=torch.int32)), "log_probs: torch.int32"),
        (dict(targets=torch.tensor([[1], [3]])), "labels, sample 1, position 0: 3"),
        (dict(targets=torch.tensor([[1.5], [3]])), "targets: torch.float32"),
        (dict(targets=torch.tensor([[1]])), r"targets: shape \[1, 1\]"),
        (dict(input_lengths=[4]), r"input_lengths: shape \[1\] for a batch of 2"),
        (dict(input_lengths=[4, 5]), "logit_lengths, sample 1: 5"),
        (dict(target_lengths=[1, 2]), "label_lengths, sample 1: 2"),
        (dict(reduction="max"), "reduction: 'max'"),
        (dict(blank=3), "blank: 3"),
        (dict(topology="hmm"), "topology: 'hmm'"),
    ],
)
def test_mistakes_are_value_errors(change, message):
    arguments = dict(
        log_probs=torch.zeros(4, 2, 3), targets=torch.tensor([[1], [2]]), input_lengths=(4, 4),
        target_lengths=(1, 1),
    )
    with pytest.raises(ValueError, match=message):
        s2s.ctc_loss(**{**arguments, **change})


def test_forced_align():
    generator = torch.Generator().manual_seed(1)
    for dtype in (torch.float32, torch.float64, torch.bfloat16):
        values = torch.randn(2, 30, 8, generator=generator).log_softmax(-1).to(dtype)
        targets = torch.randint(1, 8, (2, 6), generator=generator, dtype=torch.int32)
        paths, scores = s2s.forced_align(values, targets, torch.tensor([30, 20]), torch.tensor([6, 4]))
        assert paths.dtype == torch.int32 and scores.dtype == dtype
        assert (scores[0] == values[0, range(30), paths[0].long()]).all()
        assert (paths[1, 20:] == 0).all() and (scores[1, 20:] == 0).all()
        for path, target in zip(paths, (targets[0], targets[1, :4])):
            assert torch.unique_consecutive(path)[torch.unique_consecutive(path) != 0].equal(target)
    with pytest.raises(ValueError, match="no path"):
        s2s.forced_align(values, targets, torch.tensor([30, 3]))


def test_help_shows_every_argument():
    assert documented.shortcomings(s2s) == []
