"""Losses of log-probabilities to 1e-7 of themselves, however small; and paths through frames that are impossible."""

import math

import numpy as np
import pytest

from swift_seq2seq_losses import (
    ctc_best_path,
    ctc_entropy,
    ctc_loss,
    ctc_loss_and_gradient,
    rnnt_loss,
)


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8"])
@pytest.mark.parametrize("value", [-1e-4, -1e-6, -1e-8, -0.5, -50])
@pytest.mark.parametrize("frames", [1, 1000, 10000])
def test_one_path_is_the_sum_of_its_inputs(frames, value, dtype):
    rows = np.full((1, frames, 1), value, dtype)
    truth = -math.fsum(rows.astype(float).ravel())
    loss = ctc_loss(rows, [[]], inputs="log_probabilities")[0]
    # Of narrow types, losses above 2.2 nats a frame are found in float32, within the promise; others in float64.
    tolerance = 1e-7 if dtype != "f8" and value < -2.2 else 1e-13
    assert loss == pytest.approx(truth, rel=tolerance, abs=0)
    with_gradient, gradient = ctc_loss_and_gradient(rows, [[]], inputs="log_probabilities")
    assert with_gradient[0] == loss
    assert (gradient == -1).all()


@pytest.mark.parametrize("value", [-1e-4, -1e-6, -1e-8, -0.5, -50])
def test_rows_of_a_transducer(value):
    rows = np.full((1, 1000, 1, 1), value, "f4")
    truth = -math.fsum(rows.astype(float).ravel())
    assert rnnt_loss(rows, [[]], normalization="none")[0] == pytest.approx(truth, rel=1e-7, abs=0)


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8"])
def test_an_impossible_frame_has_no_path(dtype):
    rows = np.log(np.full((1, 4, 3), 1 / 3)).astype(dtype)
    rows[0, 2] = -np.inf
    options = {"inputs": "log_probabilities"}
    assert ctc_loss(rows, [[1]], **options)[0] == np.inf
    assert np.isnan(ctc_entropy(rows, [[1]], **options)[0])
    path = ctc_best_path(rows, [[1]], **options)
    assert path.log_probabilities[0] == -np.inf
    # Of logits there is no softmax.
    assert np.isnan(ctc_best_path(rows, [[1]]).log_probabilities[0])
    assert np.isnan(ctc_loss(rows, [[1]])[0])
