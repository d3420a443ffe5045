"""Losses with the signatures of PyTorch's and torchaudio's own, and derivatives of every order but the third.

`ctc_loss` and `CTCLoss` stand in for `torch.nn.functional.ctc_loss` and `torch.nn.CTCLoss`. What
differs, for the better:

- The gradient by `log_probs` is the derivative, whether or not a `log_softmax` comes before:
  `torch.autograd.gradcheck` passes, and so does `gradgradcheck`.
- A sample that no alignment fits has a loss of `inf` and a gradient of 0 (PyTorch: NaN).
- float16 and bfloat16, whose losses are float32.
- Mistakes are `ValueError`s that name the argument, the sample and the value.

`rnnt_loss` and `RNNTLoss` stand in for torchaudio's, and are differentiable twice; `tdt_loss` is the loss of
token-and-duration transducers.

`mwer_loss` is the expected risk of hypotheses, for minimum word error rate training, and
`mwer_loss_from_references` finds the hypotheses by beam search.

`forced_align` stands in for `torchaudio.functional.forced_align`, and takes batches.
`ctc_loss_from_logits` does the softmax too, and is faster than both steps.

Tensors on other devices are copied to the CPU and back.
"""

from __future__ import annotations

from collections.abc import Sequence
from ctypes import byref
from typing import Any, Optional, Union

import torch
from torch import Tensor

from . import _decoding, _risk
from ._native import arguments as _arguments
from ._native import enumerations as _enumerations
from ._native import handles as _handles
from ._native import library as _library
from ._native import structures as _structures
from ._torch_transducer import RNNTLoss, _Gradients, apply, rnnt_loss, rnnt_mwer_loss, tdt_loss

__all__ = [
    "CTCLoss",
    "RNNTLoss",
    "ctc_loss",
    "ctc_loss_from_logits",
    "forced_align",
    "mwer_loss",
    "mwer_loss_from_references",
    "rnnt_loss",
    "rnnt_mwer_loss",
    "tdt_loss",
]

_Lengths = Union[Tensor, Sequence[int]]
# The frames of each sample, hypotheses with their risks, and the loss.
_Problem = tuple[Optional[Tensor], _structures.ExpectedRisk, _handles.Handle]

_ELEMENTS = {getattr(torch, name): number for name, number in _enumerations.ELEMENTS.items()}


def ctc_loss(
    log_probs: Tensor,
    targets: Tensor,
    input_lengths: _Lengths,
    target_lengths: _Lengths,
    blank: int = 0,
    reduction: str = "mean",
    zero_infinity: bool = False,
    *,
    topology: str = "classic",
) -> Tensor:
    """The CTC loss of log-probabilities, as `torch.nn.functional.ctc_loss`.

    Args:
        log_probs: `[time, batch, vocabulary]`, or `[time, vocabulary]` for one sample.
        targets: `[batch, width]`, padded, or all labels in one vector.
        input_lengths: `[batch]`, the frames of each sample.
        target_lengths: `[batch]`, the labels of each sample.
        blank: The index of the blank token.
        reduction: "none", "sum", or "mean": each loss divided by its number of labels, then the
            mean over the batch.
        zero_infinity: Whether a sample that no alignment fits counts as 0 instead of `inf`.
        topology: "classic", "simplified" (repeated labels do not collapse) or "no_blank" (they do, and there is
            no blank).

    Returns:
        `[batch]`, or a scalar if reduced or for one sample.

    Raises:
        ValueError: A shape, length, label or option does not fit.
    """
    return _reduced_loss(
        "log_probs", log_probs, targets, input_lengths, target_lengths, blank, reduction,
        zero_infinity, topology, "log_probabilities",
    )


