"""The Swift library, and its C functions."""

from __future__ import annotations

import ctypes
import os
import re
import sys
from collections.abc import Iterable
from ctypes import POINTER, byref, c_char_p, c_double, c_int, c_int64, c_uint64, c_void_p
from typing import Any, Callable, Optional

import numpy as np

from .enumerations import STATUSES
from .structures import (
    AdditiveTransducerBatch,
    AdditiveTransducerOptions,
    CTCAlignments,
    CTCBatch,
    CTCOptions,
    DecoderOptions,
    ExpectedRisk,
    Labels,
    Result,
    Strings,
    Tensor,
    TransducerAlignments,
    TransducerBatch,
    TransducerDecoderOptions,
    TransducerModel,
    TransducerOptions,
)

# It lies in the package that this one is part of. To import `pathlib` would take longer than all of this package.
path = os.path.join(
    os.path.dirname(os.path.dirname(os.path.abspath(__file__))),
    "libCSeq2SeqLosses" + (".dylib" if sys.platform == "darwin" else ".so"),
)
# A CDLL releases the GIL during calls.
loaded = ctypes.CDLL(path)

_OK, _MODEL_FAILED = STATUSES["ok"], STATUSES["model_failed"]


class ModelFailed(Exception):
    """A function of the caller's failed: it knows why."""


# Arguments and fields whose names differ in Python.
_names: dict[str, str] = {
    "labels.lengths": "label_lengths", "hypotheses.lengths": "hypotheses", "references.lengths": "references",
    "fast_emit": "fastemit_lambda", "under_normalization": "sigma", "standard_share": "omega",
    "gradient_limit": "clamp", "wildcard_log_weight": "wildcard",
    "encoder_share": "am_only_scale", "predictor_share": "lm_only_scale",
    "maximum_labels_per_frame": "max_symbols", "hypothesis_count": "nbest",
    "phrases": "hotwords", "phrase_boosts": "hotwords", "insertion_bonus": "word_bonus",
    "unknown_penalty": "unknown_word_penalty", "weight": "language_model_weight", "unit": "language_model_unit",
    "model": "language_model", "vocabulary": "labels", "spellings": "lexicon", "spellings.lengths": "lexicon",
    "counts": "hypotheses", "steps": "topology", "big_blanks": "topology", "step_count": "topology",
}
_posteriors = {"count": "nbest"}
_model = {
    "logits": "joiner", "states": "predictor", "frame_counts": "frames", "frame_count": "frames", "count": "nbest",
}


def _function(name: str, *arguments: Any, names: Optional[dict[str, str]] = None) -> Callable[..., None]:
    """A C function, whose errors name arguments as Python does; `names` are those of this function alone."""
    ours = {**_names, **(names or {})}

    def check(status: int, function: object, arguments: object) -> None:
        if status == _MODEL_FAILED:
            raise ModelFailed(loaded.seq2seq_last_error().decode())
        if status != _OK:
            text = loaded.seq2seq_last_error().decode()
            argument, rest = re.findall(r"\A([\w.]*)(.*)", text, re.DOTALL)[0]
            raise ValueError(ours.get(argument, argument) + rest)

    pointer = getattr(loaded, name)
    pointer.argtypes = arguments
    pointer.restype = c_int
    pointer.errcheck = check
    function: Callable[..., None] = pointer
    return function


for _name in ("seq2seq_last_error", "seq2seq_version", "seq2seq_kernel"):
    getattr(loaded, _name).argtypes, getattr(loaded, _name).restype = (), c_char_p


def _numbers(function: str) -> dict[str, int]:
    name_of = getattr(loaded, function)
    name_of.argtypes, name_of.restype = (c_int,), c_char_p
    numbers: dict[str, int] = {}
    while name := name_of(len(numbers)):
        numbers[name.decode()] = len(numbers)
    return numbers


# The numbers of `seq2seq_topology` and of `seq2seq_transducer_topology` by name.
TOPOLOGIES = _numbers("seq2seq_topology_name")
TRANSDUCER_TOPOLOGIES = _numbers("seq2seq_transducer_topology_name")

