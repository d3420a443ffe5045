"""The structures, numbers and functions that the package says again for `ctypes` are those of the C header: sizes,
offsets, values and types, by the header's text and by a C compiler where there is one."""

import ctypes
import os
import re
import shutil
import subprocess

import pytest
from c_header import HEADER, declarations, differences, python_functions, python_structures

from swift_seq2seq_losses._native import enumerations, handles, library, structures

pytestmark = pytest.mark.skipif(not HEADER.exists(), reason="the header is in the repository")

UNUSED_STRUCTURES = {"seq2seq_frame"}
"""Without a class in Python, which sees a frame as two integers."""
UNUSED_ENUMERATORS = {"SEQ2SEQ_INVALID_ARGUMENT"}
"""Without a name in Python: what a status means that is neither of the others."""


def python_numbers():
    """Python's number of each enumerator, by enumeration."""

    def named(prefix, numbers, **spelled):
        return {prefix + spelled.get(name, name).upper(): number for name, number in numbers.items()}

    return {
        "seq2seq_status": named("SEQ2SEQ_", enumerations.STATUSES),
        "seq2seq_element": named("SEQ2SEQ_", enumerations.ELEMENTS),
        "seq2seq_topology": named("SEQ2SEQ_", library.TOPOLOGIES),
        "seq2seq_inputs": named("SEQ2SEQ_", enumerations.INPUTS),
        "seq2seq_piece_marks": named(
            "SEQ2SEQ_", enumerations.PIECES,
            **{"sentencepiece": "sentence_piece", "wordpiece": "word_piece", "subword-nmt": "continuation",
               "end-of-word": "end_of_word", "byte-level": "byte_level"},
        ),
        "seq2seq_token_file_format": named("SEQ2SEQ_TOKEN_FILE_", enumerations.TOKEN_FILE_FORMATS),
        "seq2seq_transducer_topology": named("SEQ2SEQ_TRANSDUCER_", library.TRANSDUCER_TOPOLOGIES),
        "seq2seq_transducer_normalization": named(
            "SEQ2SEQ_TRANSDUCER_", enumerations.TRANSDUCER_NORMALIZATIONS, none="normalized"
        ),
        "seq2seq_transducer_wildcard": named("SEQ2SEQ_WILDCARD_", enumerations.WILDCARDS),
        "seq2seq_confidence": named("SEQ2SEQ_CONFIDENCE_", enumerations.CONFIDENCES),
        "seq2seq_language_model_unit": named("SEQ2SEQ_LANGUAGE_MODEL_", enumerations.LANGUAGE_MODEL_UNITS),
    }


def number_differences(header):
    """The enumerators whose numbers are not those of the header, or that only one of the two has."""
    wanted = {
        name: {enumerator: value for enumerator, value in values.items() if enumerator not in UNUSED_ENUMERATORS}
        for name, values in header.enumerations.items()
    }
    given = python_numbers()
    return sorted(name for name in {**wanted, **given} if wanted.get(name) != given.get(name))


def test_structures_and_functions():
    assert differences(declarations()) == []


def test_numbers():
    assert number_differences(declarations()) == []


def test_every_structure_has_a_class_or_is_unused():
    header = declarations()
    assert {kind.__module__ for kind in python_structures().values()} == {"swift_seq2seq_losses._native.structures"}
    assert set(header.structures) == set(python_structures()) | UNUSED_STRUCTURES
    assert not UNUSED_STRUCTURES & set(python_structures())
    # Unused: no function takes one, and in what the package is called back with, it has another form.
    for name in UNUSED_STRUCTURES:
        for function in header.functions.values():
            assert name not in [kind.partition(" ")[0] for _, kind, _ in function.parameters]


def test_unused_enumerators_have_no_name_in_python():
    header = declarations()
    declared = {name for values in header.enumerations.values() for name in values}
    used = {name for values in python_numbers().values() for name in values}
    assert UNUSED_ENUMERATORS <= declared
    assert not UNUSED_ENUMERATORS & used
    # The status is what it says, and Python's error.
    function = ctypes.CDLL(str(library.path)).seq2seq_ctc_create
    result, options = ctypes.c_void_p(), structures.CTCOptions(0, 7, 0, 1)
    status = function(ctypes.byref(options), ctypes.byref(result))
    assert status == header.enumerations["seq2seq_status"]["SEQ2SEQ_INVALID_ARGUMENT"]
    with pytest.raises(ValueError, match="topology"):
        handles.ctc(0, 7, 0, 1)


