"""Objects of the C library as Python objects, which destroy them."""

from __future__ import annotations

import functools
import weakref
from ctypes import addressof, byref, c_int64, c_void_p
from typing import Any, Callable, NoReturn, TypeVar

from . import library, structures

_Self = TypeVar("_Self", bound="Immutable")


class Handle:
    """Owns the object that the C function `create` makes, and keeps `keeping` alive as long.

    A handle is itself an argument for C functions, so it lives at least as long as the call.
    """

    def __init__(self, kind: str, create: Callable[..., None], *arguments: Any, keeping: object = None) -> None:
        self.pointer = self._as_parameter_ = c_void_p()
        create(*arguments, byref(self.pointer))
        destroy = getattr(library.loaded, f"seq2seq_{kind}_destroy")
        self._finalizer = weakref.finalize(self, _destroy, destroy, self.pointer, keeping)


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


# Each of these keeps as many losses as programs have; of more, the ones used last.


@functools.lru_cache(maxsize=8)
def ctc(blank: int, topology: int, inputs: int, threads: int) -> Handle:
    """A CTC loss with these options, which keeps its memory for the next call."""
    return Handle("ctc", library.ctc_create, byref(structures.CTCOptions(blank, topology, inputs, threads)))


@functools.lru_cache(maxsize=8)
def transducer(
    blank: int, topology: int, normalization: int, steps: tuple[int, ...], big_blanks: tuple[int, ...], sigma: float,
    omega: float, wildcard: int, wildcard_log_weight: float, fast_emit: float, clamp: float, threads: int,
) -> Handle:
    """A transducer loss with these options."""
    frames, tokens = (c_int64 * len(steps))(*steps), (c_int64 * len(big_blanks))(*big_blanks)
    options = structures.TransducerOptions(
        blank, topology, normalization, addressof(frames), addressof(tokens), len(steps), sigma, omega, wildcard,
        wildcard_log_weight, fast_emit, clamp, threads,
    )
    return Handle("transducer", library.transducer_create, byref(options))


@functools.lru_cache(maxsize=8)
def additive_transducer(
    blank: int, topology: int, predictor_share: float, encoder_share: float, fast_emit: float, threads: int
) -> Handle:
    """A loss with these options of a transducer whose joiner only adds."""
    options = structures.AdditiveTransducerOptions(
        blank, topology, predictor_share, encoder_share, fast_emit, threads
    )
    return Handle("additive_transducer", library.additive_transducer_create, byref(options))
