"""What type checkers see of the functions whose results have types that arguments choose; it is never run."""

from __future__ import annotations

from typing import Any, Union

import numpy as np
from numpy.typing import NDArray
from typing_extensions import assert_type

import swift_seq2seq_losses as s2s
from swift_seq2seq_losses.decoding import BeamSearchDecoder, Hypothesis, TransducerBeamSearchDecoder
from swift_seq2seq_losses.transducers import TransducerAlignment

Doubles = NDArray[np.float64]


def use(x: NDArray[np.float32], symbols: NDArray[np.int64], reduction: str) -> None:
    assert_type(s2s.ctc_loss(x, [[1]]), Doubles)
    assert_type(s2s.ctc_loss(x, symbols, reduction="mean"), float)
    assert_type(s2s.ctc_loss(x, symbols, reduction=reduction), Union[float, Doubles])
    assert_type(s2s.ctc_loss_and_gradient(x, [[1]]), tuple[Doubles, NDArray[Any]])
    assert_type(s2s.ctc_loss_and_gradient(x, [[1]], reduction="sum"), tuple[float, NDArray[Any]])
    assert_type(s2s.rnnt_loss_simple(x, x, symbols, 0), Doubles)
    assert_type(s2s.rnnt_loss_simple(x, x, symbols, 0, return_grad=True), tuple[Doubles, tuple[Doubles, Doubles]])
    assert_type(s2s.rnnt_loss_smoothed(x, x, symbols, 0), Doubles)
    losses, of_lm, of_am, (px_grad, py_grad) = s2s.rnnt_loss_smoothed_and_gradients(
        x, x, symbols, 0, return_grad=True
    )
    assert_type(losses, Doubles)
    assert_type(of_lm, NDArray[Any])
    assert_type(of_am, NDArray[Any])
    assert_type(s2s.get_rnnt_prune_ranges(px_grad, py_grad, None, 5), NDArray[np.int64])
    # Decorated functions and classes keep their types, and public modules have the names of the package.
    assert_type(s2s.ctc_entropy(x, [[1]], topology="classic"), Doubles)
    assert_type(s2s.rnnt_best_path(x, [[1]], sigma=0.1), list[TransducerAlignment])
    assert_type(BeamSearchDecoder(5, nbest=2).decode(x), list[Hypothesis])
    assert_type(TransducerBeamSearchDecoder(5, max_symbols=2), TransducerBeamSearchDecoder)
    assert_type(s2s.decoding.BeamSearchDecoder(5).stream().finish(), list[Hypothesis])