def test_every_function_is_called_by_the_name_of_the_header():
    assert sorted(python_functions()) == sorted(declarations().functions)


# Each change to the header, and what must be named in the difference that it makes.
CHANGES = [
    ("an offset", r"(  int64_t count;)(\s+int64_t row_stride;)(\s*\} seq2seq_labels)", r"\2\1\3", "seq2seq_labels"),
    ("an offset by a type", r"int64_t row_stride;", "int row_stride;", "seq2seq_labels.row_stride"),
    ("an offset by padding", r"seq2seq_element element;\s+int64_t shape", "int64_t element;\n  int64_t shape",
     "seq2seq_tensor.element"),
    ("an array's length", r"int64_t shape\[3\]", "int64_t shape[4]", "seq2seq_tensor.shape"),
    ("an array of one", r"int64_t strides\[3\]", "int64_t strides", "seq2seq_tensor.strides"),
    ("a type of the same size", r"double weight;", "int64_t weight;", "seq2seq_language_model.weight"),
    ("another sign", r"uint64_t seed", "int64_t seed", "seq2seq_ctc_sampled_alignments, seed"),
    ("a new field", r"int looks_ahead;", "int looks_ahead;\n  int more;", "seq2seq_language_model"),
    ("a new structure's pointer", r"const seq2seq_strings \*lexicon;", "const seq2seq_labels *lexicon;",
     "seq2seq_decoder_options.lexicon"),
    ("a part of a batch", r"seq2seq_tensor predictor; ", "const seq2seq_tensor *predictor; ",
     "seq2seq_additive_transducer_batch"),
    ("a nested structure", r"seq2seq_decoder_options search;", "const seq2seq_decoder_options *search;",
     "seq2seq_transducer_decoder_options.search"),
    ("a callback's argument", r"int64_t width, double", "int width, double", "seq2seq_transducer_model.join, width"),
    ("a callback's result", r"int32_t \(\*start\)", "int64_t (*start)", "seq2seq_transducer_model.start"),
    ("a field of a frame", r"int64_t frame;\n", "int frame;\n", AssertionError),
    ("a new argument", r"double \*losses\);", "double *losses, int64_t more);", "seq2seq_ctc_losses"),
    ("an argument's type", r"int begins,", "int64_t begins,", "seq2seq_ngram_model_scores, begins"),
    ("a pointer for a number", r"int64_t range,", "const int64_t *range,", "seq2seq_transducer_pruning_bounds, range"),
    ("an element's type", r"int64_t \*kept\)", "double *kept)", "seq2seq_transducer_pruning_bounds, kept"),
    ("a structure's pointer", r"const seq2seq_tensor \*vector", "const seq2seq_labels *vector", "vector"),
    ("a result's type", r"const char \*seq2seq_version", "seq2seq_status seq2seq_version", "seq2seq_version"),
    ("a new function", r"const char \*seq2seq_kernel\(void\);", "void seq2seq_more(void);", "seq2seq_more"),
    ("a value", r"SEQ2SEQ_BFLOAT16 = 3", "SEQ2SEQ_BFLOAT16 = 4", "seq2seq_element"),
    ("values swapped", r"SEQ2SEQ_CONFIDENCE_MEAN = 1", "SEQ2SEQ_CONFIDENCE_MEAN = 3", "seq2seq_confidence"),
    ("a value that is not said", r"SEQ2SEQ_SIMPLIFIED = 1", "SEQ2SEQ_MORE, SEQ2SEQ_SIMPLIFIED", "seq2seq_topology"),
    ("a new enumerator", r"SEQ2SEQ_TRANSDUCER_NORMALIZED = 2", "SEQ2SEQ_TRANSDUCER_NORMALIZED = 2, SEQ2SEQ_MORE",
     "seq2seq_transducer_normalization"),
    ("what is not read", r"int64_t row_stride;", "int64_t row_stride : 3;", ValueError),
]


