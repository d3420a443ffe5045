"""CTC losses with exact derivatives, decoding, alignment and error rates, on CPUs, from Swift.

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
from ._decoding import (
    BeamSearchDecoder,
    DecodingStream,
    Hypothesis,
    Span,
    Word,
    ctc_greedy_decode,
    forced_align,
    spell_text,
)
from ._error_rates import ErrorCounts, cer, edit_distance, error_counts, wer
from ._native.library import kernel, version
from ._ngram import NGramModel
from ._pruned_transducer import (
    do_rnnt_pruning,
    get_rnnt_prune_ranges,
    rnnt_loss_pruned,
    rnnt_loss_pruned_and_gradient,
    rnnt_loss_simple,
    rnnt_loss_simple_and_gradients,
    rnnt_loss_smoothed,
    rnnt_loss_smoothed_and_gradients,
)
from ._risk import (
    NBest,
    mwer_hessian_vector_product,
    mwer_loss,
    mwer_loss_and_gradient,
    nbest_risks,
)
from ._token_file import TokenFile, read_tokens
from ._transducer import (
    MultiBlank,
    TokenAndDuration,
    TransducerAlignment,
    Wildcard,
    rnnt_best_path,
    rnnt_entropy,
    rnnt_hessian_vector_product,
    rnnt_loss,
    rnnt_loss_and_gradient,
    rnnt_occupancy,
    rnnt_sample,
    tdt_loss,
    tdt_loss_and_gradient,
)
from ._transducer_decoding import (
    TransducerBeamSearchDecoder,
    TransducerStream,
    transducer_greedy_decode,
)
from ._transducer_risk import rnnt_mwer_loss_and_gradient
from ._variants import (
    ctc_entropy_and_gradient,
    ctc_entropy_regularized_loss_and_gradient,
    ctc_focal_loss_and_gradient,
    ctc_path_risk_and_gradient,
    ctc_prior_corrected_loss_and_gradient,
    ctc_smoothed_loss_and_gradient,
    embr_loss_and_gradient,
)

__version__ = version()

__all__ = [
    "Alignments",
    "BeamSearchDecoder",
    "DecodingStream",
    "ErrorCounts",
    "Hypothesis",
    "LatticeVariables",
    "MultiBlank",
    "NBest",
    "NGramModel",
    "Span",
    "TokenAndDuration",
    "TokenFile",
    "TransducerAlignment",
    "TransducerBeamSearchDecoder",
    "TransducerStream",
    "Wildcard",
    "Word",
    "cer",
    "ctc_best_path",
    "ctc_entropy",
    "ctc_entropy_and_gradient",
    "ctc_entropy_regularized_loss_and_gradient",
    "ctc_focal_loss_and_gradient",
    "ctc_greedy_decode",
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
    "do_rnnt_pruning",
    "edit_distance",
    "embr_loss_and_gradient",
    "error_counts",
    "forced_align",
    "get_rnnt_prune_ranges",
    "kernel",
    "mwer_hessian_vector_product",
    "mwer_loss",
    "mwer_loss_and_gradient",
    "nbest_risks",
    "read_tokens",
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
    "rnnt_mwer_loss_and_gradient",
    "rnnt_occupancy",
    "rnnt_sample",
    "spell_text",
    "tdt_loss",
    "tdt_loss_and_gradient",
    "transducer_greedy_decode",
    "wer",
]