# The number of states in the lattice of some labels, by the number of the topology.
topology_states: Callable[[int, int], int] = loaded.seq2seq_topology_states
loaded.seq2seq_topology_states.argtypes, loaded.seq2seq_topology_states.restype = (c_int, c_int64), c_int64

for _name in (
    "ctc", "transducer", "additive_transducer", "ngram_model", "decoder", "stream", "transducer_decoder",
    "transducer_stream",
):
    _destructor = getattr(loaded, f"seq2seq_{_name}_destroy")
    _destructor.argtypes, _destructor.restype = (c_void_p,), None

_tensor, _pointer, _handle, _risk = POINTER(Tensor), c_void_p, POINTER(c_void_p), POINTER(ExpectedRisk)
_with_gradient = (_pointer, _pointer, _tensor)
_ctc = (_pointer, POINTER(CTCBatch))

ctc_create = _function("seq2seq_ctc_create", POINTER(CTCOptions), _handle)
ctc_validate = _function("seq2seq_ctc_validate", *_ctc)
ctc_losses = _function("seq2seq_ctc_losses", *_ctc, _pointer)
ctc_losses_and_gradient = _function("seq2seq_ctc_losses_and_gradient", *_ctc, *_with_gradient)
ctc_hessian_vector_products = _function("seq2seq_ctc_hessian_vector_products", *_ctc, _tensor, _tensor)
ctc_hessians = _function("seq2seq_ctc_hessians", *_ctc, _pointer, c_int64)
ctc_occupancies = _function("seq2seq_ctc_occupancies", *_ctc, _tensor)
ctc_entropies = _function("seq2seq_ctc_entropies", *_ctc, _pointer)
ctc_best_alignments = _function("seq2seq_ctc_best_alignments", *_ctc, POINTER(CTCAlignments))
ctc_sampled_alignments = _function(
    "seq2seq_ctc_sampled_alignments", *_ctc, c_int64, c_uint64, POINTER(CTCAlignments)
)
ctc_lattice_variables = _function("seq2seq_ctc_lattice_variables", *_ctc, c_int64, *[_pointer] * 4)
ctc_entropies_and_gradient = _function("seq2seq_ctc_entropies_and_gradient", *_ctc, *_with_gradient)
ctc_entropy_regularized_losses_and_gradient = _function(
    "seq2seq_ctc_entropy_regularized_losses_and_gradient", *_ctc, c_double, *_with_gradient
)
ctc_path_risks_and_gradient = _function("seq2seq_ctc_path_risks_and_gradient", *_ctc, _tensor, *_with_gradient)
ctc_prior_corrected_losses_and_gradient = _function(
    "seq2seq_ctc_prior_corrected_losses_and_gradient", *_ctc, _pointer, c_double, *_with_gradient
)
ctc_focal_losses_and_gradient = _function("seq2seq_ctc_focal_losses_and_gradient", *_ctc, c_double, *_with_gradient)
ctc_smoothed_losses_and_gradient = _function(
    "seq2seq_ctc_smoothed_losses_and_gradient", *_ctc, c_double, *_with_gradient
)
ctc_expected_risks = _function("seq2seq_ctc_expected_risks", *_ctc, _risk, _pointer)
ctc_expected_risks_and_gradient = _function("seq2seq_ctc_expected_risks_and_gradient", *_ctc, _risk, *_with_gradient)
ctc_expected_risk_hessian_vector_products = _function(
    "seq2seq_ctc_expected_risk_hessian_vector_products", *_ctc, _risk, _tensor, _tensor
)
ctc_sampled_edit_risks_and_gradient = _function(
    "seq2seq_ctc_sampled_edit_risks_and_gradient", *_ctc, c_int64, c_uint64, *_with_gradient,
    names={"count": "samples", "labels": "references", "labels.lengths": "reference_lengths"},
)