def ctc_loss_from_logits(
    logits: Tensor,
    targets: Tensor,
    input_lengths: _Lengths,
    target_lengths: _Lengths,
    blank: int = 0,
    reduction: str = "mean",
    zero_infinity: bool = False,
    *,
    topology: str = "classic",
) -> Tensor:
    """The CTC loss of logits: `ctc_loss(logits.log_softmax(-1), ...)` in one step.

    Args:
        logits: `[time, batch, vocabulary]`, or `[time, vocabulary]` for one sample.

    The other arguments are those of `ctc_loss`.

    Returns:
        `[batch]`, or a scalar if reduced or for one sample.

    Raises:
        ValueError: As from `ctc_loss`.
    """
    return _reduced_loss(
        "logits", logits, targets, input_lengths, target_lengths, blank, reduction,
        zero_infinity, topology, "logits",
    )


class CTCLoss(torch.nn.Module):
    """The CTC loss as a module, as `torch.nn.CTCLoss`.

    Args:
        from_logits: Whether what it is called with are logits, not log-probabilities.

    The other arguments are those of `ctc_loss`.
    """

    def __init__(
        self,
        blank: int = 0,
        reduction: str = "mean",
        zero_infinity: bool = False,
        *,
        topology: str = "classic",
        from_logits: bool = False,
    ) -> None:
        super().__init__()
        self.blank = blank
        self.reduction = reduction
        self.zero_infinity = zero_infinity
        self.topology = topology
        self.from_logits = from_logits

    def forward(
        self, log_probs: Tensor, targets: Tensor, input_lengths: _Lengths, target_lengths: _Lengths
    ) -> Tensor:
        """The loss.

        The arguments are those of `ctc_loss`.

        Returns:
            `[batch]`, or a scalar if reduced or for one sample.

        Raises:
            ValueError: As from `ctc_loss`.
        """
        loss = ctc_loss_from_logits if self.from_logits else ctc_loss
        return loss(
            log_probs, targets, input_lengths, target_lengths, self.blank, self.reduction,
            self.zero_infinity, topology=self.topology,
        )


def forced_align(
    log_probs: Tensor,
    targets: Tensor,
    input_lengths: Optional[Tensor] = None,
    target_lengths: Optional[Tensor] = None,
    blank: int = 0,
) -> tuple[Tensor, Tensor]:
    """The best path of each sample with its targets, as `torchaudio.functional.forced_align`.

    Args:
        log_probs: `[batch, time, vocabulary]`.
        targets: `[batch, width]`; -1 stands for any tokens but the blank.
        input_lengths: `[batch]`, the frames of each sample; all by default.
        target_lengths: `[batch]`, the targets of each sample; all by default.
        blank: The index of the blank token.

    Returns:
        The token of each frame, of the targets' type, and its log-probability, both `[batch, time]`;
        past a sample's frames the blank and 0. Nothing is differentiated.

    Raises:
        ValueError: A shape, length or target does not fit, or a sample has no path; the message names it.
    """
    values = log_probs.detach().cpu()
    # NumPy has no bfloat16.
    rows = values.float() if values.dtype == torch.bfloat16 else values
    frames, counts = (None if tensor is None else tensor.cpu().numpy() for tensor in (input_lengths, target_lengths))
    paths, scores = _decoding.forced_align(rows.numpy(), targets.cpu().numpy(), frames, counts, blank)
    return (
        torch.from_numpy(paths).to(targets),
        torch.from_numpy(scores).to(log_probs),
    )


