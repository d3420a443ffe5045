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

from ._losses import CTCLoss, ctc_loss, ctc_loss_from_logits, forced_align
from ._risk import mwer_loss, mwer_loss_from_references
from ._transducer import RNNTLoss, rnnt_loss, rnnt_mwer_loss, tdt_loss

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
