"""The test files of tf-seq2seq-losses, from its archive on PyPI, against our TensorFlow module."""

import pathlib
import subprocess
import sys
import tarfile

import pytest

pytest.importorskip("tensorflow")

VERSION = "0.3.0"


def test_the_seed_packages_own_tests_pass(tmp_path):
    download = subprocess.run(
        [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:"]
        + ["--no-build-isolation", "--dest", str(tmp_path), f"tf-seq2seq-losses=={VERSION}"],
        capture_output=True, text=True,
    )
    archives = list(tmp_path.glob("*.tar.gz"))
    if not archives:
        pytest.skip(f"the archive cannot be downloaded: {download.stderr[-300:]}")
    with tarfile.open(archives[0]) as archive:
        archive.extractall(tmp_path, filter="data")
    script = pathlib.Path(__file__).parent / "seed" / "stand_in.py"
    result = subprocess.run(
        [sys.executable, str(script), str(tmp_path / f"tf_seq2seq_losses-{VERSION}")],
        capture_output=True, text=True,
    )
    assert "Ran 35 tests" in result.stderr, result.stderr
    assert result.returncode == 0, result.stderr