def mwer_loss(
    logits: Tensor,
    hypotheses: _risk.HypothesesLike,
    risks: Sequence[Any],
    input_lengths: Optional[_Lengths] = None,
    references: Optional[Sequence[Any]] = None,
    blank: int = 0,
    reduction: str = "mean",
    zero_infinity: bool = False,
    *,
    score_scale: float = 1.0,
    subtract_mean: bool = True,
    reference_weight: float = 0.0,
    topology: str = "classic",
) -> Tensor:
    """The expected risk of hypotheses under the model (arXiv 1712.01818), differentiable twice.

    Of a sample's hypotheses y with risks r it is `sum(p * (r - mean(r)))`, where p is the softmax over the
    hypotheses of `score_scale * log P(y | logits)`; plus `reference_weight` times the CTC loss of its
    reference. Logits and log-probabilities have the same value and derivatives, but for the reference's.

    Args:
        logits: `[time, batch, vocabulary]`, as for `ctc_loss_from_logits`.
        hypotheses: For each sample a list of label sequences. One that is twice in a list counts once.
        risks: For each sample a list of as many finite numbers: edit distances, or any other.
        input_lengths: `[batch]`, the frames of each sample; all of them unless given.
        references: The label sequence of each sample; needed if `reference_weight` is not 0.
        blank: The index of the blank token.
        reduction: "none", "sum", or "mean" over the batch.
        zero_infinity: Whether a sample of which no hypothesis has an alignment counts as 0, not `inf`.
        score_scale: What log-probabilities are multiplied by; less than 1 flattens the distribution.
        subtract_mean: Whether the mean of a list's risks is subtracted: that changes no derivative.
        reference_weight: How much of the references' own loss is added.
        topology: "classic", "simplified" (repeated labels do not collapse) or "no_blank" (they do, and there is
            no blank).

    Returns:
        `[batch]`, or a scalar if reduced: `inf`, without a gradient, where no hypothesis has an alignment.

    Raises:
        ValueError: A shape, length, label, risk or option does not fit; the message names it.
    """
    if reduction not in ("none", "sum", "mean"):
        raise ValueError(f"reduction: {reduction!r} is not one of none, sum, mean")
    if logits.dim() != 3:
        raise ValueError(
            f"logits: shape {list(logits.shape)} where [time, batch, vocabulary] is expected"
        )
    if logits.dtype not in _ELEMENTS:
        raise ValueError(f"logits: {logits.dtype} is not a floating point type of up to 64 bits")
    batch = logits.shape[1]
    lengths = None
    if input_lengths is not None:
        lengths = _lengths("input_lengths", input_lengths, batch, False).cpu().contiguous()
    risk = _risk.expected_risk(
        hypotheses, risks, references, batch, score_scale, subtract_mean, reference_weight
    )
    problem = (lengths, risk, _arguments.loss(blank, topology, "logits", None))
    values: Tensor = apply(_Risk, logits.transpose(0, 1), problem)
    if zero_infinity:
        values = torch.where(torch.isinf(values), torch.zeros_like(values), values)
    if reduction == "none":
        return values
    return values.sum() if reduction == "sum" else values.mean()


def mwer_loss_from_references(
    logits: Tensor,
    references: Sequence[Any],
    input_lengths: Optional[_Lengths] = None,
    blank: int = 0,
    reduction: str = "mean",
    zero_infinity: bool = True,
    *,
    nbest: int = 16,
    decoder: Optional[_decoding.BeamSearchDecoder] = None,
    unit: str = "token",
    include_reference: bool = False,
    score_scale: float = 1.0,
    subtract_mean: bool = True,
    reference_weight: float = 0.0,
    topology: str = "classic",
) -> Tensor:
    """`mwer_loss` of the hypotheses that a beam search finds, with their edit distances to the references.

    Args:
        references: The label sequence of each sample, or its text if `unit` is "word" or "character"; then
            `reference_weight` has to be 0.
        nbest, decoder, unit, include_reference: As for `swift_seq2seq_losses.nbest_risks`.

    The other arguments are those of `mwer_loss`. Nothing is differentiated through the search.

    Returns:
        As from `mwer_loss`.

    Raises:
        ValueError: As from `mwer_loss` or `swift_seq2seq_losses.nbest_risks`.
    """
    if unit != "token" and reference_weight:
        raise ValueError("reference_weight: of references that are tokens only")
    sequences = [
        reference.detach().cpu().numpy() if isinstance(reference, Tensor) else reference
        for reference in references
    ]
    rows = logits.detach().transpose(0, 1).cpu()
    lengths = None
    if input_lengths is not None:
        lengths = _lengths("input_lengths", input_lengths, logits.shape[1], False).cpu().numpy()
    found = _risk.nbest_risks(
        # NumPy has no bfloat16.
        (rows.float() if rows.dtype == torch.bfloat16 else rows).numpy(), sequences, lengths,
        nbest=nbest, blank=blank, topology=topology, decoder=decoder, unit=unit,
        include_reference=include_reference,
    )
    return mwer_loss(
        logits, *found, input_lengths, sequences if reference_weight else None, blank, reduction,
        zero_infinity, score_scale=score_scale, subtract_mean=subtract_mean,
        reference_weight=reference_weight, topology=topology,
    )


