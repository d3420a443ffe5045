"""What the C header declares, and what the Python package takes it to be."""

import ast
import ctypes
import importlib
import pathlib
import re
from typing import NamedTuple, Optional, Union

HEADER = (
    pathlib.Path(__file__).parents[2] / "Sources" / "CSeq2SeqLossesHeader" / "seq2seq_losses.h"
)


class Variable(NamedTuple):
    """A field or a parameter."""

    name: str
    type: Union[str, "Function"]
    """Without `const`, a space before each asterisk: `"seq2seq_labels *"`."""
    count: Optional[int] = None
    """Of an array's elements."""


class Function(NamedTuple):
    """A function, or where it is a field's type a pointer to one."""

    result: str
    parameters: list[Variable]


class Declarations(NamedTuple):
    functions: dict[str, Function]
    structures: dict[str, list[Variable]]
    enumerations: dict[str, dict[str, int]]
    handles: list[str]
    """Structures that the header does not define."""


def declarations(text: Optional[str] = None) -> Declarations:
    """What the header, or this text of one, declares; a `ValueError` where there is more than this reads."""
    text = HEADER.read_text() if text is None else text
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    text = re.sub(r"^#ifdef __cplusplus$.*?^#endif$", "", text, flags=re.S | re.M)
    text = re.sub(r"^#(include|ifndef|define|endif).*$", "", text, flags=re.M)
    read = Declarations({}, {}, {}, [])

    def structure(match):
        read.structures[match["name"]] = [_variable(field) for field in match["body"].split(";")[:-1]]
        return ""

    def enumeration(match):
        values, value = {}, 0
        for enumerator in match["body"].split(","):
            name, _, number = enumerator.partition("=")
            value = int(number, 0) if number else value
            values[name.strip()] = value
            value += 1
        read.enumerations[match["name"]] = values
        return ""

    def handle(match):
        read.handles.append(match["name"])
        return ""

    def function(match):
        result = _variable(match["result"] + " result").type
        read.functions[match["name"]] = Function(result, _parameters(match["body"]))
        return ""

    for pattern, reader in (
        (r"typedef struct \{(?P<body>[^}]*)\} (?P<name>\w+);", structure),
        (r"typedef enum \{(?P<body>[^}]*)\} (?P<name>\w+);", enumeration),
        (r"typedef struct (?P<name>\w+) (?P=name);", handle),
        (r"(?P<result>[\w ]+[ *])(?P<name>seq2seq_\w+)\((?P<body>[^()]*)\);", function),
    ):
        text = re.sub(pattern, reader, text)
    if text.strip():
        raise ValueError(f"not read: {text.strip()[:200]!r}")
    return read


def _variable(text: str) -> Variable:
    text = re.sub(r"\bconst\b", "", " ".join(text.split()))
    function = re.fullmatch(r"(?P<result>.*)\(\*(?P<name>\w+)\) ?\((?P<body>[^()]*)\)", text.strip())
    if function:
        result = function["result"].strip()
        return Variable(function["name"], Function(result, _parameters(function["body"])))
    parts = re.fullmatch(r"(?P<type>\w+) *(?P<stars>[* ]*)\b(?P<name>\w+)(\[(?P<count>\d+)\])?", text.strip())
    if not parts:
        raise ValueError(f"not read: {text!r}")
    stars = parts["stars"].replace(" ", "")
    count = int(parts["count"]) if parts["count"] else None
    return Variable(parts["name"], parts["type"] + (" " + stars if stars else ""), count)


def _parameters(text: str) -> list[Variable]:
    return [] if text.strip() == "void" else [_variable(part) for part in text.split(",")]


