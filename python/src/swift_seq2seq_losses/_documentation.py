"""Docstrings that take descriptions of arguments from other docstrings.

Every import of the package runs this, so it uses neither regular expressions nor signatures: those would take more time
than all else here.
"""

from __future__ import annotations

import functools
from typing import Any, Callable, TypeVar

_Documented = TypeVar("_Documented", bound=Callable[..., Any])


def arguments_of(*others: Callable[..., Any]) -> Callable[[_Documented], _Documented]:
    """Completes a docstring that has the paragraph "The other arguments are those of ...".

    `help` then shows all arguments in the order of the signature, in place of that paragraph: the descriptions that
    the docstring does not have come from those of `others`. Each description is written once.

    Args:
        others: The functions and classes that the paragraph names.

    Returns:
        A decorator for functions and classes, which changes the docstring only.
    """

    def complete(documented: _Documented) -> _Documented:
        if documented.__doc__ is None:  # Python runs without docstrings.
            return documented
        text, descriptions = _read(documented.__doc__)
        for other in others:
            descriptions = {**_descriptions(other), **descriptions}
        entries: list[tuple[list[str], str]] = []
        for name in _parameters(documented):
            if entries and entries[-1][1] == descriptions.get(name):
                entries[-1][0].append(name)
            elif name in descriptions:
                entries.append(([name], descriptions[name]))
        section = "".join(f"\n    {', '.join(names)}: {described}" for names, described in entries)
        place = text.find("arguments are those of")
        start, end = text.rfind("\n\n", 0, place), text.find("\n\n", place)
        documented.__doc__ = f"{text[:start]}\n\nArgs:{section}{text[end:] if end >= 0 else ''}"
        return documented

    return complete


@functools.cache
def _descriptions(other: Callable[..., Any]) -> dict[str, str]:
    """The descriptions of a function's arguments."""
    return _read(other.__doc__ or "")[1]


def _read(docstring: str) -> tuple[str, dict[str, str]]:
    """A docstring without indentation and without its section of arguments, and the descriptions in that section."""
    # The indentation is that of the last line, which holds the quotes; from Python 3.13 on there is none.
    body = docstring.rstrip(" ")
    indentation = docstring[len(body) :]
    text = body.replace("\n" + indentation, "\n").strip()
    head, found, rest = text.partition("\n\nArgs:\n")
    if not found:
        return text, {}
    section, blank, tail = rest.partition("\n\n")
    descriptions: dict[str, str] = {}
    names: list[str] = []
    for line in section.split("\n"):
        if line.startswith("     "):
            descriptions[names[-1]] += "\n" + line
            for name in names[:-1]:
                descriptions[name] = descriptions[names[-1]]
        else:
            listed, _, description = line.strip().partition(": ")
            names = listed.split(", ")
            descriptions.update(dict.fromkeys(names, description))
    return head + blank + tail, descriptions


def _parameters(documented: Callable[..., Any]) -> tuple[str, ...]:
    """The names of the parameters."""
    function = documented.__init__ if isinstance(documented, type) else documented  # type: ignore[misc]
    code = function.__code__
    return tuple(code.co_varnames[: code.co_argcount + code.co_kwonlyargcount])
