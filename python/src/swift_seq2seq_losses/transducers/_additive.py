"""Losses of additive joiners, with the signatures of k2 and fast_rnnt.

They are the first step of pruned RNN-T (Kuang et al. 2022, arXiv 2206.13236):

1. `rnnt_loss_simple` or `rnnt_loss_smoothed` trains the encoder (`am`) and the predictor (`lm`), and returns
   occupancies.
2. `get_rnnt_prune_ranges` chooses the label positions of each frame that matter.
3. `do_rnnt_pruning` takes the rows of `am` and `lm` for these positions; the joiner computes logits from them.
4. `rnnt_loss_pruned` is the loss of these logits.
"""

from __future__ import annotations

from typing import Literal, Optional, Union, overload

from numpy.typing import ArrayLike

from .._documentation import arguments_of
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
    lm: ArrayLike, am: ArrayLike, symbols: ArrayLike, termination_symbol: int,
    boundary: Optional[ArrayLike] = None, rnnt_type: str = "regular", *, return_grad: bool = False,
    threads: Optional[int] = None,
) -> Union[Doubles, tuple[Doubles, _Occupancies]]:
    """The transducer loss of the logits `am[:, t] + lm[:, u]`, which are never stored.

    Args:
        lm: The predictor's outputs, `[batch, labels + 1, vocabulary]` of float16, bfloat16, float32 or float64.
        am: The encoder's outputs, `[batch, time, vocabulary]`, of the same type.
        symbols: The labels, `[batch, labels]`.
        termination_symbol: The index of the blank token.
        boundary: `[batch, 4]`: `[0, 0, labels, frames]` of each sample; by default all labels and frames.
        rnnt_type: "regular", where labels take no frame, or "modified", with one symbol per frame.
        return_grad: Whether to return the occupancies `(px_grad, py_grad)` too, which `get_rnnt_prune_ranges` takes.
        threads: The maximum number of threads; by default one for each processor. Results do not depend on it.

    Returns:
        The losses, `[batch]` of float64, in nats: `inf` if there is no path. With `return_grad`, the losses and
        `(px_grad, py_grad)`: the posterior probabilities that a path emits a label at a frame,
        `[batch, labels, time + 1]` (`time` for "modified"), and that it leaves a label position by a blank,
        `[batch, labels + 1, time]`.

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


@arguments_of(rnnt_loss_simple)
def rnnt_loss_simple_and_gradients(
    lm: ArrayLike, am: ArrayLike, symbols: ArrayLike, termination_symbol: int,
    boundary: Optional[ArrayLike] = None, rnnt_type: str = "regular", *, return_grad: bool = False,
    fastemit_lambda: float = 0.0, threads: Optional[int] = None,
) -> Union[_WithGradients, _WithGradientsAndOccupancies]:
    """The losses of `rnnt_loss_simple`, and their derivatives with respect to `lm` and `am`.

    Args:
        fastemit_lambda: The gradients through labels are multiplied by `1 + fastemit_lambda` (FastEmit, arXiv
            2010.11148). The losses stay as they are.

    The other arguments are those of `rnnt_loss_simple`.

    Returns:
        `(losses, lm_gradient, am_gradient)`, the gradients of the shapes and type of `lm` and `am`; with `return_grad`
        also `(px_grad, py_grad)`, as from `rnnt_loss_simple`.

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
    am_only_scale: float = 0.1, boundary: Optional[ArrayLike] = None, rnnt_type: str = "regular", *,
    return_grad: Literal[False] = False, threads: Optional[int] = None,
) -> Doubles: ...


@overload
def rnnt_loss_smoothed(
    lm: ArrayLike, am: ArrayLike, symbols: ArrayLike, termination_symbol: int, lm_only_scale: float = 0.1,
    am_only_scale: float = 0.1, boundary: Optional[ArrayLike] = None, rnnt_type: str = "regular", *,
    return_grad: Literal[True], threads: Optional[int] = None,
) -> tuple[Doubles, _Occupancies]: ...


@arguments_of(rnnt_loss_simple)
def rnnt_loss_smoothed(
    lm: ArrayLike, am: ArrayLike, symbols: ArrayLike, termination_symbol: int, lm_only_scale: float = 0.1,
    am_only_scale: float = 0.1, boundary: Optional[ArrayLike] = None, rnnt_type: str = "regular", *,
    return_grad: bool = False, threads: Optional[int] = None,
) -> Union[Doubles, tuple[Doubles, _Occupancies]]:
    """The losses of `rnnt_loss_simple` with log-probabilities interpolated with those of `lm` alone and of `am` alone.

    Args:
        lm_only_scale: The weight of the log-probabilities of `lm` alone.
        am_only_scale: The weight of the log-probabilities of `am` plus the logarithm of the mean of the
            probabilities of `lm`. The mean is over all valid positions of the batch (k2 includes padding), without
            samples whose loss is not finite.

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
    am_only_scale: float = 0.1, boundary: Optional[ArrayLike] = None, rnnt_type: str = "regular", *,
    return_grad: Literal[False] = False, fastemit_lambda: float = 0.0, threads: Optional[int] = None,
) -> _WithGradients: ...


@overload
def rnnt_loss_smoothed_and_gradients(
    lm: ArrayLike, am: ArrayLike, symbols: ArrayLike, termination_symbol: int, lm_only_scale: float = 0.1,
    am_only_scale: float = 0.1, boundary: Optional[ArrayLike] = None, rnnt_type: str = "regular", *,
    return_grad: Literal[True], fastemit_lambda: float = 0.0, threads: Optional[int] = None,
) -> _WithGradientsAndOccupancies: ...


@arguments_of(rnnt_loss_smoothed, rnnt_loss_simple_and_gradients)
def rnnt_loss_smoothed_and_gradients(
    lm: ArrayLike, am: ArrayLike, symbols: ArrayLike, termination_symbol: int, lm_only_scale: float = 0.1,
    am_only_scale: float = 0.1, boundary: Optional[ArrayLike] = None, rnnt_type: str = "regular", *,
    return_grad: bool = False, fastemit_lambda: float = 0.0, threads: Optional[int] = None,
) -> Union[_WithGradients, _WithGradientsAndOccupancies]:
    """The losses of `rnnt_loss_smoothed`, and the derivatives of their sum with respect to `lm` and `am`.

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
