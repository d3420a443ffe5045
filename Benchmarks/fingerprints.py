"""Prints a hash of the results of every public function on fixed inputs, to check that they stay the same to the bit.

    pip install ./python ml_dtypes
    python3 Benchmarks/fingerprints.py > before.txt    # then change something, install again
    python3 Benchmarks/fingerprints.py > after.txt && diff before.txt after.txt

Each line contains a function, a description of its input, and the hash. SEQ2SEQ_KERNELS=baseline, avx2 or avx512
selects a build of the kernels; builds differ in their last digits. The script fails if a public function is not
covered.
"""

import dataclasses
import hashlib
import sys

import ml_dtypes
import numpy as np

import swift_seq2seq_losses as s2s

KINDS = {"float32": np.float32, "float64": np.float64, "float16": np.float16, "bfloat16": ml_dtypes.bfloat16}
covered = set()
# NumPy functions are called with NaN and -inf, to make vectors and costs.
np.seterr(all="ignore")


def feed(digest, value):
    """Adds a result to a hash: its type, shape and bits."""
    if isinstance(value, np.ndarray):
        digest.update(f"{value.dtype} {value.shape}".encode())
        digest.update(np.ascontiguousarray(value).tobytes())
    elif isinstance(value, (list, tuple)):
        digest.update(f"{len(value)}".encode())
        for part in value:
            feed(digest, part)
    elif dataclasses.is_dataclass(value):
        feed(digest, dataclasses.astuple(value))
    elif isinstance(value, (float, np.floating)):
        digest.update(np.float64(value).tobytes())
    else:
        digest.update(repr(value).encode())


def show(name, setting, call):
    """Calls the function with this name and prints the hash of its result."""
    covered.add(name.split(".")[0])
    try:
        digest = hashlib.sha256()
        feed(digest, call())
        text = digest.hexdigest()[:16]
    except ValueError as error:
        text = f"ValueError: {error}"
    print(f"{name:45} {setting:60} {text}")


def ctc_batch(kind, inputs, seed=0, batch=5, frames=37, vocabulary=19, scale=1.0):
    """Logits, labels and lengths of some samples: one has no path, one contains NaN, one is empty."""
    random = np.random.default_rng(seed)
    x = scale * random.normal(size=(batch, frames, vocabulary))
    if inputs == "log_probabilities":
        x -= np.log(np.exp(x).sum(-1, keepdims=True))
    x = x.astype(kind)
    x[1, 3, 4] = -np.inf
    x[2, 7, 5] = np.nan
    labels = [list(random.integers(1, vocabulary, count)) for count in (9, 1, 4, 0, 30)]
    return x, labels, [frames, frames - 5, 20, 11, 30]


def ctc():
    options = ("entropy_regularized", dict(entropy_weight=0.3)), ("focal", dict(focus=2.0)), ("smoothed", {})
    for kind_name, kind in KINDS.items():
        for topology in ("classic", "simplified", "no_blank"):
            for inputs in ("logits", "log_probabilities"):
                for scale in (1.0, 30.0):
                    x, labels, lengths = ctc_batch(kind, inputs, scale=scale)
                    setting = f"{kind_name} {topology} {inputs} {scale:g}"
                    known = dict(logit_lengths=lengths, topology=topology, inputs=inputs)
                    weights = np.linspace(0.5, 2, len(x))
                    for name in ("ctc_loss", "ctc_occupancy", "ctc_entropy", "ctc_best_path", "ctc_lattice_variables"):
                        show(name, setting, lambda: getattr(s2s, name)(x, labels, **known))
                    show("ctc_sample", setting, lambda: s2s.ctc_sample(x, labels, count=3, seed=7, **known))
                    show("ctc_loss_and_gradient", setting,
                         lambda: s2s.ctc_loss_and_gradient(x, labels, weights=weights, **known))
                    show("ctc_hessian_vector_product", setting,
                         lambda: s2s.ctc_hessian_vector_product(x, labels, vector=np.cos(x), **known))
                    show("ctc_entropy_and_gradient", setting,
                         lambda: s2s.ctc_entropy_and_gradient(x, labels, **known))
                    for name, more in options:
                        show(f"ctc_{name}_loss_and_gradient", setting,
                             lambda: getattr(s2s, f"ctc_{name}_loss_and_gradient")(x, labels, **known, **more))
                    show("ctc_path_risk_and_gradient", setting,
                         lambda: s2s.ctc_path_risk_and_gradient(x, labels, costs=np.sin(np.nan_to_num(x)), **known))
                    show("ctc_prior_corrected_loss_and_gradient", setting,
                         lambda: s2s.ctc_prior_corrected_loss_and_gradient(
                             x, labels, log_priors=np.linspace(-3, -1, x.shape[2]), scale=0.4, **known))
                    show("ctc_hessian", setting,
                         lambda: s2s.ctc_hessian(x[:1, :9], [labels[0][:3]], topology=topology, inputs=inputs))
                    lists = [[row[:3], row[:2], []] for row in labels]
                    risks = [[0, 1, 3]] * len(x)
                    rest = {**known, "reference_weight": 0.2, "references": labels}
                    show("mwer_loss", setting, lambda: s2s.mwer_loss(x, lists, risks, **rest))
                    show("mwer_loss_and_gradient", setting, lambda: s2s.mwer_loss_and_gradient(x, lists, risks, **rest))
                    show("mwer_hessian_vector_product", setting,
                         lambda: s2s.mwer_hessian_vector_product(x, lists, risks, vector=np.cos(x), **known))
                    show("embr_loss_and_gradient", setting,
                         lambda: s2s.embr_loss_and_gradient(x, labels, samples=4, seed=3, **known))
                    decoder = s2s.BeamSearchDecoder(x.shape[2], beam_width=8, nbest=3, topology=topology)
                    show("nbest_risks", setting, lambda: s2s.nbest_risks(x[:1], labels[:1], decoder=decoder))