_transducer = (_pointer, POINTER(TransducerBatch))
transducer_create = _function("seq2seq_transducer_create", POINTER(TransducerOptions), _handle)
transducer_validate = _function("seq2seq_transducer_validate", *_transducer)
transducer_losses = _function("seq2seq_transducer_losses", *_transducer, _pointer)
transducer_losses_and_gradient = _function("seq2seq_transducer_losses_and_gradient", *_transducer, *_with_gradient)
transducer_hessian_vector_products = _function(
    "seq2seq_transducer_hessian_vector_products", *_transducer, _tensor, _tensor
)
transducer_occupancies = _function("seq2seq_transducer_occupancies", *_transducer, _pointer)
transducer_entropies = _function("seq2seq_transducer_entropies", *_transducer, _pointer)
transducer_best_alignments = _function(
    "seq2seq_transducer_best_alignments", *_transducer, POINTER(TransducerAlignments)
)
transducer_sampled_alignments = _function(
    "seq2seq_transducer_sampled_alignments", *_transducer, c_int64, c_uint64, POINTER(TransducerAlignments)
)
transducer_expected_risks = _function("seq2seq_transducer_expected_risks", *_transducer, _risk, _pointer)
transducer_expected_risks_and_gradient = _function(
    "seq2seq_transducer_expected_risks_and_gradient", *_transducer, _risk, *_with_gradient
)
transducer_expected_risk_hessian_vector_products = _function(
    "seq2seq_transducer_expected_risk_hessian_vector_products", *_transducer, _risk, _tensor, _tensor
)

_additive = (_pointer, POINTER(AdditiveTransducerBatch), _pointer)
_additive_names = {
    "encoder": "am", "predictor": "lm", "labels": "symbols", "labels.lengths": "boundary",
    "encoder_lengths": "boundary", "blank": "termination_symbol", "topology": "rnnt_type",
}
additive_transducer_create = _function(
    "seq2seq_additive_transducer_create", POINTER(AdditiveTransducerOptions), _handle, names=_additive_names
)
additive_transducer_losses = _function("seq2seq_additive_transducer_losses", *_additive, names=_additive_names)
additive_transducer_losses_and_gradients = _function(
    "seq2seq_additive_transducer_losses_and_gradients", *_additive, _tensor, _tensor, names=_additive_names
)
additive_transducer_losses_and_occupancies = _function(
    "seq2seq_additive_transducer_losses_and_occupancies", *_additive, _pointer, names=_additive_names
)
additive_transducer_losses_gradients_and_occupancies = _function(
    "seq2seq_additive_transducer_losses_gradients_and_occupancies", *_additive, _tensor, _tensor, _pointer,
    names=_additive_names,
)
transducer_pruning_bounds = _function(
    "seq2seq_transducer_pruning_bounds",
    *[c_int64] * 3, *[_pointer] * 3, c_int64, c_int, _pointer, POINTER(c_int64),
    names={
        "range": "s_range", "logit_lengths": "boundary", "label_lengths": "boundary", "batch": "px_grad",
        "time": "px_grad", "positions": "px_grad", "occupancies": "px_grad",
    },
)

_result = POINTER(Result)
loaded.seq2seq_result_destroy.argtypes = (_result,)
loaded.seq2seq_result_destroy.restype = None

