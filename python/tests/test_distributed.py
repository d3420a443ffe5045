"""Several processes: PyTorch's launcher for training, Ray Data for scoring a corpus."""

import pathlib
import subprocess
import sys

import numpy as np
import pytest

EXAMPLES = pathlib.Path(__file__).resolve().parents[1] / "examples"


def test_two_processes_have_the_gradient_of_one(tmp_path):
    pytest.importorskip("torch")
    gradients = []
    for launcher in (["python"], ["torch.distributed.run", "--nproc-per-node", "2"]):
        file = tmp_path / f"{len(gradients)}.npy"
        command = [sys.executable, *([] if launcher == ["python"] else ["-m", *launcher])]
        subprocess.run(
            [*command, str(EXAMPLES / "train_torch.py"), "--steps", "2", "--dtype", "float64"]
            + ["--threads", "1", "--gradient", str(file)],
            check=True, stdout=subprocess.DEVNULL,
        )
        gradients.append(np.load(file))
    one, two = gradients
    assert np.abs(one).max() > 1e-3
    # The sum of a batch in another order, of numbers up to about 10.
    np.testing.assert_allclose(two, one, rtol=1e-12, atol=1e-13)


def test_the_curves_are_pytorchs():
    """As docs/training-parity.md says of 1,500 steps, here of 20."""
    pytest.importorskip("torch")
    import json

    losses = {}
    for loss in ("ours", "pytorch"):
        output = subprocess.run(
            [sys.executable, str(EXAMPLES / "train_torch.py"), "--loss", loss, "--steps", "20"]
            + ["--dtype", "float64"],
            check=True, stdout=subprocess.PIPE, text=True,
        ).stdout
        losses[loss] = json.loads(output.splitlines()[-1])["losses"]
    # Twenty steps multiply a rounding by less than a thousand.
    np.testing.assert_allclose(losses["ours"], losses["pytorch"], rtol=1e-12)


def test_ray_scores_a_corpus_and_does_a_killed_workers_shard_again(tmp_path):
    ray = pytest.importorskip("ray")
    pytest.importorskip("ray.data")
    sys.path.insert(0, str(EXAMPLES))
    import score_ray

    lines = 400
    expected = score_ray.Corpus().losses(np.arange(lines))
    # The workers import the example as this process does.
    ray.init(
        num_cpus=2, include_dashboard=False, log_to_driver=False,
        runtime_env={"env_vars": {"PYTHONPATH": str(EXAMPLES)}},
    )
    try:
        columns = score_ray.score_corpus(lines, workers=2, shard=50)
        np.testing.assert_array_equal(columns["loss"], expected)
        marker = tmp_path / "killed"
        columns = score_ray.score_corpus(
            lines, workers=2, shard=50, kill_at=120, marker=str(marker)
        )
        assert marker.exists()
        np.testing.assert_array_equal(columns["line"], np.arange(lines))
        np.testing.assert_array_equal(columns["loss"], expected)
    finally:
        ray.shutdown()
