"""The Swift library's C functions."""

from __future__ import annotations

import ctypes
import functools
import os
import pathlib
import re
import sys
import weakref
from collections.abc import Iterable
from ctypes import POINTER, byref, c_char_p, c_double, c_int, c_int32, c_int64, c_uint64, c_void_p
from typing import Any, Callable, NoReturn, Optional, TypeVar

import numpy as np

_path = pathlib.Path(__file__).with_name(
    "libCSeq2SeqLosses" + (".dylib" if sys.platform == "darwin" else ".so")
)
# A CDLL releases the GIL during calls.
_library = ctypes.CDLL(str(_path))


class Tensor(ctypes.Structure):
    """`seq2seq_tensor`."""

    _fields_ = [
        ("values", c_void_p),
        ("element", c_int),
        ("shape", c_int64 * 3),
        ("strides", c_int64 * 3),
    ]


class Labels(ctypes.Structure):
    """`seq2seq_labels`."""

    _fields_ = [
        ("values", c_void_p),
        ("value_count", c_int64),
        ("lengths", c_void_p),
        ("count", c_int64),
        ("row_stride", c_int64),
    ]
    kept: object
    """What lies at the addresses."""


_OK, _MODEL_FAILED = 0, 2
"""Of `seq2seq_status`; all others are errors in arguments."""


class ModelFailed(Exception):
    """A function of the caller's failed: it knows why."""


# Arguments whose names differ in Python.
_names: dict[str, str] = {
    "fast_emit": "fastemit_lambda", "under_normalization": "sigma", "standard_share": "omega",
    "gradient_limit": "clamp", "encoder_share": "am_only_scale", "predictor_share": "lm_only_scale",
    "maximum_labels_per_frame": "max_symbols", "hypothesis_count": "nbest",
    "phrases": "hotwords", "phrase_boosts": "hotwords", "insertion_bonus": "word_bonus",
    "unknown_penalty": "unknown_word_penalty", "weight": "language_model_weight", "vocabulary": "labels",
    "spellings": "lexicon", "score_scale": "score_scale", "counts": "hypotheses",
    "steps": "topology", "big_blanks": "topology", "durations": "topology", "step_count": "topology",
}
_posteriors = {"logits": "log_probabilities", "logit_lengths": "lengths", "count": "nbest"}
_model = {
    "logits": "joiner", "states": "predictor", "frame_counts": "frames", "frame_count": "frames", "count": "nbest",
}


def _function(name: str, *arguments: Any, names: Optional[dict[str, str]] = None) -> Callable[..., None]:
    """A C function, whose errors name arguments as Python does; `names` are those of this function alone."""
    ours = {**_names, **(names or {})}

    def check(status: int, function: object, arguments: object) -> None:
        if status == _MODEL_FAILED:
            raise ModelFailed(_library.seq2seq_last_error().decode())
        if status != _OK:
            text = _library.seq2seq_last_error().decode()
            argument, rest = re.findall(r"\A(\w*)(.*)", text, re.DOTALL)[0]
            raise ValueError(ours.get(argument, argument) + rest)

    pointer = getattr(_library, name)
    pointer.argtypes = arguments
    pointer.restype = c_int
    pointer.errcheck = check
    function: Callable[..., None] = pointer
    return function


for _name in ("seq2seq_last_error", "seq2seq_version", "seq2seq_kernel"):
    getattr(_library, _name).argtypes, getattr(_library, _name).restype = (), c_char_p
_library.seq2seq_topology_name.argtypes = (c_int,)
_library.seq2seq_topology_name.restype = c_char_p


def _topologies() -> dict[str, int]:
    names: dict[str, int] = {}
    while name := _library.seq2seq_topology_name(len(names)):
        names[name.decode()] = len(names)
    return names


# The numbers of `seq2seq_topology` by name.
TOPOLOGIES = _topologies()
for _name in ("ctc", "ngram_model", "decoder", "stream", "transducer_decoder", "transducer_stream"):
    _destructor = getattr(_library, f"seq2seq_{_name}_destroy")
    _destructor.argtypes, _destructor.restype = (c_void_p,), None

