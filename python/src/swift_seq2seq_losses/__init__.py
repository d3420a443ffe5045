"""CTC losses, exact gradients and second derivatives, on CPUs, from Swift.

This module works on NumPy arrays. `swift_seq2seq_losses.torch`, `swift_seq2seq_losses.tensorflow`
and `swift_seq2seq_losses.jax` have the names and signatures of those frameworks' own losses, and
import the frameworks.
"""

from ._ctc import (
    Alignments,
    LatticeVariables,
    ctc_best_path,
    ctc_entropy,
    ctc_hessian,
    ctc_hessian_vector_product,
    ctc_lattice_variables,
    ctc_loss,
    ctc_loss_and_gradient,
    ctc_occupancy,
    ctc_sample,
)
from ._library import kernel, version

__version__ = version()

__all__ = [
    "Alignments",
    "LatticeVariables",
    "ctc_best_path",
    "ctc_entropy",
    "ctc_hessian",
    "ctc_hessian_vector_product",
    "ctc_lattice_variables",
    "ctc_loss",
    "ctc_loss_and_gradient",
    "ctc_occupancy",
    "ctc_sample",
    "kernel",
]
