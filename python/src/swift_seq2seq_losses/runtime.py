"""The version of the Swift library, and the build of its kernels that runs."""

from __future__ import annotations

import os
from typing import Callable

from ._native import library as _library

__all__ = ["kernel", "version"]


def version() -> str:
    """The version of the Swift library.

    Returns:
        The version, such as "0.1.0".
    """
    return _text(_library.loaded.seq2seq_version)


def kernel() -> str:
    """The build of the kernels that runs.

    It is the best one for this processor, unless the environment variable SEQ2SEQ_KERNELS names another when this
    package is first imported. If that build cannot run here, the import fails.

    Returns:
        "avx512", "avx2" or "baseline"; "general" for the general engine without kernels.
    """
    return _text(_library.loaded.seq2seq_kernel)


def _text(function: Callable[[], bytes]) -> str:
    return function().decode()


def _check_kernel() -> None:
    wanted = os.environ.get("SEQ2SEQ_KERNELS")
    if wanted and wanted != kernel():
        raise ImportError(
            f"SEQ2SEQ_KERNELS: {wanted!r} cannot run here; the best of general, baseline, avx2 and avx512 is {kernel()}"
        )


_check_kernel()
