"""Transducer losses with torchaudio's signature, differentiable twice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, List, Optional  # noqa: UP035 (PyTorch 2.4 knows no `list[int]`)

import torch
from torch import Tensor

from .. import transducers
from .._native.arguments import Array
from ._operators import Gradients, apply, loss_type

_TYPES = (torch.float32, torch.float64, torch.float16, torch.bfloat16)


def rnnt_loss(
    logits: Tensor,
    targets: Tensor,
    logit_lengths: Tensor,
    target_lengths: Tensor,
    blank: int = -1,
    clamp: float = -1,
    reduction: str = "mean",
    fused_log_softmax: bool = True,
    *,
    fastemit_lambda: float = 0.0,
    topology: str = "standard",
) -> Tensor:
    """The transducer loss, as `torchaudio.functional.rnnt_loss`.

    Args:
        logits: `[batch, time, targets + 1, vocabulary]`, the joiner's.
        targets: `[batch, targets]`, padded.
        logit_lengths: `[batch]`, the frames of each sample.
        target_lengths: `[batch]`, the targets of each sample.
        blank: The blank's index; negative ones count from the end.
        clamp: The gradient by the logits is cut off at `-clamp` and `clamp` where this is above 0. Second
            derivatives are of the loss without.
        reduction: "none", "sum" or "mean", over the batch.
        fused_log_softmax: False for logits that are log-probabilities already, as which the derivative is then
            taken.
        fastemit_lambda: FastEmit's factor on labels' shares of the gradient (arXiv 2010.11148); as NeMo has it.
        topology: "standard", or "monotonic" for one symbol a frame.

    Returns:
        `[batch]`, or a scalar if reduced. Unlike torchaudio's, lengths need not fill the array.

    Raises:
        ValueError: A shape, length, label or option does not fit; the message names it.
    """
    return _reduced(
        logits, targets, logit_lengths, target_lengths, blank, reduction, clamp, fastemit_lambda,
        "softmax" if fused_log_softmax else "none", topology, [], 0.0, 0.0,
    )


class RNNTLoss(torch.nn.Module):
    """The transducer loss as a module, as `torchaudio.transforms.RNNTLoss`.

    The arguments are those of `rnnt_loss`.
    """

    def __init__(
        self,
        blank: int = -1,
        clamp: float = -1.0,
        reduction: str = "mean",
        fused_log_softmax: bool = True,
    ) -> None:
        super().__init__()
        self.blank = blank
        self.clamp = clamp
        self.reduction = reduction
        self.fused_log_softmax = fused_log_softmax

    def forward(
        self, logits: Tensor, targets: Tensor, logit_lengths: Tensor, target_lengths: Tensor
    ) -> Tensor:
        """The loss.

        The arguments are those of `rnnt_loss`.

        Returns:
            `[batch]`, or a scalar if reduced.

        Raises:
            ValueError: As from `rnnt_loss`.
        """
        return rnnt_loss(
            logits, targets, logit_lengths, target_lengths, self.blank, self.clamp, self.reduction,
            self.fused_log_softmax,
        )


def tdt_loss(
    logits: Tensor,
    targets: Tensor,
    logit_lengths: Tensor,
    target_lengths: Tensor,
    durations: Sequence[int],
    blank: Optional[int] = None,
    reduction: str = "mean",
    *,
    sigma: float = 0.0,
    omega: float = 0.0,
    fastemit_lambda: float = 0.0,
    clamp: float = -1,
) -> Tensor:
    """The loss of a token-and-duration transducer (TDT, arXiv 2304.06795); arguments named as NeMo's.

    Args:
        logits: `[batch, time, targets + 1, vocabulary + durations]`: the durations' logits come last.
        durations: The frames of each of those.
        blank: The blank's index; the last token by default, as NeMo has it.
        sigma: Logit under-normalisation.
        omega: The share of the RNN-T loss on the same tokens; NeMo draws one of both with this probability.

    The other arguments are those of `rnnt_loss`.

    Returns:
        `[batch]`, or a scalar if reduced.

    Raises:
        ValueError: As from `rnnt_loss`.
    """
    if blank is None:
        blank = logits.shape[-1] - len(durations) - 1
    return _reduced(
        logits, targets, logit_lengths, target_lengths, blank, reduction, clamp, fastemit_lambda,
        "softmax", "tdt", list(durations), sigma, omega,
    )


def rnnt_mwer_loss(
    logits: Tensor,
    targets: Tensor,
    logit_lengths: Tensor,
    target_lengths: Tensor,
    risks: Tensor,
    counts: Sequence[int],
    blank: int = -1,
    reduction: str = "mean",
    *,
    score_scale: float = 1.0,
    subtract_mean: bool = True,
) -> Tensor:
    """The expected risk of utterances' hypotheses under a transducer (MWER, arXiv 2007.13802), differentiable twice.

    Args:
        logits: `[hypotheses, time, targets + 1, vocabulary]`, the joiner's of all utterances' hypotheses, one
            utterance's after the other's.
        targets, logit_lengths, target_lengths: Of each hypothesis, as of `rnnt_loss`; distinct within an utterance.
        risks: `[hypotheses]`.
        counts: The number of hypotheses of each utterance.

        score_scale: What log-probabilities are multiplied by; less than 1 flattens the distribution.
        subtract_mean: Whether the mean of an utterance's risks is subtracted: that changes no derivative.

    The other arguments are those of `rnnt_loss`.

    Returns:
        `[utterances]`, or a scalar if reduced.

    Raises:
        ValueError: As from `rnnt_loss`, or `risks` or `counts` do not fit.
    """
    if reduction not in ("none", "sum", "mean"):
        raise ValueError(f"reduction: {reduction!r} is not one of none, sum, mean")
    if sum(counts) != logits.shape[0] or risks.shape != logits.shape[:1]:
        raise ValueError(f"counts: {list(counts)} for {logits.shape[0]} hypotheses, {list(risks.shape)} risks")
    losses = rnnt_loss(logits, targets, logit_lengths, target_lengths, blank, reduction="none")
    values, sizes = [], list(counts)
    for scores, own in zip(torch.split(-score_scale * losses, sizes), torch.split(risks.to(losses), sizes)):
        baseline = own.mean() if subtract_mean else 0
        values.append((scores.softmax(0) * (own - baseline)).sum())
    result = torch.stack(values) if values else losses.sum().unsqueeze(0)[:0]
    if reduction == "none":
        return result
    return result.sum() if reduction == "sum" else result.mean()


def _reduced(
    logits: Tensor, targets: Tensor, logit_lengths: Tensor, target_lengths: Tensor, blank: int, reduction: str,
    *options: Any,
) -> Tensor:
    if reduction not in ("none", "sum", "mean"):
        raise ValueError(f"reduction: {reduction!r} is not one of none, sum, mean")
    if logits.dim() != 4:
        raise ValueError(
            f"logits: shape {list(logits.shape)} where [batch, time, targets + 1, vocabulary] is expected"
        )
    if logits.dtype not in _TYPES:
        raise ValueError(f"logits: {logits.dtype} is not a floating point type of up to 64 bits")
    integers = []
    for argument, values in (
        ("targets", targets), ("logit_lengths", logit_lengths), ("target_lengths", target_lengths),
    ):
        values = torch.as_tensor(values)
        if values.numel() > 0 and (values.is_floating_point() or values.is_complex()):
            raise ValueError(f"{argument}: {values.dtype} where integers are expected")
        integers.append(values.to(torch.int64))
    blank = blank + logits.shape[-1] if blank < 0 else blank
    losses = apply(_Losses, logits, *integers, blank, *options)
    if reduction == "sum":
        return losses.sum()
    return losses.mean() if reduction == "mean" else losses


# The operators are opaque to PyTorch's compilers.


@torch.library.custom_op("swift_seq2seq_losses::rnnt_losses", mutates_args=())
def _losses(
    logits: Tensor, targets: Tensor, frames: Tensor, counts: Tensor, blank: int, clamp: float,
    fastemit: float, normalization: str, topology: str, durations: List[int],  # noqa: UP006
    sigma: float, omega: float,
) -> Tensor:
    values = transducers.rnnt_loss(
        _array(logits), *_arrays(targets, frames, counts),
        **_options(blank, normalization, topology, durations, sigma, omega),
    )
    return torch.from_numpy(values).to(logits.device, loss_type(logits))


@_losses.register_fake
def _(logits: Tensor, *_: Any) -> Tensor:
    return logits.new_empty(logits.shape[0], dtype=loss_type(logits))


@torch.library.custom_op("swift_seq2seq_losses::rnnt_gradient", mutates_args=())
def _gradient(
    logits: Tensor, targets: Tensor, frames: Tensor, counts: Tensor, blank: int, clamp: float,
    fastemit: float, normalization: str, topology: str, durations: List[int],  # noqa: UP006
    sigma: float, omega: float,
) -> Tensor:
    _, gradient = transducers.rnnt_loss_and_gradient(
        _array(logits), *_arrays(targets, frames, counts), fastemit_lambda=fastemit, clamp=clamp,
        **_options(blank, normalization, topology, durations, sigma, omega),
    )
    return torch.from_numpy(gradient).to(logits)


@_gradient.register_fake
def _(logits: Tensor, *_: Any) -> Tensor:
    return logits.new_empty(logits.shape)


@torch.library.custom_op("swift_seq2seq_losses::rnnt_hessian_vector_product", mutates_args=())
def _product(
    logits: Tensor, vector: Tensor, targets: Tensor, frames: Tensor, counts: Tensor, blank: int,
    clamp: float, fastemit: float, normalization: str, topology: str, durations: List[int],  # noqa: UP006
    sigma: float, omega: float,
) -> Tensor:
    product = transducers.rnnt_hessian_vector_product(
        _array(logits), *_arrays(targets, frames, counts), vector=_array(vector),
        **_options(blank, normalization, topology, durations, sigma, omega),
    )
    return torch.from_numpy(product).to(logits)


@_product.register_fake
def _(logits: Tensor, *_: Any) -> Tensor:
    return logits.new_empty(logits.shape)


def _array(values: Tensor) -> Array:
    values = values.detach().cpu()
    # NumPy has no bfloat16.
    return (values.float() if values.dtype == torch.bfloat16 else values).contiguous().numpy()


def _arrays(targets: Tensor, frames: Tensor, counts: Tensor) -> tuple[Array, Array, Array]:
    return targets.cpu().numpy(), frames.cpu().numpy(), counts.cpu().numpy()


def _options(
    blank: int, normalization: str, topology: str, durations: Sequence[int], sigma: float, omega: float
) -> dict[str, Any]:
    return {
        "blank": blank,
        "normalization": normalization,
        "topology": transducers.TokenAndDuration(durations) if topology == "tdt" else topology,
        "sigma": sigma,
        "omega": omega,
    }


_NONE = (None,) * 11


# `forward` names its parameters: the compiler of PyTorch 2.13 fails on others that it does not see.
class _Losses(torch.autograd.Function):
    """Each sample's loss."""

    @staticmethod
    def forward(
        logits: Tensor, targets: Tensor, frames: Tensor, counts: Tensor, blank: int, clamp: float, fastemit: float,
        normalization: str, topology: str, durations: list[int], sigma: float, omega: float,
    ) -> Tensor:
        result: Tensor = _losses(
            logits, targets, frames, counts, blank, clamp, fastemit, normalization, topology, durations, sigma,
            omega,
        )
        return result

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
        logits, targets, frames, counts, *ctx.options = inputs
        ctx.save_for_backward(logits, targets, frames, counts)

    @staticmethod
    def backward(ctx: Any, d_losses: Tensor) -> Gradients:
        logits, *others = ctx.saved_tensors
        gradient = apply(_Gradient, logits, *others, *ctx.options)
        # An infinite factor of an infinite loss's gradient, which is 0, is left out.
        weights = torch.where(torch.isinf(d_losses), torch.zeros_like(d_losses), d_losses)
        # The product is rounded, not the factor: 1/3 is another number in 16 bits.
        return (weights[:, None, None, None] * gradient).to(gradient.dtype), *_NONE