def transducers():
    members = {"standard": {}, "monotonic": dict(topology="monotonic"),
               "HAT": dict(normalization="factored"), "log-probabilities": dict(normalization="none"),
               "multi-blank": dict(topology=s2s.MultiBlank({17: 2, 18: 4}), sigma=0.05),
               "TDT": dict(topology=s2s.TokenAndDuration([0, 1, 2, 4]), sigma=0.05, omega=0.1),
               "wildcard": dict(wildcard=s2s.Wildcard())}
    random = np.random.default_rng(1)
    labels = [list(random.integers(1, 16, count)) for count in (5, 0, 3, 5)]
    lengths = [12, 7, 12, 1]
    for kind_name, kind in KINDS.items():
        for name, member in members.items():
            for scale in (1.0, 20.0):
                x = scale * random.normal(size=(4, 12, 6, 23))
                if name == "log-probabilities":
                    x -= np.log(np.exp(x).sum(-1, keepdims=True))
                x = x.astype(kind)
                x[2, 3, 1, 4] = np.nan
                setting = f"{kind_name} {name} {scale:g}"
                for function in ("rnnt_loss", "rnnt_best_path", "rnnt_entropy", "rnnt_occupancy"):
                    show(function, setting, lambda: getattr(s2s, function)(x, labels, lengths, **member))
                show("rnnt_sample", setting, lambda: s2s.rnnt_sample(x, labels, lengths, count=2, seed=5, **member))
                show("rnnt_loss_and_gradient", setting, lambda: s2s.rnnt_loss_and_gradient(
                    x, labels, lengths, fastemit_lambda=0.01, clamp=0.9, **member))
                show("rnnt_hessian_vector_product", setting, lambda: s2s.rnnt_hessian_vector_product(
                    x, labels, lengths, vector=np.cos(x), **member))
        x = random.normal(size=(4, 12, 6, 23)).astype(kind)
        show("tdt_loss", kind_name, lambda: s2s.tdt_loss(x, labels, lengths, durations=[0, 1, 2]))
        show("tdt_loss_and_gradient", kind_name,
             lambda: s2s.tdt_loss_and_gradient(x, labels, lengths, durations=[0, 1, 2]))
        show("rnnt_mwer_loss_and_gradient", kind_name, lambda: s2s.rnnt_mwer_loss_and_gradient(
            x[:4, :, :3], [[[3, 1], [3]], [[1, 5], [5]]], [[0, 1], [0, 1]]))
        lm, am = random.normal(size=(3, 6, 23)).astype(kind), random.normal(size=(3, 12, 23)).astype(kind)
        symbols = random.integers(1, 23, (3, 5))
        boundary = np.array([[0, 0, 5, 12], [0, 0, 2, 9], [0, 0, 0, 4]])
        for function in ("rnnt_loss_simple", "rnnt_loss_simple_and_gradients", "rnnt_loss_smoothed",
                         "rnnt_loss_smoothed_and_gradients"):
            for rnnt_type in ("regular", "modified"):
                show(function, f"{kind_name} {rnnt_type}", lambda: getattr(s2s, function)(
                    lm, am, symbols, 0, boundary=boundary, rnnt_type=rnnt_type, return_grad=True))
        *_, px, py = s2s.rnnt_loss_simple(lm, am, symbols, 0, boundary=boundary, return_grad=True)[1]
        ranges = s2s.get_rnnt_prune_ranges(px, py, boundary, 3)
        show("get_rnnt_prune_ranges", kind_name, lambda: ranges)
        show("do_rnnt_pruning", kind_name, lambda: s2s.do_rnnt_pruning(am, lm, ranges))
        rows = random.normal(size=(3, 12, ranges.shape[2], 23)).astype(kind)
        for function in ("rnnt_loss_pruned", "rnnt_loss_pruned_and_gradient"):
            show(function, kind_name, lambda: getattr(s2s, function)(rows, symbols, ranges, 0, boundary=boundary))


