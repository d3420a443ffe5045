"""Every integer and every number that C functions take, replaced by extreme ones: an answer or an error, never a crash,
an allocation without bound or a call without end.

The functions are read from the C header, so a new one fails until it is described here.
"""

import copy
import ctypes
import json
import os
import re
import subprocess
import sys
from ctypes import c_double, c_int, c_int64, c_uint64, c_void_p

import numpy as np
import pytest
from c_header import HEADER, Function, declarations, python_structures

pytestmark = pytest.mark.skipif(
    not HEADER.exists() or not sys.platform.startswith("linux"),
    reason="the header is in the repository, and limits of memory are Linux's",
)

INTEGERS = [0, -1, 1, 2**20, 2**31, 2**40, 2**62, -(2**63)]
"""Values of 64-bit integers."""
ENUMERATION = [0, -1, 1, 7, 2**31 - 1, -(2**31)]
"""Values of C's `int` and enumerations."""
NUMBERS = [0.0, -1.0, 1e308, -1e308, float("inf"), -float("inf"), float("nan")]

# How much of the caller's memory there is. What says that there is a little more than there is cannot be told from the
# truth; what is beyond any bound must be refused before the memory is touched.
EXTENTS = {"shape", "value_count", "count", "batch", "time", "positions", "utterances", "ends", "step_count",
           "frame_count", "frame_counts", "states"}
TOO_MUCH_FOR_STRIDES = [2**40, 2**62, -(2**63)]

B, T, V, U = 2, 3, 4, 2
BYTES = 1 << 26
"""Of each output: enough for the largest count that is allowed."""


# Nodes of a description: an integer, a number, or a list of either are replaced; everything else is as it is.


class Enumeration(int):
    """An `int` of C."""


class Unsigned(int):
    """A `uint64_t`."""


class Structure:
    """A structure of the header, given by its address unless it is a part of another."""

    def __init__(self, kind, by_value=False, **fields):
        self.kind, self.by_value, self.fields = kind, by_value, fields


class Output:
    """Memory for results."""


class Frames:
    """`[batch, time, vocabulary]` values between memory that strides may lead to."""

    def __init__(self, output=False):
        self.output = output


class Made:
    """A handle that a function makes, by the functions' name for its kind; a transducer by its options' name."""

    def __init__(self, kind, options="standard"):
        self.kind, self.options = kind, options


class Text(str):
    """UTF-8."""


def tensor(shape=(B, T, V), output=False):
    strides = [int(np.prod(shape[axis + 1 :])) for axis in range(3)]
    return Structure(
        "seq2seq_tensor", values=Frames(output), element=Enumeration(0), shape=list(shape), strides=strides
    )


def part(structure):
    """As a field of another structure."""
    structure.by_value = True
    return structure


def labels(values=(1, 2, 3, 1), lengths=(2, 2), row_stride=U):
    return Structure(
        "seq2seq_labels", values=list(values), value_count=len(values), lengths=list(lengths),
        count=len(lengths), row_stride=row_stride,
    )


def strings(texts):
    data = [text.encode() for text in texts]
    return Structure(
        "seq2seq_strings", bytes=Text("".join(texts)), ends=np.cumsum([len(part) for part in data]).tolist(),
        count=len(texts),
    )


def risk():
    return Structure(
        "seq2seq_expected_risk", hypotheses=part(labels([1, 2, 3, 1, 2, 2], [2, 1, 1, 2], -1)), counts=[2, 2], count=2,
        risks=[0.0, 1.0, 1.0, 0.0], references=labels(), score_scale=1.0, reference_weight=0.0,
        subtracts_mean=Enumeration(1),
    )


def transducer_options(**changes):
    fields = dict(
        blank=0, topology=Enumeration(0), normalization=Enumeration(0), steps=[0, 1, 2], big_blanks=[3, 2, 1],
        step_count=3, under_normalization=0.0, standard_share=0.0, wildcard=Enumeration(0), wildcard_log_weight=0.0,
        fast_emit=0.0, gradient_limit=0.0, threads=1,
    )
    fields.update(changes)
    return Structure("seq2seq_transducer_options", **fields)


