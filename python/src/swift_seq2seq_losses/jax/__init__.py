"""The CTC loss with optax's signature, the expected risk of hypotheses, and transducer losses.

All work under `jit`, `grad` and `vmap`, those of CTC under `jvp` and `hessian` too. `ctc_loss` stands in for
`optax.ctc_loss`. A sample that no alignment fits has a loss of `inf` and a gradient of 0 (optax: about 1e5, and a
gradient). `rnnt_loss` and `tdt_loss` are transducer losses, with first derivatives. The computation is a host
callback, on the CPU.
"""

from ._losses import ctc_loss
from ._risk import mwer_loss
from ._transducer import rnnt_loss, tdt_loss

__all__ = ["ctc_loss", "mwer_loss", "rnnt_loss", "tdt_loss"]
