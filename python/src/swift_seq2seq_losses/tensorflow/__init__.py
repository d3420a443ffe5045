"""Losses with the signatures of tf-seq2seq-losses and of `tf.nn.ctc_loss`, and transducer losses.

`classic_ctc_loss`, `simplified_ctc_loss` and the loss data classes stand in for those of the package
tf-seq2seq-losses; `ctc_loss` stands in for `tf.nn.ctc_loss`. All work eagerly and inside
`tf.function`, with first and second derivatives. `rnnt_loss` and `tdt_loss` have first derivatives. The
computation is a host function: on a CPU, and not in graphs that are to be compiled by XLA or saved and
served without Python.
"""

from ._loss_data import BaseCtcLossData, ClassicCtcLossData, SimplifiedCtcLossData
from ._losses import (
    classic_ctc_loss,
    ctc_loss,
    ctc_loss_from_logproba,
    simple_ctc_loss,
    simplified_ctc_loss,
)
from ._risk import mwer_loss
from ._transducer import rnnt_loss, tdt_loss

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