def additive_options(share=0.0):
    return Structure(
        "seq2seq_additive_transducer_options", blank=0, topology=Enumeration(0), predictor_share=share,
        encoder_share=share, fast_emit=0.0, threads=1,
    )


def ctc_options():
    return Structure("seq2seq_ctc_options", blank=0, topology=Enumeration(0), inputs=Enumeration(0), threads=1)


def decoder_options(by_value=False):
    return Structure(
        "seq2seq_decoder_options", by_value, labels=strings(["_", "a", "b", " "]), vocabulary=V, blank=0,
        word_separator=Text(" "), topology=Enumeration(0), beam_width=4, beam_threshold=10.0,
        token_prune_threshold=8.0, hypothesis_count=2, finds_spans=Enumeration(1), confidence=Enumeration(0),
        language_model=Structure(
            "seq2seq_language_model", model=Made("ngram_model"), unit=Enumeration(0), weight=0.5,
            insertion_bonus=0.0, unknown_penalty=-1.0, looks_ahead=Enumeration(1),
        ),
        lexicon=strings(["ab", "b"]), spellings=labels([1, 2, 2], [2, 1], -1), phrases=strings(["ab"]),
        phrase_boosts=[1.0], pieces=Enumeration(0), folds=Enumeration(1),
    )


def numbers_only():
    options = decoder_options()
    for name in ("labels", "lexicon", "spellings", "phrases", "phrase_boosts", "language_model"):
        options.fields[name] = None
    return options


def transducer_decoder_options(**changes):
    fields = dict(
        search=decoder_options(by_value=True), maximum_labels_per_frame=2, topology=Enumeration(0), steps=[0, 1, 2],
        big_blanks=[3, 2, 1], step_count=3,
    )
    fields.update(changes)
    return Structure("seq2seq_transducer_decoder_options", **fields)


MODEL = "MODEL"
"""A predictor and a joiner."""

TRANSDUCERS = {
    "standard": {},
    "multi-blank": dict(topology=Enumeration(2), big_blanks=[3], steps=[2], step_count=1),
    "token and duration": dict(topology=Enumeration(3), steps=[1, 2], step_count=2),
    "wildcard": dict(wildcard=Enumeration(1)),
}
"""Changes to the options of a transducer."""


def ctc_batch(sequences=None):
    return Structure(
        "seq2seq_ctc_batch", logits=part(tensor()), logit_lengths=[3, 2], labels=part(sequences or labels())
    )


def transducer_batch(sequences=None, **changes):
    fields = dict(
        logits=part(_rows()), logit_lengths=[3, 2], labels=part(sequences or labels()), positions=U + 1,
        first_positions=None, windows=None,
    )
    fields.update(changes)
    return Structure("seq2seq_transducer_batch", **fields)


def ctc_alignments():
    return Structure(
        "seq2seq_ctc_alignments", tokens=Output(), label_indices=Output(), log_probabilities=Output()
    )


def transducer_alignments():
    return Structure(
        "seq2seq_transducer_alignments", log_probabilities=Output(), first_frames=Output(), frames=Output(),
        label_log_probabilities=Output(),
    )


def _rows(batch=B, output=False):
    return tensor((batch, T * (U + 1), V), output)


_ctc = [Made("ctc"), ctc_batch()]
_transducer = [Made("transducer"), transducer_batch()]
_hypotheses = [Made("transducer"), transducer_batch(logits=part(_rows(4)), logit_lengths=[3, 2, 3, 3]), risk()]
_additive = [Made("additive_transducer"), Structure(
    "seq2seq_additive_transducer_batch", encoder=part(tensor()), predictor=part(tensor((B, U + 1, V))),
    encoder_lengths=[3, 2], labels=part(labels()),
), Output()]
_with_gradient = [[1.0, 2.0], Output(), tensor(output=True)]
_rows_gradient = [[1.0, 2.0], Output(), _rows(output=True)]