class _Risk(torch.autograd.Function):
    """Each sample's expected risk. Its gradient is made with it: hypotheses are many, the backward pass is free."""

    @staticmethod
    def forward(ctx: Any, values: Tensor, problem: _Problem) -> Tensor:
        rows = values.detach().cpu()
        results = torch.empty(rows.shape[0], dtype=torch.float64)
        gradient = torch.empty_like(rows) if ctx.needs_input_grad[0] else None
        _library.expected_risks_and_gradient(
            *_risk_arguments(rows, problem), None, results.data_ptr(),
            None if gradient is None else byref(_tensor(gradient)),
        )
        if gradient is not None:
            ctx.save_for_backward(values, gradient.to(values.device))
        ctx.problem = problem
        return results.to(values.device, _loss_type(values))

    @staticmethod
    def backward(ctx: Any, d_results: Tensor) -> _Gradients:
        gradient = apply(_RiskGradient, *ctx.saved_tensors, ctx.problem)
        # An infinite value's own part of the gradient is 0.
        weights = torch.where(torch.isinf(d_results), torch.zeros_like(d_results), d_results)
        return _weighted(weights, gradient), None


class _RiskGradient(torch.autograd.Function):
    """The gradient, known already, with its own derivative by the values."""

    @staticmethod
    def forward(ctx: Any, values: Tensor, gradient: Tensor, problem: _Problem) -> Tensor:
        ctx.save_for_backward(values)
        ctx.problem = problem
        return gradient.clone()

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, vector: Tensor) -> _Gradients:
        (values,) = ctx.saved_tensors
        rows = values.detach().cpu()
        direction = vector.detach().to("cpu", rows.dtype)
        product = torch.empty_like(rows)
        _library.expected_risk_hessian_vector_product(
            *_risk_arguments(rows, ctx.problem), byref(_tensor(direction)), byref(_tensor(product))
        )
        return product.to(values.device), None, None


def _weighted(weights: Tensor, rows: Tensor) -> Tensor:
    """Each sample's rows times its weight; the product is rounded, not the weight: 1/3 is another number in 16 bits."""
    return (weights[:, None, None] * rows).to(rows.dtype)


def _slopes(rows: Tensor, direction: Tensor, dtype: torch.dtype) -> Tensor:
    """Each sample's sum of products, of a type that has the digits for it."""
    return (rows.to(dtype) * direction.to(dtype)).sum((1, 2))


def _risk_arguments(rows: Tensor, problem: _Problem) -> tuple[Any, ...]:
    lengths, risk, loss = problem
    return loss, byref(_tensor(rows)), None if lengths is None else lengths.data_ptr(), byref(risk)


def _reduced_loss(
    argument: str, values: Tensor, targets: Tensor, input_lengths: _Lengths,
    target_lengths: _Lengths, blank: int, reduction: str, zero_infinity: bool, topology: str,
    inputs: str,
) -> Tensor:
    if reduction not in ("none", "sum", "mean"):
        raise ValueError(f"reduction: {reduction!r} is not one of none, sum, mean")
    if values.dim() not in (2, 3):
        raise ValueError(
            f"{argument}: shape {list(values.shape)} where [time, batch, vocabulary] or "
            "[time, vocabulary] is expected"
        )
    if values.dtype not in _ELEMENTS:
        raise ValueError(f"{argument}: {values.dtype} is not a floating point type of up to 64 bits")
    is_single = values.dim() == 2
    if is_single:
        values = values.unsqueeze(1)
        targets = targets.unsqueeze(0) if targets.dim() == 1 else targets
    batch = values.shape[1]
    frames = _lengths("input_lengths", input_lengths, batch, is_single)
    counts = _lengths("target_lengths", target_lengths, batch, is_single)
    targets = _integers("targets", targets)
    batch_major = values.transpose(0, 1)
    losses = _apply(_Losses, batch_major, targets, frames, counts, blank, topology, inputs)
    if zero_infinity:
        losses = torch.where(torch.isinf(losses), torch.zeros_like(losses), losses)
    if is_single:
        losses = losses.squeeze(0)
        if reduction == "mean":
            return losses / counts.to(losses).clamp(min=1).squeeze(0)
        return losses
    if reduction == "sum":
        return losses.sum()
    if reduction == "mean":
        return (losses / counts.to(losses).clamp(min=1)).mean()
    return losses


