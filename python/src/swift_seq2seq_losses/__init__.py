"""CTC and transducer losses with exact derivatives, decoding, alignment and error rates, on CPUs, from Swift.

This package works on NumPy arrays. Its names are those of these modules:

- `ctc`: CTC losses, derivatives, posteriors and alignments
- `transducers`: transducer losses, pruned losses, derivatives, posteriors and alignments
- `risk`: minimum risk training
- `decoding`: greedy decoding and beam search, of CTC and of transducers
- `tokens`: files of tokens, and the spelling of texts
- `language_models`: n-gram language models
- `error_rates`: edit distances and error rates
- `runtime`: the version of the library, and the kernels that run

`swift_seq2seq_losses.torch`, `swift_seq2seq_losses.tensorflow` and `swift_seq2seq_losses.jax` have the names and
signatures of those frameworks' own losses, and import the frameworks.
"""

from .ctc import (
    Alignments,
    LatticeVariables,
    ctc_best_path,
    ctc_entropy,
    ctc_entropy_and_gradient,
    ctc_entropy_regularized_loss_and_gradient,
    ctc_focal_loss_and_gradient,
    ctc_hessian,
    ctc_hessian_vector_product,
    ctc_lattice_variables,
    ctc_loss,
    ctc_loss_and_gradient,
    ctc_occupancy,
    ctc_path_risk_and_gradient,
    ctc_prior_corrected_loss_and_gradient,
    ctc_sample,
    ctc_smoothed_loss_and_gradient,
    forced_align,
)
from .decoding import (
    BeamSearchDecoder,
    DecodingStream,
    Hypothesis,
    Span,
    TransducerBeamSearchDecoder,
    TransducerStream,
    Word,
    ctc_greedy_decode,
    transducer_greedy_decode,
)
from .error_rates import ErrorCounts, cer, edit_distance, error_counts, wer
from .language_models import NGramModel
from .risk import (
    NBest,
    embr_loss_and_gradient,
    mwer_hessian_vector_product,
    mwer_loss,
    mwer_loss_and_gradient,
    nbest_risks,
    rnnt_mwer_loss_and_gradient,
)
from .runtime import kernel, version
from .tokens import TokenFile, read_tokens, spell_text
from .transducers import (
    MultiBlank,
    TokenAndDuration,
    TransducerAlignment,
    Wildcard,
    do_rnnt_pruning,
    get_rnnt_prune_ranges,
    rnnt_best_path,
    rnnt_entropy,
    rnnt_hessian_vector_product,
    rnnt_loss,
    rnnt_loss_and_gradient,
    rnnt_loss_pruned,
    rnnt_loss_pruned_and_gradient,
    rnnt_loss_simple,
    rnnt_loss_simple_and_gradients,
    rnnt_loss_smoothed,
    rnnt_loss_smoothed_and_gradients,
    rnnt_occupancy,
    rnnt_sample,
    tdt_loss,
    tdt_loss_and_gradient,
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
    "version",
    "wer",
]


def __dir__() -> list[str]:
    return sorted(name for name in globals() if not name.startswith("_") or name.endswith("__"))
