"""Docstrings of all that users call: every argument, what is returned, what is raised; read without importing."""

import ast
import functools
import importlib.util
import pathlib
import re

import documented
import pytest

import swift_seq2seq_losses

PACKAGE = pathlib.Path(importlib.util.find_spec("swift_seq2seq_losses").submodule_search_locations[0])
# What each public module names in `__all__` is in these files.
MODULES = {
    "numpy": [
        str(path.relative_to(PACKAGE)) for path in PACKAGE.rglob("*.py")
        if path.relative_to(PACKAGE).parts[0] not in ("torch", "jax", "tensorflow")
    ],
    "torch": [f"torch/{path.name}" for path in (PACKAGE / "torch").glob("*.py")],
    "jax": [f"jax/{path.name}" for path in (PACKAGE / "jax").glob("*.py")],
    "tensorflow": [f"tensorflow/{path.name}" for path in (PACKAGE / "tensorflow").glob("*.py")],
}
# How docstrings of frameworks' modules refer to functions of arrays.
ARRAYS = "swift_seq2seq_losses."


@functools.lru_cache
def nodes(module):
    """The functions, classes and public methods of a module by name; and the names of those that are public."""
    found, public = {}, set()
    for file in MODULES[module]:
        for node in ast.parse((PACKAGE / file).read_text()).body:
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                found[node.name] = node
            if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "__all__":
                public.update(ast.literal_eval(node.value))
    for name in list(found):
        if isinstance(found[name], ast.ClassDef):
            for node in found[name].body:
                if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                    found[f"{name}.{node.name}"] = node
    return found, sorted(name for name in found if name.split(".")[0] in public)


def parameters(node):
    if isinstance(node, ast.ClassDef):
        made = [part for part in node.body if getattr(part, "name", "") == "__init__"]
        return parameters(made[0]) if made else []
    arguments = node.args
    names = [a.arg for a in arguments.posonlyargs + arguments.args + arguments.kwonlyargs if a.arg != "self"]
    return names + ([arguments.kwarg.arg] if arguments.kwarg else [])


def described(text, module, seen=()):
    """The arguments that a docstring describes, itself or by what it says that they are those of."""
    names = set()
    for entry in re.findall(r"^\s+([\w, ]+): ", text, re.MULTILINE):
        names.update(entry.split(", "))
    for sentence in re.findall(r"[^.]*(?:arguments|options)(?:\.\w|[^.])*\.", text, re.IGNORECASE):
        for reference in re.findall(r"`([\w.]+)`", sentence):
            where = "numpy" if reference.startswith(ARRAYS) else module
            reference = reference.replace(ARRAYS, "")
            found, _ = nodes(where)
            if reference in found and (where, reference) not in seen:
                names |= described(ast.get_docstring(found[reference]) or "", where, (*seen, (where, reference)))
    return names


@pytest.mark.parametrize(("module", "name"), [(module, name) for module in MODULES for name in nodes(module)[1]])
def test_docstring_is_complete(module, name):
    node = nodes(module)[0][name]
    text = ast.get_docstring(node)
    assert text, "no docstring"
    assert not set(parameters(node)) - described(text, module), "arguments that are described nowhere"
    decorators = getattr(node, "decorator_list", [])
    if isinstance(node, ast.ClassDef) or any("property" in ast.unparse(part) for part in decorators):
        return
    if not (isinstance(node.returns, ast.Constant) and node.returns.value is None):
        assert "\nReturns:\n" in text, "what is returned"
    if parameters(node):
        assert "\nRaises:\n" in text, "what is raised"


def test_help_shows_every_argument():
    assert documented.shortcomings(swift_seq2seq_losses) == []