def _lengths(argument: str, lengths: _Lengths, batch: int, is_single: bool) -> Tensor:
    if not isinstance(lengths, Tensor):
        lengths = torch.as_tensor(lengths)
    lengths = _integers(argument, lengths)
    if is_single and lengths.dim() == 0:
        lengths = lengths.unsqueeze(0)
    if lengths.shape != (batch,):
        raise ValueError(f"{argument}: shape {list(lengths.shape)} for a batch of {batch}")
    return lengths


def _integers(argument: str, values: Tensor) -> Tensor:
    if values.numel() > 0 and (values.is_floating_point() or values.is_complex()):
        raise ValueError(f"{argument}: {values.dtype} where integers are expected")
    return values.to(torch.int64)


# The operators below are opaque to PyTorch's compilers. They take `[batch, time, vocabulary]` with
# any strides, and integers of 64 bits.


@torch.library.custom_op("swift_seq2seq_losses::ctc_losses", mutates_args=())
def _losses(
    values: Tensor, targets: Tensor, frames: Tensor, counts: Tensor, blank: int, topology: str,
    inputs: str,
) -> Tensor:
    call = _Call(values, targets, frames, counts, blank, topology, inputs)
    losses = torch.empty(values.shape[0], dtype=torch.float64)
    _library.losses(*call.arguments, losses.data_ptr())
    return losses.to(values.device, _loss_type(values))


@_losses.register_fake
def _(values: Tensor, *_: Any) -> Tensor:
    return values.new_empty(values.shape[0], dtype=_loss_type(values))


@torch.library.custom_op("swift_seq2seq_losses::ctc_gradient", mutates_args=())
def _gradient(
    values: Tensor, weights: Tensor, targets: Tensor, frames: Tensor, counts: Tensor, blank: int,
    topology: str, inputs: str,
) -> Tensor:
    call = _Call(values, targets, frames, counts, blank, topology, inputs)
    factors = weights.detach().to("cpu", torch.float64).contiguous()
    losses = torch.empty(values.shape[0], dtype=torch.float64)
    gradient = torch.empty_like(call.values)
    _library.losses_and_gradient(
        *call.arguments, factors.data_ptr(), losses.data_ptr(), byref(_tensor(gradient))
    )
    return gradient.to(values.device)


@_gradient.register_fake
def _(values: Tensor, weights: Tensor, *_: Any) -> Tensor:
    return torch.empty_like(values)


@torch.library.custom_op("swift_seq2seq_losses::ctc_hessian_vector_product", mutates_args=())
def _hessian_vector_product(
    values: Tensor, vector: Tensor, targets: Tensor, frames: Tensor, counts: Tensor, blank: int,
    topology: str, inputs: str,
) -> Tensor:
    call = _Call(values, targets, frames, counts, blank, topology, inputs)
    direction = vector.detach().to("cpu", values.dtype)
    product = torch.empty_like(call.values)
    _library.hessian_vector_product(
        *call.arguments, byref(_tensor(direction)), byref(_tensor(product))
    )
    return product.to(values.device)


@_hessian_vector_product.register_fake
def _(values: Tensor, vector: Tensor, *_: Any) -> Tensor:
    return torch.empty_like(values)


