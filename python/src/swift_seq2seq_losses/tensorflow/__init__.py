"""Losses with the signatures of TensorFlow and tf-seq2seq-losses, and transducer losses.

- `ctc_loss` replaces `tf.nn.ctc_loss`.
- `classic_ctc_loss`, `simplified_ctc_loss` and the loss data classes replace those of tf-seq2seq-losses.
- `mwer_loss` is the expected risk of hypotheses, for minimum word error rate training.
- `rnnt_loss` and `tdt_loss` are transducer losses, with first derivatives; the others have second ones too.

All work eagerly and inside `tf.function`. The computation is a function on the host, on the CPU, so it works neither
in graphs that XLA compiles nor in graphs that are served without Python.
"""

from ._ctc import (
    classic_ctc_loss,
    ctc_loss,
    ctc_loss_from_logproba,
    simple_ctc_loss,
    simplified_ctc_loss,
)
from ._loss_data import BaseCtcLossData, ClassicCtcLossData, SimplifiedCtcLossData
from ._risk import mwer_loss
from ._transducers import rnnt_loss, tdt_loss

__all__ = [
    "BaseCtcLossData",
    "ClassicCtcLossData",
    "SimplifiedCtcLossData",
    "classic_ctc_loss",
    "ctc_loss",
    "ctc_loss_from_logproba",
    "mwer_loss",
    "rnnt_loss",
    "simple_ctc_loss",
    "simplified_ctc_loss",
    "tdt_loss",
]
