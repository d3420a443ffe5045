"""The version of the Swift library, and the build of its kernels that runs."""

from ._native.library import kernel, version

__all__ = ["kernel", "version"]