@pytest.mark.parametrize("pattern, replacement, named", [change[1:] for change in CHANGES], ids=[c[0] for c in CHANGES])
def test_a_changed_header_differs(pattern, replacement, named):
    text = HEADER.read_text()
    changed = re.sub(pattern, replacement, text, count=1)
    assert changed != text
    if isinstance(named, type):
        with pytest.raises(named):
            differences(declarations(changed))
        return
    header = declarations(changed)
    found = differences(header) + number_differences(header)
    assert any(named in difference for difference in found), found


def compiled(header, folder):
    """Sizes, offsets and values as a C compiler has them; skips where there is none that works."""
    compiler = next(filter(None, map(shutil.which, (os.environ.get("CC") or "cc", "clang", "gcc"))), None)
    if compiler is None:
        pytest.skip("no C compiler")
    lines = []

    def say(*names, what):
        lines.append(f'printf("{" ".join(names)} %lld\\n", (long long)({what}));')

    for name, fields in header.structures.items():
        say(name, what=f"sizeof({name})")
        for field in fields:
            say(name, field.name, what=f"offsetof({name}, {field.name})")
            say(name, field.name, "size", what=f"sizeof((({name} *)0)->{field.name})")
    for name, values in header.enumerations.items():
        say(name, what=f"sizeof({name})")
        for enumerator in values:
            say(name, enumerator, what=enumerator)

    def run(name, text):
        (folder / f"{name}.c").write_text(text)
        command = [compiler, "-std=c99", "-I", str(HEADER.parent), "-o", str(folder / name), str(folder / f"{name}.c")]
        subprocess.run(command, check=True, capture_output=True, text=True)
        return subprocess.run([str(folder / name)], check=True, capture_output=True, text=True).stdout

    start = "#include <stddef.h>\n#include <stdint.h>\n#include <stdio.h>\n"
    try:
        run("empty", start + "int main(void) { return 0; }\n")
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"{compiler} does not work: {getattr(error, 'stderr', error)}")
    body = "\n".join(lines)
    text = run("layout", f'{start}#include "{HEADER.name}"\nint main(void) {{\n{body}\nreturn 0;\n}}\n')
    return {tuple(line.split()[:-1]): int(line.split()[-1]) for line in text.splitlines()}


def test_a_compiler_agrees(tmp_path):
    header, structures, numbers = declarations(), python_structures(), python_numbers()
    wanted = compiled(header, tmp_path)
    given = {}
    for name, kind in structures.items():
        given[name,] = ctypes.sizeof(kind)
        for field, _ in kind._fields_:
            given[name, field] = getattr(kind, field).offset
            given[name, field, "size"] = getattr(kind, field).size
    for name, values in numbers.items():
        given[name,] = ctypes.sizeof(ctypes.c_int)
        for enumerator, value in values.items():
            given[name, enumerator] = value
    unused = {
        key for key in wanted if key[0] in UNUSED_STRUCTURES or (len(key) == 2 and key[1] in UNUSED_ENUMERATORS)
    }
    assert {key: value for key, value in wanted.items() if key not in unused} == given
    # A frame is two integers.
    pair = ctypes.c_int64 * 2
    assert wanted["seq2seq_frame",] == ctypes.sizeof(pair)
    assert wanted["seq2seq_frame", "frame"] == ctypes.sizeof(pair) // 2
    # The text was read as the compiler reads it.
    for name, values in header.enumerations.items():
        assert {enumerator: wanted[name, enumerator] for enumerator in values} == values


def test_every_declaration_of_the_header_is_read():
    header, text = declarations(), re.sub(r"/\*.*?\*/", "", HEADER.read_text(), flags=re.S)
    assert len(header.functions) == len(re.findall(r"\bseq2seq_\w+\(", text))
    assert len(header.structures) == len(re.findall(r"typedef struct \{", text))
    assert len(header.enumerations) == len(re.findall(r"typedef enum \{", text))
    assert len(header.handles) == len(re.findall(r"typedef struct \w+ \w+;", text))
    assert sum(map(len, header.enumerations.values())) == len(re.findall(r"\bSEQ2SEQ_\w+ =", text))
