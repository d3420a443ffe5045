"""Transducer losses, with the signatures of torchaudio and NeMo."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Optional

import torch
from torch import Tensor

from .._documentation import arguments_of
from ..risk import mwer_loss as mwer_loss_of_arrays
from ..transducers import rnnt_loss_and_gradient
from ..transducers import tdt_loss as tdt_loss_of_arrays
from ._shared import check_elements, check_reduction, integers, reduced
from ._transducer_operators import losses


@arguments_of(rnnt_loss_and_gradient)
def rnnt_loss(
    logits: Tensor, targets: Tensor, logit_lengths: Tensor, target_lengths: Tensor, blank: int = -1,
    clamp: float = -1, reduction: str = "mean", fused_log_softmax: bool = True, *, fastemit_lambda: float = 0.0,
    topology: str = "standard",
) -> Tensor:
    """The transducer loss, as `torchaudio.functional.rnnt_loss`, differentiable twice.

    Args:
        logits: The joiner's outputs, `[batch, time, targets + 1, vocabulary]` of float16, bfloat16, float32 or float64.
        targets: `[batch, targets]`, padded.
        logit_lengths: `[batch]`, the number of frames of each sample. Unlike torchaudio's, lengths need not fill the
            array.
        target_lengths: `[batch]`, the number of targets of each sample.
        blank: The index of the blank token; negative ones count from the end.
        clamp: Values of the gradient with respect to the logits are limited to `-clamp` to `clamp` if this is above 0.
            Second derivatives are those of the loss without the limit.
        reduction: "none", "sum" or "mean", over the batch.
        fused_log_softmax: False if `logits` are log-probabilities; derivatives are then with respect to those.
        topology: "standard", where labels take no frame, or "monotonic", with one symbol per frame.

    The other arguments are those of `swift_seq2seq_losses.rnnt_loss_and_gradient`.

    Returns:
        The losses in nats, `[batch]`, or a scalar if reduced: `inf`, with a gradient of 0, if there is no path.

    Raises:
        ValueError: A shape, length, label or option does not fit; the message names it.
    """
    return _reduced(
        logits, targets, logit_lengths, target_lengths, blank, reduction, clamp, fastemit_lambda,
        "softmax" if fused_log_softmax else "none", topology, [], 0.0, 0.0,
    )


@arguments_of(rnnt_loss)
class RNNTLoss(torch.nn.Module):
    """The transducer loss as a module, as `torchaudio.transforms.RNNTLoss`.

    The arguments are those of `rnnt_loss`.
    """

    def __init__(
        self, blank: int = -1, clamp: float = -1.0, reduction: str = "mean", fused_log_softmax: bool = True, *,
        fastemit_lambda: float = 0.0, topology: str = "standard",
    ) -> None:
        super().__init__()
        self.blank = blank
        self.clamp = clamp
        self.reduction = reduction
        self.fused_log_softmax = fused_log_softmax
        self.fastemit_lambda = fastemit_lambda
        self.topology = topology

    @arguments_of(rnnt_loss)
    def forward(
        self, logits: Tensor, targets: Tensor, logit_lengths: Tensor, target_lengths: Tensor
    ) -> Tensor:
        """Computes the loss.

        The arguments are those of `rnnt_loss`.

        Returns:
            The losses, as from `rnnt_loss`.

        Raises:
            ValueError: As from `rnnt_loss`.
        """
        return rnnt_loss(
            logits, targets, logit_lengths, target_lengths, self.blank, self.clamp, self.reduction,
            self.fused_log_softmax, fastemit_lambda=self.fastemit_lambda, topology=self.topology,
        )


@arguments_of(rnnt_loss, tdt_loss_of_arrays)
def tdt_loss(
    logits: Tensor, targets: Tensor, logit_lengths: Tensor, target_lengths: Tensor, durations: Sequence[int],
    blank: Optional[int] = None, reduction: str = "mean", *, sigma: float = 0.0, omega: float = 0.0,
    fastemit_lambda: float = 0.0, clamp: float = -1,
) -> Tensor:
    """The loss of a token-and-duration transducer (TDT, arXiv 2304.06795), with NeMo's names; differentiable twice.

    Args:
        logits: `[batch, time, targets + 1, vocabulary + durations]`; the last columns are the durations' logits.
        blank: The index of the blank token; by default the last token, as in NeMo.

    The other arguments are those of `rnnt_loss` and `swift_seq2seq_losses.tdt_loss`.

    Returns:
        The losses, as from `rnnt_loss`.

    Raises:
        ValueError: As from `rnnt_loss`.
    """
    if blank is None:
        blank = logits.shape[-1] - len(durations) - 1
    return _reduced(
        logits, targets, logit_lengths, target_lengths, blank, reduction, clamp, fastemit_lambda,
        "softmax", "tdt", list(durations), sigma, omega,
    )


@arguments_of(rnnt_loss, mwer_loss_of_arrays)
def rnnt_mwer_loss(
    logits: Tensor, targets: Tensor, logit_lengths: Tensor, target_lengths: Tensor, risks: Tensor,
    counts: Sequence[int], blank: int = -1, reduction: str = "mean", *, score_scale: float = 1.0,
    subtract_mean: bool = True,
) -> Tensor:
    """The expected risk of utterances' hypotheses under a transducer (MWER, arXiv 2007.13802), differentiable twice.

    Args:
        logits: The joiner's outputs, `[hypotheses, time, targets + 1, vocabulary]`: the hypotheses of the first
            utterance, then those of the next.
        targets: `[hypotheses, targets]`, padded; the hypotheses of an utterance must be distinct.
        logit_lengths: `[hypotheses]`, the number of frames of each hypothesis.
        target_lengths: `[hypotheses]`, the number of targets of each hypothesis.
        risks: `[hypotheses]`: edit distances, or any other finite numbers.
        counts: The number of hypotheses of each utterance.
        reduction: "none", "sum" or "mean", over the utterances.

    The other arguments are those of `rnnt_loss` and `swift_seq2seq_losses.mwer_loss`.

    Returns:
        The values, `[utterances]`, or a scalar if reduced.

    Raises:
        ValueError: As from `rnnt_loss`, or `risks` or `counts` do not fit.
    """
    check_reduction(reduction)
    if sum(counts) != logits.shape[0] or risks.shape != logits.shape[:1]:
        raise ValueError(f"counts: {list(counts)} for {logits.shape[0]} hypotheses, {list(risks.shape)} risks")
    losses = rnnt_loss(logits, targets, logit_lengths, target_lengths, blank, reduction="none")
    values, sizes = [], list(counts)
    for scores, own in zip(torch.split(-score_scale * losses, sizes), torch.split(risks.to(losses), sizes)):
        baseline = own.mean() if subtract_mean else 0
        values.append((scores.softmax(0) * (own - baseline)).sum())
    return reduced(torch.stack(values) if values else losses.sum().unsqueeze(0)[:0], reduction)


def _reduced(
    logits: Tensor, targets: Tensor, logit_lengths: Tensor, target_lengths: Tensor, blank: int, reduction: str,
    *options: Any,
) -> Tensor:
    check_reduction(reduction)
    if logits.dim() != 4:
        raise ValueError(
            f"logits: shape {list(logits.shape)} where [batch, time, targets + 1, vocabulary] is expected"
        )
    check_elements("logits", logits)
    others = [
        integers(argument, torch.as_tensor(values))
        for argument, values in (
            ("targets", targets), ("logit_lengths", logit_lengths), ("target_lengths", target_lengths),
        )
    ]
    blank = blank + logits.shape[-1] if blank < 0 else blank
    return reduced(losses(logits, *others, blank, *options), reduction)
