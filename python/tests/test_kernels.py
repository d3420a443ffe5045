"""The environment variable SEQ2SEQ_KERNELS: each kind of kernels gives the same losses, and no name is ignored."""

import os
import subprocess
import sys

import pytest

from swift_seq2seq_losses._native import library

LOSS = """
import numpy as np
from swift_seq2seq_losses import ctc_loss, kernel
logits = np.random.default_rng(0).standard_normal((3, 50, 20)).astype("f4")
print(kernel(), *ctc_loss(logits, [[1, 2, 2], [], [19] * 9]))
"""


def run(code: str, kernels: str, *arguments: str) -> subprocess.CompletedProcess:
    environment = dict(os.environ, SEQ2SEQ_KERNELS=kernels)
    return subprocess.run([sys.executable, "-c", code, *arguments], env=environment, capture_output=True, text=True)


def test_each_kind_gives_the_same_losses():
    losses = {}
    for kernels in ["general", "baseline", "avx2", "avx512", ""]:
        result = run(LOSS, kernels)
        if result.returncode and kernels.startswith("avx"):
            assert "cannot run here" in result.stderr
            continue
        name, *values = result.stdout.split()
        assert name == kernels or not kernels
        losses[kernels] = [float(value) for value in values]
    for values in losses.values():
        assert values == pytest.approx(losses["general"], rel=1e-7)


@pytest.mark.parametrize("name", ["AVX2", "sse", "avx2 ", "0"])
def test_unknown_names_make_the_import_fail(name):
    result = run("import swift_seq2seq_losses", name)
    assert result.returncode == 1
    assert f"ImportError: SEQ2SEQ_KERNELS: {name!r}" in result.stderr


def test_unknown_names_are_errors_in_c():
    code = """
import ctypes, sys
library = ctypes.CDLL(sys.argv[1])
library.seq2seq_last_error.restype = ctypes.c_char_p
handle = ctypes.c_void_p()
options = (ctypes.c_int64 * 4)()
status = library.seq2seq_ctc_create(options, ctypes.byref(handle))
print(status, library.seq2seq_last_error().decode())
"""
    result = run(code, "sse", library.loaded._name)
    assert result.stdout == '1 SEQ2SEQ_KERNELS: "sse" is not one of general, baseline, avx2, avx512\n'
