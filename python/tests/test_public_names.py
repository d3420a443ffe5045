"""Each public name is in one module of a topic and in the package, and signatures that belong together agree."""

import ast
import importlib
import inspect
import pathlib

import documented
import pytest

import swift_seq2seq_losses as s2s

PACKAGE = pathlib.Path(s2s.__file__).parent
FRAMEWORKS = ("torch", "jax", "tensorflow")
# From the lowest to the highest: a module imports those before it alone.
LAYERS = (
    "_documentation", "_native", "runtime", "language_models", "error_rates", "tokens", "ctc", "transducers",
    "decoding", "risk", *FRAMEWORKS,
)
TOPICS = [name for name in LAYERS if not name.startswith("_") and name not in FRAMEWORKS]


def module(topic):
    return importlib.import_module(f"swift_seq2seq_losses.{topic}")


def test_the_package_is_its_topics():
    found = {path.stem for path in PACKAGE.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    assert found == {*LAYERS, "__init__"}


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_the_frameworks_packages_have_one_shape(framework):
    shape = {
        "__init__", "_shared", "_ctc", "_ctc_operators", "_transducers", "_transducer_operators", "_risk",
    }
    # TensorFlow's has the classes of tf-seq2seq-losses besides.
    more = {"_loss_data"} if framework == "tensorflow" else set()
    assert {path.stem for path in (PACKAGE / framework).glob("*.py")} == shape | more


def test_every_name_is_in_one_topic_and_in_the_package():
    places = {}
    for topic in TOPICS:
        for name in module(topic).__all__:
            places.setdefault(name, []).append(topic)
            assert getattr(module(topic), name) is getattr(s2s, name), f"{topic}.{name}"
    assert {name: topics for name, topics in places.items() if len(topics) > 1} == {}
    assert sorted(places) == sorted(s2s.__all__)


@pytest.mark.parametrize("topic", ["", *TOPICS])
def test_all_is_sorted_and_complete(topic):
    names = (module(topic) if topic else s2s).__all__
    assert names == sorted(set(names))
    # Complete: what the module imports from its own files, or defines.
    path = PACKAGE / topic
    tree = ast.parse((path / "__init__.py" if path.is_dir() else path.with_suffix(".py")).read_text())
    found = set()
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.level and (path.is_dir() or "_native" in node.module):
            found |= {alias.asname or alias.name for alias in node.names}
        elif isinstance(node, (ast.ClassDef, ast.FunctionDef)):
            found.add(node.name)
    assert {name for name in found if not name.startswith("_")} - set(TOPICS) == set(names)


def test_dir_shows_nothing_private():
    shown = dir(s2s)
    assert set(s2s.__all__) | set(TOPICS) <= set(shown)
    assert [name for name in shown if name.startswith("_") and not name.endswith("__")] == []


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_modules_import_those_below_alone(path):
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    if parts == ("__init__",):
        return
    above = LAYERS[LAYERS.index(parts[0]) + 1 :]
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, ast.ImportFrom) or not node.level:
            continue
        # What the import is relative to.
        base = [*parts[: len(parts) - node.level], *(node.module or "").split(".")]
        names = {base[0]} if base[0] else {alias.name for alias in node.names}
        assert not names & set(above), ast.unparse(node)


CALLABLES = {name: value for name, value in documented.public(s2s) if callable(value)}


@pytest.mark.parametrize("name", CALLABLES)
def test_signatures_name_every_argument(name):
    kinds = {parameter.kind for parameter in inspect.signature(CALLABLES[name]).parameters.values()}
    assert not kinds & {inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL}


# What functions of a family have besides the arguments that they share.
CTC = {
    "ctc_loss": ["reduction"], "ctc_loss_and_gradient": ["reduction", "weights", "out"],
    "ctc_hessian_vector_product": ["vector"], "ctc_hessian": [], "ctc_occupancy": [], "ctc_entropy": [],
    "ctc_best_path": [], "ctc_sample": ["count", "seed"], "ctc_lattice_variables": ["gamma"],
    "ctc_entropy_and_gradient": ["weights"], "ctc_entropy_regularized_loss_and_gradient": ["entropy_weight", "weights"],
    "ctc_path_risk_and_gradient": ["costs", "weights"],
    "ctc_prior_corrected_loss_and_gradient": ["log_priors", "scale", "weights"],
    "ctc_focal_loss_and_gradient": ["focus", "weights"], "ctc_smoothed_loss_and_gradient": ["smoothing", "weights"],
}
RNNT = {
    "rnnt_loss": [], "rnnt_loss_and_gradient": ["fastemit_lambda", "clamp", "out"],
    "rnnt_hessian_vector_product": ["vector"], "rnnt_best_path": [], "rnnt_sample": ["count", "seed"],
    "rnnt_occupancy": [], "rnnt_entropy": [],
}
MWER = {"mwer_loss": [], "mwer_loss_and_gradient": ["weights", "out"], "mwer_hessian_vector_product": ["vector"]}
DECODERS = {"BeamSearchDecoder": ["spans", "confidence"], "TransducerBeamSearchDecoder": ["max_symbols"]}
# Where the same argument differs, and why.
DIFFERENT = {
    # A prefix of a transducer costs a call of the model.
    "TransducerBeamSearchDecoder": {"beam_width": 8, "topology": "standard"},
}


def shared(name, own):
    parameters = inspect.signature(getattr(s2s, name)).parameters
    assert set(own) <= set(parameters), name
    return [value for argument, value in parameters.items() if argument not in own]


@pytest.mark.parametrize("family", [CTC, RNNT, MWER, DECODERS], ids=["CTC", "RNNT", "MWER", "decoders"])
def test_a_family_has_the_same_arguments(family):
    first, *others = family
    wanted = shared(first, family[first])
    for name in others:
        given = shared(name, family[name])
        assert [value.name for value in given] == [value.name for value in wanted], name
        for parameter, right in zip(given, wanted):
            different = DIFFERENT.get(name, {})
            assert parameter.kind == right.kind, f"{name}, {parameter.name}"
            assert parameter.default == different.get(parameter.name, right.default), f"{name}, {parameter.name}"
            if parameter.name not in different:
                assert parameter.annotation == right.annotation, f"{name}, {parameter.name}"


def test_every_function_of_a_family_is_compared():
    # Named after other packages' functions, or with arguments of their own.
    others = {
        "ctc_greedy_decode", "rnnt_loss_simple", "rnnt_loss_simple_and_gradients", "rnnt_loss_smoothed",
        "rnnt_loss_smoothed_and_gradients", "rnnt_loss_pruned", "rnnt_loss_pruned_and_gradient",
        "rnnt_mwer_loss_and_gradient",
    }
    found = {name for name in s2s.__all__ if name.startswith(("ctc_", "rnnt_", "mwer_"))}
    assert found == {*CTC, *RNNT, *MWER} | others