CALLS = {
    "seq2seq_version": [[]],
    "seq2seq_kernel": [[]],
    "seq2seq_topology_name": [[Enumeration(0)]],
    "seq2seq_transducer_topology_name": [[Enumeration(0)]],
    "seq2seq_topology_states": [[Enumeration(0), 3]],
    "seq2seq_last_error": [[]],
    "seq2seq_ctc_create": [[ctc_options(), Output()]],
    "seq2seq_ctc_destroy": [[None]],
    "seq2seq_ctc_validate": [_ctc],
    "seq2seq_ctc_losses": [[*_ctc, Output()], [Made("ctc"), ctc_batch(labels([1, 2, 3], [2, 1], -1)), Output()]],
    "seq2seq_ctc_losses_and_gradient": [[*_ctc, *_with_gradient]],
    "seq2seq_ctc_hessian_vector_products": [[*_ctc, tensor(), tensor(output=True)]],
    "seq2seq_ctc_hessians": [[*_ctc, Output(), B * T * V * T * V]],
    "seq2seq_ctc_occupancies": [[*_ctc, tensor(output=True)]],
    "seq2seq_ctc_entropies": [[*_ctc, Output()]],
    "seq2seq_ctc_best_alignments": [[*_ctc, ctc_alignments()]],
    "seq2seq_ctc_sampled_alignments": [[*_ctc, 2, Unsigned(3), ctc_alignments()]],
    "seq2seq_ctc_lattice_variables": [[*_ctc, 2 * U + 1, Output(), Output(), Output(), Output()]],
    "seq2seq_ctc_entropies_and_gradient": [[*_ctc, *_with_gradient]],
    "seq2seq_ctc_entropy_regularized_losses_and_gradient": [[*_ctc, 0.5, *_with_gradient]],
    "seq2seq_ctc_path_risks_and_gradient": [[*_ctc, tensor(), *_with_gradient]],
    "seq2seq_ctc_prior_corrected_losses_and_gradient": [[*_ctc, [-1.0] * V, 0.5, *_with_gradient]],
    "seq2seq_ctc_focal_losses_and_gradient": [[*_ctc, 0.5, *_with_gradient]],
    "seq2seq_ctc_smoothed_losses_and_gradient": [[*_ctc, 0.5, *_with_gradient]],
    "seq2seq_ctc_expected_risks": [[*_ctc, risk(), Output()]],
    "seq2seq_ctc_expected_risks_and_gradient": [[*_ctc, risk(), *_with_gradient]],
    "seq2seq_ctc_expected_risk_hessian_vector_products": [[*_ctc, risk(), tensor(), tensor(output=True)]],
    "seq2seq_ctc_sampled_edit_risks_and_gradient": [[*_ctc, 4, Unsigned(3), *_with_gradient]],
    "seq2seq_transducer_create": [[transducer_options(**changes), Output()] for changes in TRANSDUCERS.values()],
    "seq2seq_transducer_destroy": [[None]],
    "seq2seq_transducer_validate": [_transducer],
    "seq2seq_transducer_losses": [
        [*_transducer, Output()],
        [Made("transducer", "token and duration"), transducer_batch(labels([1, 1, 1, 1])), Output()],
        [Made("transducer", "multi-blank"), transducer_batch(labels([1, 2, 2, 1])), Output()],
        [Made("transducer", "wildcard"), transducer_batch(), Output()],
        [Made("transducer"), transducer_batch(windows=[0, 3, 0, 3, 0, 3, 0, 3]), Output()],
        [Made("transducer"), transducer_batch(first_positions=[0] * (B * T)), Output()],
        [Made("transducer"), transducer_batch(positions=0, logits=part(tensor((1, 15, V)))), Output()],
    ],
    "seq2seq_transducer_losses_and_gradient": [
        [*_transducer, *_rows_gradient],
        [Made("transducer", "token and duration"), transducer_batch(labels([1, 1, 1, 1])), *_rows_gradient],
        [Made("transducer", "multi-blank"), transducer_batch(labels([1, 2, 2, 1])), *_rows_gradient],
        [Made("transducer", "wildcard"), transducer_batch(), *_rows_gradient],
        [Made("transducer"), transducer_batch(positions=0, logits=part(tensor((1, 15, V)))), [1.0, 2.0], Output(),
         tensor((1, 15, V), True)],
    ],
    "seq2seq_transducer_hessian_vector_products": [[*_transducer, _rows(), _rows(output=True)]],
    "seq2seq_transducer_occupancies": [[*_transducer, Output()]],
    "seq2seq_transducer_entropies": [[*_transducer, Output()]],
    "seq2seq_transducer_best_alignments": [[*_transducer, transducer_alignments()]],
    "seq2seq_transducer_sampled_alignments": [[*_transducer, 2, Unsigned(3), transducer_alignments()]],
    "seq2seq_transducer_expected_risks": [[*_hypotheses, Output()]],
    "seq2seq_transducer_expected_risks_and_gradient": [[*_hypotheses, [1.0, 2.0], Output(), _rows(4, True)]],
    "seq2seq_transducer_expected_risk_hessian_vector_products": [[*_hypotheses, _rows(4), _rows(4, True)]],
    "seq2seq_additive_transducer_create": [[additive_options(share), Output()] for share in (0.0, 0.25)],
    "seq2seq_additive_transducer_destroy": [[None]],
    "seq2seq_additive_transducer_losses": [_additive],
    "seq2seq_additive_transducer_losses_and_gradients": [
        [*_additive, tensor(output=True), tensor((B, U + 1, V), True)]
    ],
    "seq2seq_additive_transducer_losses_and_occupancies": [[*_additive, Output()]],
    "seq2seq_additive_transducer_losses_gradients_and_occupancies": [
        [*_additive, tensor(output=True), tensor((B, U + 1, V), True), Output()]
    ],
    "seq2seq_transducer_pruning_bounds": [
        [B, T, U + 1, [0.1] * (B * T * (U + 1) * 2), [3, 2], [2, 2], 2, Enumeration(0), Output(), Output()]
    ],
    "seq2seq_result_destroy": [[None]],
    "seq2seq_token_file_read": [[Text("_ 0\na 1"), Enumeration(0), 2, 0, "RESULT"]],
    "seq2seq_token_file_of_texts": [[strings(["_", "a"]), 3, 2, "RESULT"]],
    "seq2seq_ngram_model_open": [[Text("MODEL.arpa"), Output()]],
    "seq2seq_ngram_model_read": [[Text("MODEL.arpa"), Output()]],
    "seq2seq_ngram_model_destroy": [[None]],
    "seq2seq_ngram_model_size": [[Made("ngram_model"), Output(), Output()]],
    "seq2seq_ngram_model_scores": [
        [Made("ngram_model"), strings(["a", "b"]), Enumeration(1), Enumeration(1), Output(), Output()]
    ],
    "seq2seq_decoder_unspellable": [[decoder_options(), "RESULT"]],
    "seq2seq_spell_text": [[decoder_options(), Text("ab b"), "RESULT"]],
    "seq2seq_decoder_create": [[decoder_options(), Output()], [numbers_only(), Output()]],
    "seq2seq_decoder_destroy": [[None]],
    "seq2seq_decoder_decode": [[Made("decoder"), tensor(), [3, 2], 1, "RESULT"]],
    "seq2seq_decoder_decode_greedy": [[Made("decoder"), tensor(), [3, 2], 1, "RESULT"]],
    "seq2seq_stream_create": [[Made("decoder"), Output()]],
    "seq2seq_stream_destroy": [[None]],
    "seq2seq_stream_feed": [[Made("stream"), tensor((1, T, V))]],
    "seq2seq_stream_hypotheses": [[Made("stream"), 2, "RESULT"]],
    "seq2seq_stream_finish": [[Made("stream"), "RESULT"]],
    "seq2seq_stream_stable_tokens": [[Made("stream"), "RESULT"]],
    "seq2seq_forced_align": [
        [tensor(), [3, 2], labels([1, 2, 3, 1], [2, 1]), 0, Enumeration(0), 1, Output(), Output()]
    ],
    "seq2seq_transducer_decoder_create": [
        [transducer_decoder_options(), Output()],
        [transducer_decoder_options(**TRANSDUCERS["token and duration"]), Output()],
        [transducer_decoder_options(**TRANSDUCERS["multi-blank"]), Output()],
    ],
    "seq2seq_transducer_decoder_destroy": [[None]],
    "seq2seq_transducer_decoder_decode": [[Made("transducer_decoder"), MODEL, [3, 2], 2, "RESULT"]],
    "seq2seq_transducer_decoder_decode_greedy": [
        [Made("transducer_decoder"), MODEL, [3, 2], 2, "RESULT"]
    ],
    "seq2seq_transducer_stream_create": [[Made("transducer_decoder"), MODEL, Output()]],
    "seq2seq_transducer_stream_create_greedy": [[Made("transducer_decoder"), MODEL, Output()]],
    "seq2seq_transducer_stream_destroy": [[None]],
    "seq2seq_transducer_stream_feed": [[Made("transducer_stream"), 3]],
    "seq2seq_transducer_stream_frames": [[Made("transducer_stream"), Output()]],
    "seq2seq_transducer_stream_hypotheses": [[Made("transducer_stream"), 2, "RESULT"]],
    "seq2seq_transducer_stream_finish": [[Made("transducer_stream"), "RESULT"]],
    "seq2seq_transducer_stream_stable_tokens": [[Made("transducer_stream"), "RESULT"]],
    "seq2seq_error_counts": [[labels(), labels([1, 3, 2], [2, 1], -1), Output()]],
    "seq2seq_edit_distances": [[labels(), labels([1, 3, 2], [2, 1], -1), Output()]],
}


