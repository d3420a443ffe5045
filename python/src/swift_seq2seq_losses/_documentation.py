"""Docstrings that take descriptions of arguments from other docstrings."""

from __future__ import annotations

import functools
import inspect
import re
from typing import Any, Callable, TypeVar

_Documented = TypeVar("_Documented", bound=Callable[..., Any])

_SECTION = re.compile(r"^Args:\n((?:    .*\n|\n(?=    ))*)\n?", re.MULTILINE)
_ENTRY = re.compile(r"^    (\w+(?:, \w+)*): (.*(?:\n     .*)*)", re.MULTILINE)
_REFERENCE = re.compile(r"^The (?:other )?(?:arguments|options) are those of (?:`[^`]*`|[^`.])*\.\n*", re.MULTILINE)


def arguments_of(*others: Callable[..., Any]) -> Callable[[_Documented], _Documented]:
    """Completes a docstring that says "The other arguments are those of ...".

    `help` then shows all arguments in the order of the signature, where that sentence was: the descriptions that the
    docstring has not come from those of `others`. Each description is written once.

    Args:
        others: The functions and classes that the sentence names.

    Returns:
        A decorator for functions and classes, which changes the docstring alone.
    """

    def complete(documented: _Documented) -> _Documented:
        if documented.__doc__ is None:  # Python runs without docstrings.
            return documented
        text = inspect.cleandoc(documented.__doc__)
        descriptions = _read(text)
        for other in others:
            descriptions = {**_descriptions(other), **descriptions}
        entries: list[tuple[list[str], str]] = []
        for name in _parameters(documented):
            if entries and entries[-1][1] == descriptions.get(name):
                entries[-1][0].append(name)
            elif name in descriptions:
                entries.append(([name], descriptions[name]))
        section = "Args:\n" + "".join(f"    {', '.join(names)}: {described}\n" for names, described in entries)
        documented.__doc__ = _REFERENCE.sub(lambda _: section + "\n", _SECTION.sub("", text), count=1)
        return documented

    return complete


@functools.cache
def _descriptions(other: Callable[..., Any]) -> dict[str, str]:
    """The descriptions of a function's arguments."""
    return _read(inspect.cleandoc(other.__doc__ or ""))


def _read(text: str) -> dict[str, str]:
    """The descriptions of arguments in a docstring."""
    section = _SECTION.search(text + "\n")
    if section is None:
        return {}
    return {name: text for names, text in _ENTRY.findall(section[1]) for name in names.split(", ")}


def _parameters(documented: Callable[..., Any]) -> tuple[str, ...]:
    """The names of the parameters: much faster than by `inspect.signature`, and needed at every import."""
    function = documented.__init__ if isinstance(documented, type) else documented  # type: ignore[misc]
    code = function.__code__
    return tuple(code.co_varnames[: code.co_argcount + code.co_kwonlyargcount])
