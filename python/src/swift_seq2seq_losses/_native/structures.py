"""The C header's structures and the functions that it calls back, field for field."""

from __future__ import annotations

import ctypes
from ctypes import POINTER, c_char_p, c_double, c_int, c_int32, c_int64, c_void_p


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
        ("unit", c_int),
        ("weight", c_double),
        ("insertion_bonus", c_double),
        ("unknown_penalty", c_double),
        ("looks_ahead", c_int),
    ]


class CTCOptions(ctypes.Structure):
    """`seq2seq_ctc_options`."""

    _fields_ = [("blank", c_int64), ("topology", c_int), ("inputs", c_int), ("threads", c_int64)]


class CTCBatch(ctypes.Structure):
    """`seq2seq_ctc_batch`."""

    _fields_ = [("logits", Tensor), ("logit_lengths", c_void_p), ("labels", Labels)]


class CTCAlignments(ctypes.Structure):
    """`seq2seq_ctc_alignments`."""

    _fields_ = [("tokens", c_void_p), ("label_indices", c_void_p), ("log_probabilities", c_void_p)]


class TransducerOptions(ctypes.Structure):
    """`seq2seq_transducer_options`."""

    _fields_ = [
        ("blank", c_int64),
        ("topology", c_int),
        ("normalization", c_int),
        ("steps", c_void_p),
        ("big_blanks", c_void_p),
        ("step_count", c_int64),
        ("under_normalization", c_double),
        ("standard_share", c_double),
        ("wildcard", c_int),
        ("wildcard_log_weight", c_double),
        ("fast_emit", c_double),
        ("gradient_limit", c_double),
        ("threads", c_int64),
    ]


class TransducerBatch(ctypes.Structure):
    """`seq2seq_transducer_batch`."""

    _fields_ = [
        ("logits", Tensor),
        ("logit_lengths", c_void_p),
        ("labels", Labels),
        ("positions", c_int64),
        ("first_positions", c_void_p),
        ("windows", c_void_p),
    ]


class TransducerAlignments(ctypes.Structure):
    """`seq2seq_transducer_alignments`."""

    _fields_ = [
        ("log_probabilities", c_void_p),
        ("first_frames", c_void_p),
        ("frames", c_void_p),
        ("label_log_probabilities", c_void_p),
    ]


class AdditiveTransducerOptions(ctypes.Structure):
    """`seq2seq_additive_transducer_options`."""

    _fields_ = [
        ("blank", c_int64),
        ("topology", c_int),
        ("predictor_share", c_double),
        ("encoder_share", c_double),
        ("fast_emit", c_double),
        ("threads", c_int64),
    ]


class AdditiveTransducerBatch(ctypes.Structure):
    """`seq2seq_additive_transducer_batch`."""

    _fields_ = [
        ("encoder", Tensor),
        ("predictor", Tensor),
        ("encoder_lengths", c_void_p),
        ("labels", Labels),
    ]


class ExpectedRisk(ctypes.Structure):
    """`seq2seq_expected_risk`."""

    _fields_ = [
        ("hypotheses", Labels),
        ("counts", c_void_p),
        ("count", c_int64),
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