def python_structures() -> dict[str, type]:
    """The package's class of each structure of the header, which the class's documentation names."""
    package = importlib.import_module("swift_seq2seq_losses")
    root, found = pathlib.Path(package.__file__).parent, {}
    for path in sorted(root.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            bases = [ast.unparse(base) for base in getattr(node, "bases", [])]
            if not any(re.search(r"\b(Structure|Union)$", base) and "ctypes" in base for base in bases):
                continue
            name = re.match(r"`(\w+)`\.", ast.get_docstring(node) or "")
            assert name and name[1] not in found, f"{path.name}: {node.name} names no structure of its own"
            module = ".".join(("swift_seq2seq_losses", *path.relative_to(root).with_suffix("").parts))
            found[name[1]] = getattr(importlib.import_module(module), node.name)
    return found


def python_functions() -> dict[str, object]:
    """The library's functions that the package has looked up, whose types it has said."""
    from swift_seq2seq_losses._native import library

    return {name: value for name, value in vars(library.loaded).items() if name.startswith("seq2seq_")}


_SCALARS = {
    "int64_t": ctypes.c_int64, "uint64_t": ctypes.c_uint64, "int32_t": ctypes.c_int32,
    "int8_t": ctypes.c_int8, "int": ctypes.c_int, "double": ctypes.c_double,
}


def choices(kind: Union[str, Function], header: Declarations, structures: dict[str, type]) -> list:
    """The `ctypes` that may stand for a type of the header; the first has its size and alignment.

    An array's address may go without its elements' type: it is NumPy that knows it.
    """
    if isinstance(kind, Function):
        return [ctypes.c_void_p]
    if kind == "void":
        return [None]
    if kind in header.enumerations:
        return [ctypes.c_int]
    if kind in structures:
        return [structures[kind]]
    if kind == "char *":
        return [ctypes.c_char_p, ctypes.c_void_p]
    name, _, stars = kind.partition(" ")
    if stars == "*" and name in header.structures:
        return [ctypes.POINTER(structures[name])] if name in structures else _flat(name, header)
    if stars == "*" and (name == "void" or name in header.handles):
        return [ctypes.c_void_p]
    if stars == "**" and name in header.handles:
        return [ctypes.POINTER(ctypes.c_void_p)]
    if stars == "*":
        return [ctypes.c_void_p, ctypes.POINTER(_SCALARS[name])]
    return [_SCALARS[kind]]


def _flat(name: str, header: Declarations) -> list:
    """The address of structures without a class in Python, as one of their fields' type, which is the same for all."""
    kinds = {field.type for field in header.structures[name] if field.count is None}
    assert len(kinds) == 1 and len(header.structures[name]) > 0, name
    return [ctypes.POINTER(_SCALARS[kinds.pop()])]


def differences(header: Declarations) -> list[str]:
    """Where the package's structures and functions are not those that the header declares."""
    structures, found = python_structures(), []
    for name in sorted(set(structures) - set(header.structures)):
        found.append(f"{name}: no structure of the header")
    for name, fields in header.structures.items():
        if name in structures:
            found += _structure_differences(name, fields, structures[name], header, structures)
    functions = python_functions()
    for name in sorted(set(functions) ^ set(header.functions)):
        found.append(f"{name}: {'no function of the header' if name in functions else 'not in Python'}")
    for name in sorted(set(functions) & set(header.functions)):
        found += _function_differences(name, header.functions[name], functions[name], header, structures)
    return found


def _structure_differences(name, fields, kind, header, structures):
    found = []
    # The platform's rules of alignment, for the types that the header says.
    declared = []
    for field in fields:
        base = choices(field.type, header, structures)[0]
        declared.append((field.name, base * field.count if field.count else base))
    layout = type(name, (ctypes.Structure,), {"_fields_": declared})
    names, wanted = [field[0] for field in kind._fields_], [field.name for field in fields]
    if names != wanted:
        return [f"{name}: fields {names}, not {wanted}"]
    if ctypes.sizeof(kind) != ctypes.sizeof(layout):
        found.append(f"{name}: {ctypes.sizeof(kind)} bytes, not {ctypes.sizeof(layout)}")
    for field, (_, given) in zip(fields, kind._fields_):
        place, right = getattr(kind, field.name), getattr(layout, field.name)
        if (place.offset, place.size) != (right.offset, right.size):
            found.append(
                f"{name}.{field.name}: {place.size} bytes at {place.offset}, not {right.size} at {right.offset}"
            )
        if isinstance(field.type, Function):
            if not issubclass(given, ctypes._CFuncPtr):
                found.append(f"{name}.{field.name}: {given.__name__} is no function")
                continue
            types = (given._restype_, given._argtypes_)
            found += _type_differences(f"{name}.{field.name}", field.type, *types, header, structures)
        else:
            if field.count and (not issubclass(given, ctypes.Array) or given._length_ != field.count):
                found.append(f"{name}.{field.name}: {given.__name__} is not {field.count} values")
                continue
            given = given._type_ if field.count else given
            if given not in choices(field.type, header, structures):
                found.append(f"{name}.{field.name}: {given.__name__} is not {field.type}")
    return found


def _function_differences(name, function, given, header, structures):
    if given.argtypes is None:
        return [f"{name}: no types of arguments"]
    return _type_differences(name, function, given.restype, given.argtypes, header, structures)


def _type_differences(name, function, result, arguments, header, structures):
    found = []
    if result not in choices(function.result, header, structures):
        found.append(f"{name}: {result} is not {function.result}")
    if len(arguments) != len(function.parameters):
        return found + [f"{name}: {len(arguments)} arguments, not {len(function.parameters)}"]
    for argument, parameter in zip(arguments, function.parameters):
        if argument not in choices(parameter.type, header, structures):
            found.append(f"{name}, {parameter.name}: {argument.__name__} is not {parameter.type}")
    return found
