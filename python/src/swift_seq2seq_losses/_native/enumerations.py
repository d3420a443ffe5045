"""The C header's enumerations by the names that options have in Python.

The names of topologies are the library's own: see `library.TOPOLOGIES` and `library.TRANSDUCER_TOPOLOGIES`.
"""

from __future__ import annotations

# `seq2seq_status`; all others are errors in arguments.
STATUSES = {"ok": 0, "model_failed": 2}
# `seq2seq_element`.
ELEMENTS = {"float32": 0, "float64": 1, "float16": 2, "bfloat16": 3}
# `seq2seq_inputs`.
INPUTS = {"logits": 0, "log_probabilities": 1}
# `seq2seq_piece_marks`.
PIECES = {
    "sentencepiece": 0, "wordpiece": 1, "subword-nmt": 2, "end-of-word": 3, "underscore": 4, "byte-level": 5,
}
# `seq2seq_token_file_format`.
TOKEN_FILE_FORMATS = {"automatic": 0, "list": 1, "indexed": 2, "scored": 3, "paddle": 4}
# `seq2seq_transducer_normalization`.
TRANSDUCER_NORMALIZATIONS = {"softmax": 0, "factored": 1, "none": 2}
# `seq2seq_transducer_wildcard`.
WILDCARDS = {"none": 0, "ends_with_blank": 1, "skips_last_blank": 2}
# `seq2seq_confidence`.
CONFIDENCES = {"largest": 0, "mean": 1, "entropy": 2}
# `seq2seq_language_model_unit`.
LANGUAGE_MODEL_UNITS = {"word": 0, "token": 1}
