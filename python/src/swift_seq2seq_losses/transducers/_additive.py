"""Losses of additive joiners, with the signatures of k2 and fast_rnnt."""

from __future__ import annotations

from typing import Literal, Optional, Union, overload

from numpy.typing import ArrayLike

from .._native.arguments import Array, Doubles
from ._additive_call import AdditiveCall

_Occupancies = tuple[Doubles, Doubles]

_WithGradients = tuple[Doubles, Array, Array]

_WithGradientsAndOccupancies = tuple[Doubles, Array, Array, _Occupancies]


@overload
def rnnt_loss_simple(
    lm: ArrayLike, am: ArrayLike, symbols: ArrayLike, termination_symbol: int,
    boundary: Optional[ArrayLike] = None, rnnt_type: str = "regular", *, return_grad: Literal[False] = False,
    threads: Optional[int] = None,
) -> Doubles: ...


@overload
def rnnt_loss_simple(
    lm: ArrayLike, am: ArrayLike, symbols: ArrayLike, termination_symbol: int,
    boundary: Optional[ArrayLike] = None, rnnt_type: str = "regular", *, return_grad: Literal[True],
    threads: Optional[int] = None,
) -> tuple[Doubles, _Occupancies]: ...


def rnnt_loss_simple(
    lm: ArrayLike,
    am: ArrayLike,
    symbols: ArrayLike,
    termination_symbol: int,
    boundary: Optional[ArrayLike] = None,
    rnnt_type: str = "regular",
    *,
    return_grad: bool = False,
    threads: Optional[int] = None,
) -> Union[Doubles, tuple[Doubles, _Occupancies]]:
    """The transducer loss of the logits `am[:, t] + lm[:, u]`, which are never made; `[batch]`, in nats.

    Args:
        lm: The predictor's, `[batch, labels + 1, vocabulary]`.
        am: The encoder's, `[batch, time, vocabulary]`, of the same type.
        symbols: The labels, `[batch, labels]`.
        termination_symbol: The blank's index.
        boundary: `[batch, 4]` of `[0, 0, labels, frames]` of each sample; all by default.
        rnnt_type: `"regular"`, where labels take no frame, or `"modified"`, one symbol a frame.
        return_grad: Whether the occupancies `(px_grad, py_grad)` are wanted, from which
            `get_rnnt_prune_ranges` finds what to keep.
        threads: The most threads; `None` for one a processor. Results do not depend on it.

    Returns:
        The losses; with `return_grad` the losses and `(px_grad, py_grad)`: what share of the paths emits
        each label at each frame, `[batch, labels, time + 1]` (`time` for `"modified"`), and leaves each by a
        blank, `[batch, labels + 1, time]`.

    Raises:
        ValueError: A shape, length, label or option does not fit; the message names it.
    """
    call = AdditiveCall(lm, am, symbols, termination_symbol, boundary, rnnt_type, threads)
    losses, _, occupancies = call.run(False, return_grad)
    return (losses, occupancies) if return_grad else losses


@overload
def rnnt_loss_simple_and_gradients(
    lm: ArrayLike, am: ArrayLike, symbols: ArrayLike, termination_symbol: int,
    boundary: Optional[ArrayLike] = None, rnnt_type: str = "regular", *, return_grad: Literal[False] = False,
    fastemit_lambda: float = 0.0, threads: Optional[int] = None,
) -> _WithGradients: ...


@overload
def rnnt_loss_simple_and_gradients(
    lm: ArrayLike, am: ArrayLike, symbols: ArrayLike, termination_symbol: int,
    boundary: Optional[ArrayLike] = None, rnnt_type: str = "regular", *, return_grad: Literal[True],
    fastemit_lambda: float = 0.0, threads: Optional[int] = None,
) -> _WithGradientsAndOccupancies: ...


def rnnt_loss_simple_and_gradients(
    lm: ArrayLike,
    am: ArrayLike,
    symbols: ArrayLike,
    termination_symbol: int,
    boundary: Optional[ArrayLike] = None,
    rnnt_type: str = "regular",
    *,
    return_grad: bool = False,
    fastemit_lambda: float = 0.0,
    threads: Optional[int] = None,
) -> Union[_WithGradients, _WithGradientsAndOccupancies]:
    """`rnnt_loss_simple`, and its derivatives by `lm` and `am`, of their shapes and type.

    Args:
        fastemit_lambda: Multiplies the labels' shares of the gradients by one more than this (FastEmit,
            arXiv 2010.11148). The loss is without.

    The other arguments are those of `rnnt_loss_simple`.

    Returns:
        `(losses, lm_gradient, am_gradient)`, and with `return_grad` `(px_grad, py_grad)` behind.

    Raises:
        ValueError: As from `rnnt_loss_simple`.
    """
    call = AdditiveCall(
        lm, am, symbols, termination_symbol, boundary, rnnt_type, threads, fast_emit=fastemit_lambda
    )
    losses, gradients, occupancies = call.run(True, return_grad)
    return (losses, *gradients, occupancies) if return_grad else (losses, *gradients)