def replacements(node, path):
    """Every place in a description that holds an integer or a number, and the values to put there."""
    if isinstance(node, Structure):
        for name, part in node.fields.items():
            yield from replacements(part, [*path, name])
    elif isinstance(node, list):
        for index, part in enumerate(node):
            yield from replacements(part, [*path, index])
    elif isinstance(node, Enumeration):
        yield path, ENUMERATION
    elif isinstance(node, Unsigned):
        yield path, [value % 2**64 for value in INTEGERS]
    elif isinstance(node, int):
        names = [part for part in path if isinstance(part, str)]
        values = INTEGERS
        if "strides" in names:
            values = [0, -1, 1, *TOO_MUCH_FOR_STRIDES]
        elif EXTENTS & set(names) and not names[:1] == ["draws"]:
            values = [value for value in INTEGERS if value not in (1, 2**20)]
        yield path, values
    elif isinstance(node, float):
        yield path, NUMBERS


def replaced(arguments, names, path, value):
    """The arguments with one value replaced."""
    arguments = copy.deepcopy(arguments)
    first, *rest = path
    first = names.index(first)
    if not rest:
        kind = type(arguments[first])
        arguments[first] = kind(value)
        return arguments
    node = arguments[first]
    for part in rest[:-1]:
        node = node.fields[part] if isinstance(node, Structure) else node[part]
    holder = node.fields if isinstance(node, Structure) else node
    holder[rest[-1]] = type(holder[rest[-1]])(value)
    return arguments


