"""The CTC losses and alignments by the names that PyTorch's users know."""

from __future__ import annotations

from typing import Optional

import torch
from torch import Tensor

from .. import ctc
from ._operators import ELEMENTS, Lengths, integers, lengths, losses


def ctc_loss(
    log_probs: Tensor,
    targets: Tensor,
    input_lengths: Lengths,
    target_lengths: Lengths,
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
    input_lengths: Lengths,
    target_lengths: Lengths,
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
        self, log_probs: Tensor, targets: Tensor, input_lengths: Lengths, target_lengths: Lengths
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
    paths, scores = ctc.forced_align(rows.numpy(), targets.cpu().numpy(), frames, counts, blank)
    return (
        torch.from_numpy(paths).to(targets),
        torch.from_numpy(scores).to(log_probs),
    )


def _reduced_loss(
    argument: str, values: Tensor, targets: Tensor, input_lengths: Lengths,
    target_lengths: Lengths, blank: int, reduction: str, zero_infinity: bool, topology: str,
    inputs: str,
) -> Tensor:
    if reduction not in ("none", "sum", "mean"):
        raise ValueError(f"reduction: {reduction!r} is not one of none, sum, mean")
    if values.dim() not in (2, 3):
        raise ValueError(
            f"{argument}: shape {list(values.shape)} where [time, batch, vocabulary] or "
            "[time, vocabulary] is expected"
        )
    if values.dtype not in ELEMENTS:
        raise ValueError(f"{argument}: {values.dtype} is not a floating point type of up to 64 bits")
    is_single = values.dim() == 2
    if is_single:
        values = values.unsqueeze(1)
        targets = targets.unsqueeze(0) if targets.dim() == 1 else targets
    batch = values.shape[1]
    frames = lengths("input_lengths", input_lengths, batch, is_single)
    counts = lengths("target_lengths", target_lengths, batch, is_single)
    targets = integers("targets", targets)
    batch_major = values.transpose(0, 1)
    results = losses(batch_major, targets, frames, counts, blank, topology, inputs)
    if zero_infinity:
        results = torch.where(torch.isinf(results), torch.zeros_like(results), results)
    if is_single:
        results = results.squeeze(0)
        if reduction == "mean":
            return results / counts.to(results).clamp(min=1).squeeze(0)
        return results
    if reduction == "sum":
        return results.sum()
    if reduction == "mean":
        return (results / counts.to(results).clamp(min=1)).mean()
    return results