def decoding():
    random = np.random.default_rng(2)
    labels = ["_", " ", *"abcdefgh"]
    x = 2 * random.normal(size=(4, 60, len(labels)))
    x -= np.log(np.exp(x).sum(-1, keepdims=True))
    settings = {"plain": {}, "narrow": dict(beam_width=3, token_prune_threshold=2), "lexicon": dict(
        lexicon=["ab", "bad", "cab", "face", "h"]), "phrases": dict(hotwords={"bad cab": 2.0, "fed": 1.0})}
    for kind_name in ("float32", "float64", "float16"):
        y = x.astype(KINDS[kind_name])
        for topology in ("classic", "simplified", "no_blank"):
            setting = f"{kind_name} {topology}"
            show("ctc_greedy_decode", setting, lambda: s2s.ctc_greedy_decode(y, labels=labels, topology=topology))
            show("forced_align", setting, lambda: s2s.forced_align(
                y, [[2, 3, 1, 4], [5], [2, 2, -1, 3], [1]], topology=topology))
            for name, options in settings.items():
                decoder = s2s.BeamSearchDecoder(labels, topology=topology, nbest=4, **options)
                show("BeamSearchDecoder.decode_batch", f"{setting} {name}", lambda: decoder.decode_batch(y))
                stream = decoder.stream()
                stream.feed(y[0, :25])
                show("DecodingStream.hypotheses", f"{setting} {name}", lambda: stream.hypotheses(2))
                stream.feed(y[0, 25:])
                show("DecodingStream.finish", f"{setting} {name}", lambda: (stream.stable_tokens, stream.finish())[1])
    table = random.normal(size=(8, 8, len(labels) + 3))

    def predictor(states, tokens):
        return [int(token) for token in tokens]

    def joiner(frames, states):
        return np.stack([table[int(f[0]) % 8, int(s) % 8, :width] for f, s in zip(frames, states)])

    frames = np.arange(14.0)[:, None]
    for name, topology, width in (  # noqa: B007 (the joiner reads the width)
            ("standard", "standard", len(labels)), ("monotonic", "monotonic", len(labels)),
            ("TDT", s2s.TokenAndDuration([0, 1, 3]), len(labels) + 3)):
        show("transducer_greedy_decode", name, lambda: s2s.transducer_greedy_decode(
            [frames], predictor, joiner, labels=labels, topology=topology))
        decoder = s2s.TransducerBeamSearchDecoder(labels, topology=topology, nbest=3)
        show("TransducerBeamSearchDecoder.decode", name, lambda: decoder.decode(frames, predictor, joiner))
        stream = decoder.stream(predictor, joiner)
        stream.feed(frames)
        show("TransducerStream.finish", name, stream.finish)


def texts():
    pairs = (["the cat sat", "a b", ""], ["the cat sat on", "b", "x"])
    show("wer", "", lambda: s2s.wer(*pairs))
    show("cer", "", lambda: s2s.cer(*pairs))
    show("edit_distance", "", lambda: s2s.edit_distance("kitten", "sitting"))
    show("error_counts", "", lambda: s2s.error_counts(["kitten", "ab"], ["sitting", ""]))


def main():
    ctc()
    transducers()
    decoding()
    texts()
    # Types of results and options, functions about the library, and functions that need a file.
    others = {name for name in s2s.__all__ if isinstance(getattr(s2s, name), type)} | {
        "kernel", "version", "read_tokens", "spell_text"}
    missing = sorted(set(s2s.__all__) - covered - others)
    if missing:
        sys.exit(f"not covered: {', '.join(missing)}")


if __name__ == "__main__":
    main()
