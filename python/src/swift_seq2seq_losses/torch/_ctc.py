"""CTC losses and forced alignment, with the signatures of PyTorch and torchaudio."""

from __future__ import annotations

from typing import Optional

import torch
from torch import Tensor

from .. import ctc
from .._documentation import arguments_of
from ._ctc_operators import losses
from ._shared import Lengths, check_elements, check_reduction, finite, integers, lengths, numpy_array, reduced


def ctc_loss(
    log_probs: Tensor, targets: Tensor, input_lengths: Lengths, target_lengths: Lengths, blank: int = 0,
    reduction: str = "mean", zero_infinity: bool = False, *, topology: str = "classic",
) -> Tensor:
    """The CTC loss of log-probabilities, as `torch.nn.functional.ctc_loss`, differentiable twice.

    Args:
        log_probs: `[time, batch, vocabulary]`, or `[time, vocabulary]` for one sample, of float16, bfloat16, float32 or
            float64.
        targets: `[batch, width]`, padded, or all labels in one vector.
        input_lengths: `[batch]`, the number of frames of each sample.
        target_lengths: `[batch]`, the number of labels of each sample.
        blank: The index of the blank token.
        reduction: "none", "sum", or "mean": each loss divided by its number of labels, then the mean over the batch.
        zero_infinity: Whether a sample whose labels no path fits counts as 0 instead of `inf`.
        topology: "classic", "simplified" (repeated labels are kept) or "no_blank" (repeated labels are merged, and
            there is no blank), as for `swift_seq2seq_losses.ctc_loss`.

    Returns:
        The losses in nats, `[batch]`, or a scalar if reduced or for one sample. 16-bit log-probabilities give 32-bit
        losses. If no path fits the labels, the loss is `inf` and its gradient 0.

    Raises:
        ValueError: A shape, length, label or option does not fit; the message names it.
    """
    return _reduced_loss(
        "log_probs", log_probs, targets, input_lengths, target_lengths, blank, reduction,
        zero_infinity, topology, "log_probabilities",
    )


@arguments_of(ctc_loss)
def ctc_loss_from_logits(
    logits: Tensor, targets: Tensor, input_lengths: Lengths, target_lengths: Lengths, blank: int = 0,
    reduction: str = "mean", zero_infinity: bool = False, *, topology: str = "classic",
) -> Tensor:
    """The CTC loss of logits: `ctc_loss(logits.log_softmax(-1), ...)` in one step, which is faster.

    Args:
        logits: `[time, batch, vocabulary]`, or `[time, vocabulary]` for one sample, of float16, bfloat16, float32 or
            float64.

    The other arguments are those of `ctc_loss`.

    Returns:
        The losses, as from `ctc_loss`.

    Raises:
        ValueError: As from `ctc_loss`.
    """
    return _reduced_loss(
        "logits", logits, targets, input_lengths, target_lengths, blank, reduction,
        zero_infinity, topology, "logits",
    )


@arguments_of(ctc_loss)
class CTCLoss(torch.nn.Module):
    """The CTC loss as a module, as `torch.nn.CTCLoss`.

    Args:
        from_logits: Whether the module is called with logits, as `ctc_loss_from_logits`.

    The other arguments are those of `ctc_loss`.
    """

    def __init__(
        self, blank: int = 0, reduction: str = "mean", zero_infinity: bool = False, *, topology: str = "classic",
        from_logits: bool = False,
    ) -> None:
        super().__init__()
        self.blank = blank
        self.reduction = reduction
        self.zero_infinity = zero_infinity
        self.topology = topology
        self.from_logits = from_logits

    @arguments_of(ctc_loss)
    def forward(
        self, log_probs: Tensor, targets: Tensor, input_lengths: Lengths, target_lengths: Lengths
    ) -> Tensor:
        """Computes the loss.

        The arguments are those of `ctc_loss`.

        Returns:
            The losses, as from `ctc_loss`.

        Raises:
            ValueError: As from `ctc_loss`.
        """
        loss = ctc_loss_from_logits if self.from_logits else ctc_loss
        return loss(
            log_probs, targets, input_lengths, target_lengths, self.blank, self.reduction,
            self.zero_infinity, topology=self.topology,
        )


@arguments_of(ctc.forced_align)
def forced_align(
    log_probs: Tensor, targets: Tensor, input_lengths: Optional[Tensor] = None,
    target_lengths: Optional[Tensor] = None, blank: int = 0,
) -> tuple[Tensor, Tensor]:
    """The most probable path of each sample with its targets, as `torchaudio.functional.forced_align`, of batches too.

    Args:
        targets: `[batch, width]`. A target of -1 is a wildcard: it matches any non-blank tokens. Frames that it takes
            get token -1.

    The other arguments are those of `swift_seq2seq_losses.forced_align`.

    Returns:
        The token of each frame, of the targets' type, and its log-probability, both `[batch, time]`; past a sample's
        frames they are the blank and 0. Neither is differentiable.

    Raises:
        ValueError: A shape, length or target does not fit, or no path fits a sample; the message names it.
    """
    frames, counts = (None if tensor is None else tensor.cpu().numpy() for tensor in (input_lengths, target_lengths))
    paths, scores = ctc.forced_align(numpy_array(log_probs), targets.cpu().numpy(), frames, counts, blank)
    return (
        torch.from_numpy(paths).to(targets),
        torch.from_numpy(scores).to(log_probs),
    )


def _reduced_loss(
    argument: str, values: Tensor, targets: Tensor, input_lengths: Lengths,
    target_lengths: Lengths, blank: int, reduction: str, zero_infinity: bool, topology: str,
    inputs: str,
) -> Tensor:
    check_reduction(reduction)
    if values.dim() not in (2, 3):
        raise ValueError(
            f"{argument}: shape {list(values.shape)} where [time, batch, vocabulary] or "
            "[time, vocabulary] is expected"
        )
    check_elements(argument, values)
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
        results = finite(results)
    if reduction == "mean":
        results = results / counts.to(results).clamp(min=1)
    return results.squeeze(0) if is_single else reduced(results, reduction)