def parameter_names(name):
    """Those of a function of the header."""
    return [parameter.name for parameter in declarations().functions[name].parameters]


def cases(name):
    """What to call a function with: (description, path, value)."""
    names = parameter_names(name)
    for arguments in CALLS[name]:
        yield arguments, None, None
        for parameter, node in zip(names, arguments):
            is_draws = parameter == "count" and not isinstance(node, Structure)
            for path, values in replacements(node, ["draws" if is_draws else parameter]):
                path[0] = parameter
                for value in values:
                    yield arguments, path, value


class Caller:
    """Makes C's arguments of descriptions; in the child process."""

    def __init__(self):
        from swift_seq2seq_losses._native import library, structures

        # Functions of its own, whose arguments and results are not the package's.
        self.structures, self.functions = structures, ctypes.CDLL(str(library.path))
        self.kinds = python_structures()
        self.model = structures.TransducerModel(
            None, structures.TransducerStart(self.start), structures.TransducerAdvance(self.advance),
            structures.TransducerJoin(self.join), structures.TransducerRelease(lambda context, state: None),
        )
        self.outputs = [np.zeros(BYTES, np.uint8) for _ in range(5)]
        self.handles = {}

    @staticmethod
    def start(context, state):
        state[0] = 1
        return 0

    @staticmethod
    def advance(context, count, states, labels, next_states):
        for index in range(count):
            next_states[index] = 1
        return 0

    @staticmethod
    def join(context, count, frames, states, width, logits):
        for index in range(count * width):
            logits[index] = (index * 7 % 5) / 3
        return 0

    def call(self, name, arguments):
        """The status, or 0 where there is none."""
        self.kept, self.next = [], 0
        function = getattr(self.functions, name)
        if name != "seq2seq_last_error":
            function.restype = None if name.endswith("destroy") else c_int
        values = [self.value(node) for node in arguments]
        status = function(*values)
        for result in self.kept:
            if isinstance(result, self.structures.Result):
                self.functions.seq2seq_result_destroy(ctypes.byref(result))
        texts = ("seq2seq_version", "seq2seq_kernel", "seq2seq_last_error")
        return 0 if name in texts or "topology" in name else status or 0

    def value(self, node, field=None):
        if node is None:
            return None
        if isinstance(node, Structure):
            made = self.structure(node)
            return made if node.by_value else ctypes.pointer(made)
        if isinstance(node, Enumeration):
            return c_int(node)
        if isinstance(node, Unsigned):
            return c_uint64(node)
        if isinstance(node, int):
            return c_int64(node)
        if isinstance(node, float):
            return c_double(node)
        if isinstance(node, Text):
            return (os.environ["ARPA"] if node == "MODEL.arpa" else node).encode()
        if isinstance(node, list):
            array = np.array(node, np.float64 if isinstance(node[0], float) else np.int64)
            self.kept.append(array)
            return c_void_p(array.ctypes.data)
        if isinstance(node, Output):
            output = self.outputs[self.next % len(self.outputs)]
            self.next += 1
            return c_void_p(output.ctypes.data)
        if isinstance(node, Frames):
            values = np.linspace(-1, 1, 4096, dtype=np.float64).astype(np.float32)
            self.kept.append(values)
            return c_void_p(values.ctypes.data + 8192)
        if isinstance(node, Made):
            return self.handle(node)
        if node == MODEL:
            return ctypes.pointer(self.model)
        assert node == "RESULT"
        result = self.structures.Result()
        self.kept.append(result)
        return ctypes.pointer(result)

    def structure(self, node):
        kind = self.kinds[node.kind]
        made = kind()
        self.kept.append(made)
        for name, field_kind in kind._fields_:
            part = node.fields[name]
            if name in ("shape", "strides"):
                setattr(made, name, field_kind(*part))
            elif isinstance(part, (Enumeration, int, float)):
                setattr(made, name, int(part) if isinstance(part, int) else part)
            elif part is not None:
                value = self.value(part)
                setattr(made, name, value)
        return made

    def handle(self, made):
        key = made.kind, made.options
        if key not in self.handles:
            self.handles[key] = self.make(*key)
        return self.handles[key]

    def make(self, kind, options):
        arguments = {
            "ngram_model": lambda: [Text("MODEL.arpa")],
            "ctc": lambda: [ctc_options()],
            "transducer": lambda: [transducer_options(**TRANSDUCERS[options])],
            "additive_transducer": lambda: [additive_options()],
            "decoder": lambda: [decoder_options()],
            "stream": lambda: [Made("decoder")],
            "transducer_decoder": lambda: [transducer_decoder_options()],
            "transducer_stream": lambda: [Made("transducer_decoder"), MODEL],
        }[kind]()
        verb = "open" if kind == "ngram_model" else "create"
        pointer = c_void_p()
        kept = self.kept, self.next
        status = self.call(f"seq2seq_{kind}_{verb}", [*arguments, Output()])
        assert status == 0, (kind, ctypes.string_at(self.functions.seq2seq_last_error()))
        pointer.value = int(self.outputs[0][:8].view(np.uint64)[0])
        self.kept, self.next = kept
        return pointer


