"""Transducer losses (RNN-T, TDT, multi-blank, HAT), pruned losses, derivatives, posteriors and alignments."""

from ._additive import (
    rnnt_loss_simple,
    rnnt_loss_simple_and_gradients,
    rnnt_loss_smoothed,
    rnnt_loss_smoothed_and_gradients,
)
from ._alignments import TransducerAlignment, rnnt_best_path, rnnt_sample
from ._derivatives import rnnt_hessian_vector_product
from ._losses import rnnt_loss, rnnt_loss_and_gradient, tdt_loss, tdt_loss_and_gradient
from ._posteriors import rnnt_entropy, rnnt_occupancy
from ._pruning import do_rnnt_pruning, get_rnnt_prune_ranges, rnnt_loss_pruned, rnnt_loss_pruned_and_gradient
from ._topologies import MultiBlank, TokenAndDuration, Wildcard

__all__ = [
    "MultiBlank",
    "TokenAndDuration",
    "TransducerAlignment",
    "Wildcard",
    "do_rnnt_pruning",
    "get_rnnt_prune_ranges",
    "rnnt_best_path",
    "rnnt_entropy",
    "rnnt_hessian_vector_product",
    "rnnt_loss",
    "rnnt_loss_and_gradient",
    "rnnt_loss_pruned",
    "rnnt_loss_pruned_and_gradient",
    "rnnt_loss_simple",
    "rnnt_loss_simple_and_gradients",
    "rnnt_loss_smoothed",
    "rnnt_loss_smoothed_and_gradients",
    "rnnt_occupancy",
    "rnnt_sample",
    "tdt_loss",
    "tdt_loss_and_gradient",
]
