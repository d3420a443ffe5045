"""What `help` shows of public functions, classes and methods."""

import inspect
import re


def public(module):
    """Public functions and classes, with the public methods and properties that this package defines, by name."""
    for name in module.__all__:
        value = getattr(module, name)
        yield name, value
        for member in dir(value) if isinstance(value, type) else []:
            function = inspect.getattr_static(value, member)
            source = getattr(function, "fget", function)
            is_ours = inspect.isfunction(source) and source.__module__.startswith("swift_seq2seq_losses.")
            if is_ours and not member.startswith("_"):
                yield f"{name}.{member}", function


def described(value):
    """The arguments that a docstring has entries for, in its order, with the entries."""
    section = re.search(r"^Args:\n((?: .*\n|\n)*)", (inspect.getdoc(value) or "") + "\n", re.MULTILINE)
    entries = re.findall(r"^    (\w+(?:, \w+)*): (\S.*(?:\n {5}.*|\n(?= {5}))*)", section[1], re.M) if section else []
    return {name: text for names, text in entries for name in names.split(", ")}


def shortcomings(module):
    """Where docstrings are not complete: arguments, in the order of the signature, results and errors."""
    found = []
    for name, value in public(module):
        text = inspect.getdoc(value) or ""
        if not text:
            found.append(f"{name}: no docstring")
        # Values made of fields have a docstring for each, which Python does not keep.
        if isinstance(value, property) or hasattr(value, "_fields") or hasattr(value, "__dataclass_fields__"):
            continue
        signature = inspect.signature(value.__init__ if isinstance(value, type) else value)
        parameters = [parameter for parameter in signature.parameters if parameter != "self"]
        if list(described(value)) != parameters:
            found.append(f"{name}: describes {list(described(value))}, not {parameters}")
        for argument, description in described(value).items():
            # An entry of another family's argument would not have it.
            default = signature.parameters[argument].default
            if isinstance(default, str) and default.strip() and f'"{default}"' not in description:
                found.append(f"{name}: {argument} does not say what {default!r} is")
        if re.search(r"arguments are those of|options are those of|^    \w+: As of", text, re.MULTILINE):
            found.append(f"{name}: refers to another docstring for its arguments")
        if parameters and not isinstance(value, type) and "\nRaises:\n" not in text:
            found.append(f"{name}: does not say what is raised")
        if not isinstance(value, type) and signature.return_annotation != "None" and "\nReturns:\n" not in text:
            found.append(f"{name}: does not say what is returned")
    return found