@overload
def rnnt_loss_smoothed(
    lm: ArrayLike, am: ArrayLike, symbols: ArrayLike, termination_symbol: int, lm_only_scale: float = 0.1,
    am_only_scale: float = 0.1,
    boundary: Optional[ArrayLike] = None, rnnt_type: str = "regular", *, return_grad: Literal[False] = False,
    threads: Optional[int] = None,
) -> Doubles: ...


@overload
def rnnt_loss_smoothed(
    lm: ArrayLike, am: ArrayLike, symbols: ArrayLike, termination_symbol: int, lm_only_scale: float = 0.1,
    am_only_scale: float = 0.1,
    boundary: Optional[ArrayLike] = None, rnnt_type: str = "regular", *, return_grad: Literal[True],
    threads: Optional[int] = None,
) -> tuple[Doubles, _Occupancies]: ...


def rnnt_loss_smoothed(
    lm: ArrayLike,
    am: ArrayLike,
    symbols: ArrayLike,
    termination_symbol: int,
    lm_only_scale: float = 0.1,
    am_only_scale: float = 0.1,
    boundary: Optional[ArrayLike] = None,
    rnnt_type: str = "regular",
    *,
    return_grad: bool = False,
    threads: Optional[int] = None,
) -> Union[Doubles, tuple[Doubles, _Occupancies]]:
    """`rnnt_loss_simple`, where log-probabilities are partly those of `lm` and of `am` by themselves.

    Args:
        lm_only_scale: How much of a log-probability is that of `lm` alone.
        am_only_scale: How much is that of `am` and the logarithm of the mean of `lm`'s probabilities, over all
            valid positions of the batch (k2's mean is over padding too). A sample without a finite loss has no
            part in the mean.

    The other arguments are those of `rnnt_loss_simple`.

    Returns:
        As from `rnnt_loss_simple`.

    Raises:
        ValueError: As from `rnnt_loss_simple`.
    """
    call = AdditiveCall(
        lm, am, symbols, termination_symbol, boundary, rnnt_type, threads, lm_only_scale, am_only_scale
    )
    losses, _, occupancies = call.run(False, return_grad)
    return (losses, occupancies) if return_grad else losses


@overload
def rnnt_loss_smoothed_and_gradients(
    lm: ArrayLike, am: ArrayLike, symbols: ArrayLike, termination_symbol: int, lm_only_scale: float = 0.1,
    am_only_scale: float = 0.1,
    boundary: Optional[ArrayLike] = None, rnnt_type: str = "regular", *, return_grad: Literal[False] = False,
    fastemit_lambda: float = 0.0, threads: Optional[int] = None,
) -> _WithGradients: ...


@overload
def rnnt_loss_smoothed_and_gradients(
    lm: ArrayLike, am: ArrayLike, symbols: ArrayLike, termination_symbol: int, lm_only_scale: float = 0.1,
    am_only_scale: float = 0.1,
    boundary: Optional[ArrayLike] = None, rnnt_type: str = "regular", *, return_grad: Literal[True],
    fastemit_lambda: float = 0.0, threads: Optional[int] = None,
) -> _WithGradientsAndOccupancies: ...


def rnnt_loss_smoothed_and_gradients(
    lm: ArrayLike,
    am: ArrayLike,
    symbols: ArrayLike,
    termination_symbol: int,
    lm_only_scale: float = 0.1,
    am_only_scale: float = 0.1,
    boundary: Optional[ArrayLike] = None,
    rnnt_type: str = "regular",
    *,
    return_grad: bool = False,
    fastemit_lambda: float = 0.0,
    threads: Optional[int] = None,
) -> Union[_WithGradients, _WithGradientsAndOccupancies]:
    """`rnnt_loss_smoothed`, and the derivatives of the sum of the losses by `lm` and `am`.

    The arguments are those of `rnnt_loss_smoothed` and `rnnt_loss_simple_and_gradients`.

    Returns:
        As from `rnnt_loss_simple_and_gradients`.

    Raises:
        ValueError: As from `rnnt_loss_simple`.
    """
    call = AdditiveCall(
        lm, am, symbols, termination_symbol, boundary, rnnt_type, threads, lm_only_scale, am_only_scale,
        fastemit_lambda,
    )
    losses, gradients, occupancies = call.run(True, return_grad)
    return (losses, *gradients, occupancies) if return_grad else (losses, *gradients)
