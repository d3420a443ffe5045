"""CTC losses, derivatives, posteriors and alignments."""

from ._alignments import Alignments, ctc_best_path, ctc_sample
from ._derivatives import ctc_hessian, ctc_hessian_vector_product
from ._forced_alignment import forced_align
from ._losses import ctc_loss, ctc_loss_and_gradient
from ._posteriors import LatticeVariables, ctc_entropy, ctc_lattice_variables, ctc_occupancy
from ._variants import (
    ctc_entropy_and_gradient,
    ctc_entropy_regularized_loss_and_gradient,
    ctc_focal_loss_and_gradient,
    ctc_path_risk_and_gradient,
    ctc_prior_corrected_loss_and_gradient,
    ctc_smoothed_loss_and_gradient,
)

__all__ = [
    "Alignments",
    "LatticeVariables",
    "ctc_best_path",
    "ctc_entropy",
    "ctc_entropy_and_gradient",
    "ctc_entropy_regularized_loss_and_gradient",
    "ctc_focal_loss_and_gradient",
    "ctc_hessian",
    "ctc_hessian_vector_product",
    "ctc_lattice_variables",
    "ctc_loss",
    "ctc_loss_and_gradient",
    "ctc_occupancy",
    "ctc_path_risk_and_gradient",
    "ctc_prior_corrected_loss_and_gradient",
    "ctc_sample",
    "ctc_smoothed_loss_and_gradient",
    "forced_align",
]