_tensor, _pointer = POINTER(Tensor), c_void_p
_common = (_pointer, _tensor, _pointer, POINTER(Labels))

_create = _function("seq2seq_ctc_create", c_int64, c_int, c_int, c_int64, POINTER(c_void_p))
validate = _function(
    "seq2seq_ctc_validate", _pointer, POINTER(c_int64), _pointer, POINTER(Labels)
)
losses = _function("seq2seq_ctc_losses", *_common, _pointer)
losses_and_gradient = _function(
    "seq2seq_ctc_losses_and_gradient", *_common, _pointer, _pointer, _tensor
)
hessian_vector_product = _function(
    "seq2seq_ctc_hessian_vector_product", *_common, _tensor, _tensor
)
hessian = _function("seq2seq_ctc_hessian", *_common, _pointer, c_int64)
occupancies = _function("seq2seq_ctc_occupancies", *_common, _tensor)
entropies = _function("seq2seq_ctc_entropies", *_common, _pointer)
best_alignments = _function(
    "seq2seq_ctc_best_alignments", *_common, _pointer, _pointer, _pointer
)
sampled_alignments = _function(
    "seq2seq_ctc_sampled_alignments", *_common, c_int64, c_uint64, _pointer, _pointer, _pointer
)
lattice_variables = _function(
    "seq2seq_ctc_lattice_variables", *_common, c_int64, *[_pointer] * 4
)


class Strings(ctypes.Structure):
    """`seq2seq_strings`."""

    _fields_ = [("bytes", c_char_p), ("ends", c_void_p), ("count", c_int64)]
    kept: object
    """What lies at the addresses."""


class Result(ctypes.Structure):
    """`seq2seq_result`."""

    _fields_ = [
        ("integers", POINTER(c_int64)),
        ("numbers", POINTER(c_double)),
        ("text", c_void_p),
        ("integer_count", c_int64),
        ("number_count", c_int64),
        ("text_length", c_int64),
    ]


class LanguageModel(ctypes.Structure):
    """`seq2seq_language_model`."""

    _fields_ = [
        ("model", c_void_p),
        ("scores_tokens", c_int),
        ("weight", c_double),
        ("insertion_bonus", c_double),
        ("unknown_penalty", c_double),
        ("looks_ahead", c_int),
    ]


class TransducerOptions(ctypes.Structure):
    """`seq2seq_transducer_options`."""

    _fields_ = [
        ("blank", c_int64),
        ("positions", c_int64),
        ("topology", c_int),
        ("normalization", c_int),
        ("steps", c_void_p),
        ("big_blanks", c_void_p),
        ("step_count", c_int64),
        ("under_normalization", c_double),
        ("standard_share", c_double),
        ("wildcard", c_int64),
        ("wildcard_log_weight", c_double),
        ("first_positions", c_void_p),
        ("windows", c_void_p),
        ("fast_emit", c_double),
        ("gradient_limit", c_double),
        ("threads", c_int64),
    ]


class ExpectedRisk(ctypes.Structure):
    """`seq2seq_expected_risk`."""

    _fields_ = [
        ("hypotheses", POINTER(Labels)),
        ("counts", c_void_p),
        ("risks", c_void_p),
        ("references", POINTER(Labels)),
        ("score_scale", c_double),
        ("reference_weight", c_double),
        ("subtracts_mean", c_int),
    ]
    kept: object
    """What lies at the addresses."""