_token_file = {"tokens": "path", "content": "path", "texts": "path"}
token_file_read = _function(
    "seq2seq_token_file_read", c_char_p, c_int, c_int64, c_int64, _result, names=_token_file
)
token_file_of_texts = _function(
    "seq2seq_token_file_of_texts", POINTER(Strings), c_int64, c_int64, _result, names=_token_file
)
decoder_unspellable = _function("seq2seq_decoder_unspellable", POINTER(DecoderOptions), _result)
spell_text = _function("seq2seq_spell_text", POINTER(DecoderOptions), c_char_p, _result)
ngram_model_open = _function("seq2seq_ngram_model_open", c_char_p, _handle)
ngram_model_read = _function("seq2seq_ngram_model_read", c_char_p, _handle)
ngram_model_size = _function(
    "seq2seq_ngram_model_size", _pointer, POINTER(c_int64), POINTER(c_int64)
)
ngram_model_scores = _function(
    "seq2seq_ngram_model_scores", _pointer, POINTER(Strings), c_int, c_int, _pointer, _pointer
)
decoder_create = _function("seq2seq_decoder_create", POINTER(DecoderOptions), _handle)
_decode = (_pointer, _tensor, _pointer, c_int64, _result)
decoder_decode = _function("seq2seq_decoder_decode", *_decode, names=_posteriors)
decoder_decode_greedy = _function("seq2seq_decoder_decode_greedy", *_decode, names=_posteriors)
stream_create = _function("seq2seq_stream_create", _pointer, _handle)
stream_feed = _function("seq2seq_stream_feed", _pointer, _tensor, names=_posteriors)
stream_hypotheses = _function("seq2seq_stream_hypotheses", _pointer, c_int64, _result, names=_posteriors)
stream_finish = _function("seq2seq_stream_finish", _pointer, _result)
stream_stable_tokens = _function("seq2seq_stream_stable_tokens", _pointer, _result)
forced_align = _function(
    "seq2seq_forced_align",
    *(_tensor, _pointer, POINTER(Labels), c_int64, c_int, c_int64, _pointer, _pointer),
    names={
        "log_probabilities": "log_probs", "lengths": "input_lengths", "targets.lengths": "target_lengths",
    },
)
transducer_decoder_create = _function(
    "seq2seq_transducer_decoder_create", POINTER(TransducerDecoderOptions), _handle
)
_decode_model = (_pointer, POINTER(TransducerModel), _pointer, c_int64, _result)
transducer_decode = _function("seq2seq_transducer_decoder_decode", *_decode_model, names=_model)
transducer_decode_greedy = _function(
    "seq2seq_transducer_decoder_decode_greedy", *_decode_model, names=_model
)
_create_stream = (_pointer, POINTER(TransducerModel), _handle)
transducer_stream_create = _function("seq2seq_transducer_stream_create", *_create_stream)
transducer_stream_create_greedy = _function("seq2seq_transducer_stream_create_greedy", *_create_stream)
transducer_stream_feed = _function("seq2seq_transducer_stream_feed", _pointer, c_int64, names=_model)
transducer_stream_frames = _function(
    "seq2seq_transducer_stream_frames", _pointer, POINTER(c_int64)
)
transducer_stream_hypotheses = _function(
    "seq2seq_transducer_stream_hypotheses", _pointer, c_int64, _result, names=_model
)
transducer_stream_finish = _function("seq2seq_transducer_stream_finish", _pointer, _result)
transducer_stream_stable_tokens = _function(
    "seq2seq_transducer_stream_stable_tokens", _pointer, _result
)
_pairs = (POINTER(Labels), POINTER(Labels), _pointer)
error_counts = _function("seq2seq_error_counts", *_pairs)
edit_distances = _function("seq2seq_edit_distances", *_pairs)


def strings(texts: Iterable[str]) -> Strings:
    """The C description of texts."""
    encoded = [text.encode() for text in texts]
    ends = np.cumsum([0] + [len(text) for text in encoded], dtype=np.int64)[1:]
    ends = np.ascontiguousarray(ends)
    joined = b"".join(encoded)
    result = Strings(joined, ends.ctypes.data, len(encoded))
    # The structure holds addresses only.
    result.kept = (joined, ends)
    return result


def result(function: Callable[..., None], *arguments: Any) -> tuple[list[int], list[float], bytes]:
    """What a function finds: its integers, its numbers and its text as Python has them."""
    found = Result()
    function(*arguments, byref(found))
    try:
        return (
            found.integers[: found.integer_count],
            found.numbers[: found.number_count],
            ctypes.string_at(found.text, found.text_length),
        )
    finally:
        loaded.seq2seq_result_destroy(byref(found))
