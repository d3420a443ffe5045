"""Losses with the signatures of PyTorch and torchaudio, differentiable twice.

- `ctc_loss` and `CTCLoss` replace `torch.nn.functional.ctc_loss` and `torch.nn.CTCLoss`. `ctc_loss_from_logits` also
  applies the softmax, and is faster than both steps.
- `rnnt_loss` and `RNNTLoss` replace torchaudio's; `tdt_loss` is NeMo's loss of token-and-duration transducers.
- `mwer_loss` is the expected risk of hypotheses, for minimum word error rate training; `mwer_loss_from_references`
  finds the hypotheses by beam search; `rnnt_mwer_loss` is the risk under a transducer.
- `forced_align` replaces `torchaudio.functional.forced_align`, and takes batches.

Differences to PyTorch's `ctc_loss`:

- The gradient with respect to `log_probs` is the true derivative, whether or not a `log_softmax` comes before it:
  `torch.autograd.gradcheck` and `gradgradcheck` pass.
- If no path fits the labels of a sample, its loss is `inf` and its gradient 0 (PyTorch: NaN).
- float16 and bfloat16 work, and give float32 losses.
- Bad input raises a `ValueError` that names the argument, the sample and the value.

Tensors on other devices are copied to the CPU and back.
"""

from ._ctc import CTCLoss, ctc_loss, ctc_loss_from_logits, forced_align
from ._risk import mwer_loss, mwer_loss_from_references
from ._transducers import RNNTLoss, rnnt_loss, rnnt_mwer_loss, tdt_loss

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