# Derivatives: of the losses by the values, weighted gradients; of those by the values, products with
# the Hessian. A gradient is computed where it is wanted, with its weights: to keep one from the forward
# pass and multiply it would take two more arrays as large as the logits.


class _Losses(torch.autograd.Function):
    """Each sample's loss."""

    generate_vmap_rule = True

    @staticmethod
    def forward(
        values: Tensor, targets: Tensor, frames: Tensor, counts: Tensor, blank: int, topology: str, inputs: str
    ) -> Tensor:
        result: Tensor = _losses(values, targets, frames, counts, blank, topology, inputs)
        return result

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
        values, targets, frames, counts, *ctx.options = inputs
        ctx.save_for_backward(values, targets, frames, counts)
        ctx.save_for_forward(values, targets, frames, counts)

    @staticmethod
    def backward(ctx: Any, d_losses: Tensor) -> _Gradients:
        values, *others = ctx.saved_tensors
        # An infinite factor of an infinite loss's gradient, which is 0, is left out.
        weights = torch.where(torch.isinf(d_losses), torch.zeros_like(d_losses), d_losses)
        gradient = _apply(_Gradient, values, weights, *others, *ctx.options)
        return gradient, None, None, None, None, None, None


class _Gradient(torch.autograd.Function):
    """The gradient of the losses' weighted sum."""

    generate_vmap_rule = True

    @staticmethod
    def forward(
        values: Tensor, weights: Tensor, targets: Tensor, frames: Tensor, counts: Tensor, blank: int, topology: str,
        inputs: str,
    ) -> Tensor:
        result: Tensor = _gradient(values, weights, targets, frames, counts, blank, topology, inputs)
        return result

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
        values, weights, targets, frames, counts, *ctx.options = inputs
        ctx.save_for_backward(values, weights, targets, frames, counts)
        ctx.save_for_forward(values, weights, targets, frames, counts)

    @staticmethod
    def backward(ctx: Any, d_gradient: Tensor) -> _Gradients:
        values, weights, *others = ctx.saved_tensors
        d_values = d_weights = None
        if ctx.needs_input_grad[0]:
            vector = _weighted(weights, d_gradient)
            d_values = _apply(_Product, values, vector, *others, *ctx.options)
        if ctx.needs_input_grad[1]:
            plain = _apply(_Gradient, values, torch.ones_like(weights), *others, *ctx.options)
            d_weights = _slopes(plain, d_gradient, weights.dtype)
        return d_values, d_weights, None, None, None, None, None, None


class _Product(torch.autograd.Function):
    """The Hessian times a vector: symmetric, and linear in the vector."""

    generate_vmap_rule = True

    @staticmethod
    def forward(
        values: Tensor, vector: Tensor, targets: Tensor, frames: Tensor, counts: Tensor, blank: int, topology: str,
        inputs: str,
    ) -> Tensor:
        result: Tensor = _hessian_vector_product(
            values, vector, targets, frames, counts, blank, topology, inputs
        )
        return result

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
        values, _, targets, frames, counts, *ctx.options = inputs
        ctx.save_for_backward(values, targets, frames, counts)
        ctx.save_for_forward(values, targets, frames, counts)

    @staticmethod
    def backward(ctx: Any, d_product: Tensor) -> _Gradients:
        if ctx.needs_input_grad[0]:
            raise NotImplementedError(_THIRD)
        values, *others = ctx.saved_tensors
        product = _apply(_Product, values, d_product, *others, *ctx.options)
        return None, product, None, None, None, None, None, None


# With forward derivatives too, of which PyTorch's compiler wants to know nothing.


class _ForwardLosses(_Losses):
    @staticmethod
    def jvp(ctx: Any, d_values: Tensor, *_: None) -> Tensor:
        values, *others = ctx.saved_tensors
        weights = torch.ones(values.shape[0], dtype=_loss_type(values), device=values.device)
        gradient = _apply(_Gradient, values, weights, *others, *ctx.options)
        return _slopes(gradient, d_values, _loss_type(values))


