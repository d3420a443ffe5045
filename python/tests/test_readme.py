"""The code of the README runs."""

import pathlib
import re

import pytest

README = pathlib.Path(__file__).resolve().parents[1] / "README.md"
BLOCKS = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.parametrize(
    "module, code", list(zip(("numpy", "numpy", "numpy", "torch", "tensorflow", "jax"), BLOCKS))
)
def test_the_readme(module, code):
    pytest.importorskip(module)
    exec(compile(code, "README.md", "exec"), {})


def test_all_of_it():
    assert len(BLOCKS) == 6
