"""Minimum risk training: expected risks of hypotheses under CTC and transducers."""

from ._ctc import mwer_hessian_vector_product, mwer_loss, mwer_loss_and_gradient
from ._nbest import NBest, nbest_risks
from ._sampling import embr_loss_and_gradient
from ._transducer import rnnt_mwer_loss_and_gradient

__all__ = [
    "NBest",
    "embr_loss_and_gradient",
    "mwer_hessian_vector_product",
    "mwer_loss",
    "mwer_loss_and_gradient",
    "nbest_risks",
    "rnnt_mwer_loss_and_gradient",
]
