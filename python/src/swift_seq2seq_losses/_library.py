"""The Swift library's C functions."""

from __future__ import annotations

import ctypes
import functools
import pathlib
import sys
from ctypes import POINTER, byref, c_char_p, c_double, c_int, c_int64, c_uint64, c_void_p

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


def _check(status: int, function, arguments) -> None:
    if status != 0:
        raise ValueError(_library.seq2seq_last_error().decode())


def _function(name: str, *arguments):
    function = getattr(_library, name)
    function.argtypes = arguments
    function.restype = c_int
    function.errcheck = _check
    return function


for _name in ("seq2seq_last_error", "seq2seq_version", "seq2seq_kernel"):
    getattr(_library, _name).restype = c_char_p

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


def version() -> str:
    """The version of the Swift library."""
    return _library.seq2seq_version().decode()


def kernel() -> str:
    """The build of the kernels that this processor runs: avx512, avx2 or baseline."""
    return _library.seq2seq_kernel().decode()


@functools.lru_cache(maxsize=None)
def ctc(blank: int, topology: int, inputs: int, threads: int) -> c_void_p:
    """A loss with these options, which lives as long as the process and keeps its memory."""
    handle = c_void_p()
    _create(blank, topology, inputs, threads, byref(handle))
    return handle
