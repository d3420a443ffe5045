"""The expected risk of hypotheses, of tensors."""

from __future__ import annotations

from collections.abc import Sequence
from ctypes import byref
from typing import Any, Optional

import torch
from torch import Tensor

from .. import risk
from .._documentation import arguments_of
from .._native import arguments as _arguments
from .._native import handles as _handles
from .._native import library as _library
from .._native import structures as _structures
from ..decoding import BeamSearchDecoder
from ..risk._expected_risk import HypothesesLike, expected_risk
from ._shared import (
    Gradients,
    Lengths,
    apply,
    c_tensor,
    check_elements,
    check_reduction,
    finite,
    lengths,
    loss_type,
    numpy_array,
    reduced,
    weighted,
)

# The frames of each sample, hypotheses with their risks, and the loss.
_Problem = tuple[Optional[Tensor], _structures.ExpectedRisk, _handles.Handle]


@arguments_of(risk.mwer_loss)
def mwer_loss(
    logits: Tensor, hypotheses: HypothesesLike, risks: Sequence[Any], input_lengths: Optional[Lengths] = None,
    references: Optional[Sequence[Any]] = None, blank: int = 0, reduction: str = "mean", zero_infinity: bool = False,
    *, score_scale: float = 1.0, subtract_mean: bool = True, reference_weight: float = 0.0, topology: str = "classic",
) -> Tensor:
    """The expected risk of hypotheses under the model (MWER, arXiv 1712.01818), differentiable twice.

    For the hypotheses y of a sample and their risks r, the value is `sum(p * (r - mean(r)))`, where p is the softmax
    over the hypotheses of `score_scale * log P(y | logits)`. `reference_weight` times the CTC loss of the reference
    is added. Apart from that loss, logits and log-probabilities have the same values and derivatives.

    Args:
        logits: `[time, batch, vocabulary]` of float16, bfloat16, float32 or float64.
        input_lengths: `[batch]`, the number of frames of each sample; by default all frames.
        references: The label sequence of each sample; needed if `reference_weight` is not 0.
        reduction: "none", "sum" or "mean", over the batch.
        zero_infinity: Whether a sample without a hypothesis that has a path counts as 0 instead of `inf`.

    The other arguments are those of `swift_seq2seq_losses.mwer_loss`.

    Returns:
        The values, `[batch]`, or a scalar if reduced: `inf`, without a gradient, if no hypothesis has a path.

    Raises:
        ValueError: A shape, length, label, risk or option does not fit; the message names it.
    """
    check_reduction(reduction)
    if logits.dim() != 3:
        raise ValueError(
            f"logits: shape {list(logits.shape)} where [time, batch, vocabulary] is expected"
        )
    check_elements("logits", logits)
    batch = logits.shape[1]
    frames = None
    if input_lengths is not None:
        frames = lengths("input_lengths", input_lengths, batch, False).cpu().contiguous()
    expected = expected_risk(
        hypotheses, risks, references, batch, score_scale, subtract_mean, reference_weight
    )
    problem = (frames, expected, _arguments.loss(blank, topology, "logits", None))
    values: Tensor = apply(_Risk, logits.transpose(0, 1), problem)
    return reduced(finite(values) if zero_infinity else values, reduction)


@arguments_of(mwer_loss, risk.nbest_risks)
def mwer_loss_from_references(
    logits: Tensor, references: Sequence[Any], input_lengths: Optional[Lengths] = None, blank: int = 0,
    reduction: str = "mean", zero_infinity: bool = True, *, nbest: int = 16,
    decoder: Optional[BeamSearchDecoder] = None, unit: str = "token", include_reference: bool = False,
    score_scale: float = 1.0, subtract_mean: bool = True, reference_weight: float = 0.0, topology: str = "classic",
) -> Tensor:
    """`mwer_loss` of the hypotheses that a beam search finds, with their edit distances to the references.

    The search itself is not differentiated.

    Args:
        references: The label sequence of each sample; its text if `unit` is "word" or "character", and then
            `reference_weight` must be 0.

    The other arguments are those of `mwer_loss` and `swift_seq2seq_losses.nbest_risks`.

    Returns:
        The values, as from `mwer_loss`.

    Raises:
        ValueError: As from `mwer_loss` or `swift_seq2seq_losses.nbest_risks`.
    """
    if unit != "token" and reference_weight:
        raise ValueError("reference_weight: of references that are tokens only")
    sequences = [
        reference.detach().cpu().numpy() if isinstance(reference, Tensor) else reference
        for reference in references
    ]
    frames = None
    if input_lengths is not None:
        frames = lengths("input_lengths", input_lengths, logits.shape[1], False).cpu().numpy()
    found = risk.nbest_risks(
        numpy_array(logits.transpose(0, 1)), sequences, frames, nbest=nbest, blank=blank, topology=topology,
        decoder=decoder, unit=unit, include_reference=include_reference,
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
        if gradient is None:
            _library.ctc_expected_risks(*_risk_arguments(rows, problem), results.data_ptr())
        else:
            _library.ctc_expected_risks_and_gradient(
                *_risk_arguments(rows, problem), None, results.data_ptr(), byref(c_tensor(gradient))
            )
            ctx.save_for_backward(values, gradient.to(values.device))
        ctx.problem = problem
        return results.to(values.device, loss_type(values))

    @staticmethod
    def backward(ctx: Any, d_results: Tensor) -> Gradients:
        gradient = apply(_RiskGradient, *ctx.saved_tensors, ctx.problem)
        return weighted(finite(d_results), gradient), None


class _RiskGradient(torch.autograd.Function):
    """The gradient, known already, with its own derivative by the values."""

    @staticmethod
    def forward(ctx: Any, values: Tensor, gradient: Tensor, problem: _Problem) -> Tensor:
        ctx.save_for_backward(values)
        ctx.problem = problem
        return gradient.clone()

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, vector: Tensor) -> Gradients:
        (values,) = ctx.saved_tensors
        rows = values.detach().cpu()
        direction = vector.detach().to("cpu", rows.dtype)
        product = torch.empty_like(rows)
        _library.ctc_expected_risk_hessian_vector_products(
            *_risk_arguments(rows, ctx.problem), byref(c_tensor(direction)), byref(c_tensor(product))
        )
        return product.to(values.device), None, None


def _risk_arguments(rows: Tensor, problem: _Problem) -> tuple[Any, ...]:
    frames, expected, loss = problem
    batch = _structures.CTCBatch(c_tensor(rows), None if frames is None else frames.data_ptr())
    return loss, byref(batch), byref(expected)