def error_names(name):
    """What errors of a function may name: its arguments, and the fields of structures that these lead to, or that
    their handles were made of."""
    header, found, seen = declarations(), set(), set()

    def visit(variable):
        found.add(variable.name)
        if isinstance(variable.type, Function):
            for parameter in variable.type.parameters:
                visit(parameter)
            return
        base = variable.type.split()[0]
        if base in seen:
            return
        seen.add(base)
        for field in header.structures.get(base, []):
            visit(field)
        if base in header.handles:
            for maker in header.functions.values():
                if any(parameter.type == base + " **" for parameter in maker.parameters):
                    for parameter in maker.parameters:
                        visit(parameter)

    for parameter in header.functions[name].parameters:
        visit(parameter)
    return found


def child(name, first, report):
    """Makes a function's calls from number `first` on; the number of the one under way is in the file `report`."""
    import faulthandler
    import resource

    caller = Caller()
    caller.functions.seq2seq_last_error.restype = c_void_p
    names, known = parameter_names(name), error_names(name)
    resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
    for number, (arguments, path, value) in enumerate(cases(name)):
        if number < first:
            continue
        with open(report, "w") as file:
            json.dump([number, path, str(value)], file)
        faulthandler.dump_traceback_later(20, exit=True)
        given = arguments if path is None else replaced(arguments, names, path, value)
        status = caller.call(name, given)
        faulthandler.cancel_dump_traceback_later()
        assert status in ([0] if path is None else [0, 1]), (
            name, path, value, status, ctypes.string_at(caller.functions.seq2seq_last_error())
        )
        if status == 1:
            text = ctypes.string_at(caller.functions.seq2seq_last_error())
            assert re.match(rb"[\w.]+(, sample \d+)?(, position \d+)?: ", text), text
            assert set(re.match(r"[\w.]+", text.decode()).group().split(".")) <= known, text


ARPA = """\\data\\
ngram 1=5

\\1-grams:
-1.0\t<s>
-1.0\t</s>
-1.0\t<unk>
-0.5\tab
-0.5\tb

\\end\\
"""


def test_every_function_is_described():
    assert sorted(declarations().functions) == sorted(CALLS)
    for name, calls in CALLS.items():
        for arguments in calls:
            assert len(arguments) == len(parameter_names(name)), name


@pytest.mark.parametrize("name", sorted(CALLS))
def test_extreme_values(name, tmp_path):
    report, model = tmp_path / "report.json", tmp_path / "model.arpa"
    model.write_text(ARPA)
    first, failures = 0, []
    while True:
        done = subprocess.run(
            [sys.executable, __file__, name, str(first), str(report)], capture_output=True, text=True,
            timeout=300, env={**os.environ, "ARPA": str(model)},
        )
        if done.returncode == 0:
            break
        number, path, value = json.loads(report.read_text())
        failures.append(f"{path} = {value}: exit code {done.returncode}\n{done.stderr[-400:]}")
        first = number + 1
        if len(failures) == 20:
            break
    assert not failures, "\n".join(failures)


if __name__ == "__main__":
    child(sys.argv[1], int(sys.argv[2]), sys.argv[3])
