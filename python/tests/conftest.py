"""What several files of tests share."""

import pytest


@pytest.fixture
def torchaudio():
    """`torchaudio.functional`; a build for another PyTorch or CUDA fails with more than an ImportError."""
    pytest.importorskip("torch")
    try:
        import torchaudio.functional as functional
    except (ImportError, OSError, RuntimeError) as error:
        pytest.skip(f"torchaudio does not load: {error}")
    return functional