class _Gradient(torch.autograd.Function):
    """The gradient of each sample's loss."""

    @staticmethod
    def forward(
        logits: Tensor, targets: Tensor, frames: Tensor, counts: Tensor, blank: int, clamp: float, fastemit: float,
        normalization: str, topology: str, durations: list[int], sigma: float, omega: float,
    ) -> Tensor:
        result: Tensor = _gradient(
            logits, targets, frames, counts, blank, clamp, fastemit, normalization, topology, durations, sigma,
            omega,
        )
        return result

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
        logits, targets, frames, counts, *ctx.options = inputs
        ctx.save_for_backward(logits, targets, frames, counts)

    @staticmethod
    def backward(ctx: Any, d_gradient: Tensor) -> Gradients:
        logits, *others = ctx.saved_tensors
        return apply(_Product, logits, d_gradient, *others, *ctx.options), *_NONE


class _Product(torch.autograd.Function):
    """The Hessian times a vector: symmetric, and linear in the vector."""

    @staticmethod
    def forward(
        logits: Tensor, vector: Tensor, targets: Tensor, frames: Tensor, counts: Tensor, blank: int, clamp: float,
        fastemit: float, normalization: str, topology: str, durations: list[int], sigma: float, omega: float,
    ) -> Tensor:
        result: Tensor = _product(
            logits, vector, targets, frames, counts, blank, clamp, fastemit, normalization, topology, durations, sigma,
            omega,
        )
        return result

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
        logits, _, targets, frames, counts, *ctx.options = inputs
        ctx.save_for_backward(logits, targets, frames, counts)

    @staticmethod
    def backward(ctx: Any, d_product: Tensor) -> Gradients:
        if ctx.needs_input_grad[0]:
            raise NotImplementedError("third derivatives of the transducer loss are not implemented")
        logits, *others = ctx.saved_tensors
        return None, apply(_Product, logits, d_product, *others, *ctx.options), *_NONE