class DecoderOptions(ctypes.Structure):
    """`seq2seq_decoder_options`."""

    _fields_ = [
        ("labels", POINTER(Strings)),
        ("vocabulary", c_int64),
        ("blank", c_int64),
        ("word_separator", c_char_p),
        ("topology", c_int),
        ("beam_width", c_int64),
        ("beam_threshold", c_double),
        ("token_prune_threshold", c_double),
        ("hypothesis_count", c_int64),
        ("finds_spans", c_int),
        ("confidence", c_int),
        ("language_model", POINTER(LanguageModel)),
        ("lexicon", POINTER(Strings)),
        ("spellings", POINTER(Labels)),
        ("phrases", POINTER(Strings)),
        ("phrase_boosts", c_void_p),
        ("pieces", c_int),
        ("folds", c_int),
    ]
    kept: object
    """What lies at the addresses."""
    places: dict[str, list[int]]
    """Where the caller gave the entries of an argument, of those whose places differ."""


_integers = POINTER(c_int64)
TransducerStart = ctypes.CFUNCTYPE(c_int32, c_void_p, _integers)
TransducerAdvance = ctypes.CFUNCTYPE(c_int32, c_void_p, c_int64, *[_integers] * 3)
TransducerJoin = ctypes.CFUNCTYPE(
    # Frames are pairs of numbers.
    c_int32, c_void_p, c_int64, _integers, _integers, c_int64, POINTER(c_double)
)
TransducerRelease = ctypes.CFUNCTYPE(None, c_void_p, c_int64)


class TransducerModel(ctypes.Structure):
    """`seq2seq_transducer_model`."""

    _fields_ = [
        ("context", c_void_p),
        ("start", TransducerStart),
        ("advance", TransducerAdvance),
        ("join", TransducerJoin),
        ("release", TransducerRelease),
    ]


class TransducerDecoderOptions(ctypes.Structure):
    """`seq2seq_transducer_decoder_options`."""

    _fields_ = [
        ("search", DecoderOptions),
        ("maximum_labels_per_frame", c_int64),
        ("topology", c_int),
        ("steps", c_void_p),
        ("big_blanks", c_void_p),
        ("step_count", c_int64),
    ]


_handle, _result = POINTER(c_void_p), POINTER(Result)
_library.seq2seq_result_destroy.argtypes = (_result,)
_library.seq2seq_result_destroy.restype = None

_token_file = {"tokens": "path", "content": "path", "texts": "path"}
token_file_read = _function(
    "seq2seq_token_file_read", c_char_p, c_int, c_int64, c_int64, _result, names=_token_file
)
token_file_of_texts = _function(
    "seq2seq_token_file_of_texts", POINTER(Strings), c_int64, c_int64, _result, names=_token_file
)
decoder_unspellable = _function("seq2seq_decoder_unspellable", POINTER(DecoderOptions), _result)
spell_text = _function("seq2seq_spell_text", POINTER(DecoderOptions), c_char_p, c_int, _result)
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
        "logits": "log_probs", "logit_lengths": "input_lengths", "labels": "targets",
        "label_lengths": "target_lengths", "vocabulary": "log_probs",
    },
)
_transducer = (POINTER(TransducerOptions), _tensor, _pointer, POINTER(Labels))
transducer_losses_and_gradient = _function(
    "seq2seq_transducer_losses_and_gradient", *_transducer, _pointer, _tensor
)
transducer_hessian_vector_product = _function(
    "seq2seq_transducer_hessian_vector_product", *_transducer, _tensor, _tensor
)
transducer_alignments = _function(
    "seq2seq_transducer_alignments", *_transducer, c_int64, c_uint64, *[_pointer] * 4
)
transducer_occupancies = _function("seq2seq_transducer_occupancies", *_transducer, _pointer)
transducer_entropies = _function("seq2seq_transducer_entropies", *_transducer, _pointer)
transducer_expected_risks_and_gradient = _function(
    "seq2seq_transducer_expected_risks_and_gradient",
    *_transducer[:3], POINTER(ExpectedRisk), c_int64, _pointer, _pointer, _tensor,
    names={"labels": "hypotheses", "label_lengths": "hypotheses", "utterances": "hypotheses"},
)
transducer_decoder_create = _function(
    "seq2seq_transducer_decoder_create", POINTER(TransducerDecoderOptions), _handle
)
_decode_model = (_pointer, POINTER(TransducerModel), _pointer, c_int64, _result)
transducer_decode = _function("seq2seq_transducer_decoder_decode", *_decode_model, names=_model)
transducer_decode_greedy = _function(
    "seq2seq_transducer_decoder_decode_greedy", *_decode_model, names=_model
)
transducer_stream_create = _function(
    "seq2seq_transducer_stream_create", _pointer, POINTER(TransducerModel), c_int, _handle
)
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
_risk = (_pointer, _tensor, _pointer, POINTER(ExpectedRisk))
expected_risks_and_gradient = _function(
    "seq2seq_ctc_expected_risks_and_gradient", *_risk, _pointer, _pointer, _tensor
)
expected_risk_hessian_vector_product = _function(
    "seq2seq_ctc_expected_risk_hessian_vector_product", *_risk, _tensor, _tensor
)
variant_values_and_gradient = _function(
    "seq2seq_ctc_variant_values_and_gradient",
    *_common, c_int, c_double, _pointer, _tensor, _pointer, _pointer, _tensor,
)
sampled_edit_risks_and_gradient = _function(
    "seq2seq_ctc_sampled_edit_risks_and_gradient",
    *_common, c_int64, c_uint64, _pointer, _pointer, _tensor,
    names={"count": "samples", "labels": "references", "label_lengths": "reference_lengths"},
)
_pairs = (POINTER(Labels), POINTER(Labels), _pointer)
error_counts = _function("seq2seq_error_counts", *_pairs)
edit_distances = _function("seq2seq_edit_distances", *_pairs)