class _ForwardGradient(_Gradient):
    @staticmethod
    def jvp(ctx: Any, d_values: Optional[Tensor], d_weights: Optional[Tensor], *_: None) -> Tensor:
        values, weights, *others = ctx.saved_tensors
        result = torch.zeros_like(values)
        if d_values is not None:
            product = _apply(_Product, values, d_values, *others, *ctx.options)
            result = result + _weighted(weights, product)
        if d_weights is not None:
            plain = _apply(_Gradient, values, torch.ones_like(weights), *others, *ctx.options)
            result = result + _weighted(d_weights, plain)
        return result


class _ForwardProduct(_Product):
    @staticmethod
    def jvp(ctx: Any, d_values: Optional[Tensor], d_vector: Optional[Tensor], *_: None) -> Tensor:
        if d_values is not None:
            raise NotImplementedError(_THIRD)
        values, *others = ctx.saved_tensors
        return _apply(_Product, values, d_vector, *others, *ctx.options)


_THIRD = "third derivatives of the CTC loss are not implemented"
_WITH_FORWARD = {_Losses: _ForwardLosses, _Gradient: _ForwardGradient, _Product: _ForwardProduct}


def _apply(function: Any, *arguments: Any) -> Tensor:
    """Applies a function, with forward derivatives wherever PyTorch takes them."""
    if not torch.compiler.is_compiling():
        function = _WITH_FORWARD[function]
    return apply(function, *arguments)


def _register_vmap(operator: Any, tensors: int) -> None:
    """Maps an operator over a new axis by putting it into the batch: samples do not interact."""

    def mapped(info: Any, in_dims: tuple[Optional[int], ...], *arguments: Any) -> Any:
        size = info.batch_size
        flat = []
        for argument, dimension in zip(arguments[:tensors], in_dims):
            if dimension is None:
                argument = argument.unsqueeze(0).expand(size, *argument.shape)
            else:
                argument = argument.movedim(dimension, 0)
            flat.append(argument.reshape(-1, *argument.shape[2:]))
        results = operator(*flat, *arguments[tensors:])
        if isinstance(results, tuple):
            return tuple(_unflatten(result, size) for result in results), (0,) * len(results)
        return _unflatten(results, size), 0

    torch.library.register_vmap(operator, mapped)


def _unflatten(result: Tensor, size: int) -> Tensor:
    return result.reshape(size, -1 if size else 0, *result.shape[1:])


_register_vmap(_losses, 4)
_register_vmap(_gradient, 5)
_register_vmap(_hessian_vector_product, 5)


class _Call:
    """What the C functions take, and what it points to."""

    def __init__(
        self, values: Tensor, targets: Tensor, frames: Tensor, counts: Tensor, blank: int, topology: str, inputs: str
    ) -> None:
        self.values = values.detach().cpu()
        self.frames = frames.cpu().contiguous()
        self.counts = counts.cpu().contiguous()
        self.targets = targets.cpu().contiguous()
        is_padded = self.targets.dim() == 2
        if is_padded and self.targets.shape[0] != self.values.shape[0]:
            raise ValueError(
                f"targets: shape {list(targets.shape)} for a batch of {self.values.shape[0]}"
            )
        if self.targets.dim() not in (1, 2):
            raise ValueError(f"targets: shape {list(targets.shape)}")
        self.tensor = _tensor(self.values)
        self.labels = _structures.Labels(
            self.targets.data_ptr(), self.targets.numel(), self.counts.data_ptr(),
            self.counts.numel(), self.targets.shape[1] if is_padded else -1,
        )
        self.arguments = (
            _arguments.loss(blank, topology, inputs, None),
            byref(self.tensor),
            self.frames.data_ptr(),
            byref(self.labels),
        )


def _tensor(tensor: Tensor) -> _structures.Tensor:
    return _structures.Tensor(
        tensor.data_ptr(), _ELEMENTS[tensor.dtype], tuple(tensor.shape), tensor.stride()
    )


def _loss_type(values: Tensor) -> torch.dtype:
    """A loss of 16 bits would have two or three digits."""
    return torch.float64 if values.dtype == torch.float64 else torch.float32
