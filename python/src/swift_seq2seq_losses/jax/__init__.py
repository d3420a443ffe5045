"""The CTC loss with optax's signature, the expected risk of hypotheses, and transducer losses.

- `ctc_loss` replaces `optax.ctc_loss`. If no path fits the labels of a sample, its loss is `inf` and its gradient 0
  (optax: about 1e5, and a gradient).
- `mwer_loss` is the expected risk of hypotheses, for minimum word error rate training.
- `rnnt_loss` and `tdt_loss` are transducer losses, with first derivatives.

All work under `jit`, `grad` and `vmap`; `ctc_loss` and `mwer_loss` under `jvp` and `hessian` too. The computation is a
callback on the host, on the CPU.
"""

from ._ctc import ctc_loss
from ._risk import mwer_loss
from ._transducers import rnnt_loss, tdt_loss

__all__ = ["ctc_loss", "mwer_loss", "rnnt_loss", "tdt_loss"]