class Handle:
    """What a function `create` makes, until it is let go; what it refers to is kept as long.

    A handle is an argument of C functions as it is, and lives as long as the call.
    """

    def __init__(self, kind: str, create: Callable[..., None], *arguments: Any, keeping: object = None) -> None:
        self.pointer = self._as_parameter_ = c_void_p()
        create(*arguments, byref(self.pointer))
        destroy = getattr(_library, f"seq2seq_{kind}_destroy")
        self._finalizer = weakref.finalize(self, _destroy, destroy, self.pointer, keeping)


_Self = TypeVar("_Self", bound="Immutable")


class Immutable:
    """An object around a handle that never changes: a copy is the object itself."""

    def __copy__(self: _Self) -> _Self:
        return self

    def __deepcopy__(self: _Self, memo: object) -> _Self:
        return self

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError(f"a {type(self).__name__} cannot be pickled: make one in each process")


class Stateful:
    """An object around a handle with a state of its own, which copies must not share."""

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError(f"a {type(self).__name__} can be neither copied nor pickled")


def _destroy(destroy: Callable[[c_void_p], None], pointer: c_void_p, keeping: object) -> None:
    destroy(pointer)


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
        _library.seq2seq_result_destroy(byref(found))


def version() -> str:
    """The version of the Swift library.

    Returns:
        Its number, such as "0.1.0".
    """
    return _text(_library.seq2seq_version)


def kernel() -> str:
    """The build of the kernels that runs.

    It is the best one for this processor, unless the environment variable SEQ2SEQ_KERNELS names another when this
    module is first imported; a name that cannot run makes the import fail.

    Returns:
        "avx512", "avx2" or "baseline"; "general" for none.
    """
    return _text(_library.seq2seq_kernel)


def _text(function: Callable[[], bytes]) -> str:
    return function().decode()


def _check_kernel() -> None:
    wanted = os.environ.get("SEQ2SEQ_KERNELS")
    if wanted and wanted != kernel():
        raise ImportError(
            f"SEQ2SEQ_KERNELS: {wanted!r} cannot run here; the best of general, baseline, avx2 and avx512 is {kernel()}"
        )


_check_kernel()


@functools.lru_cache(maxsize=8)
def ctc(blank: int, topology: int, inputs: int, threads: int) -> Handle:
    """A loss with these options, which keeps its memory for the next call.

    As many are kept as programs have losses; of more, the ones used last.
    """
    return Handle("ctc", _create, blank, topology, inputs, threads)
