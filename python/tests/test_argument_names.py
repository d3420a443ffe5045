"""Bad values, one argument at a time: each is a `ValueError` that begins with the name of an argument of the function
that was called."""

import inspect
import re

import numpy as np
import pytest

import swift_seq2seq_losses as s2s

B, T, V, U = 2, 3, 4, 2
LOGITS = np.random.default_rng(0).normal(size=(B, T, V))
LABELS = np.array([[1, 2], [3, 1]])
JOINED = np.random.default_rng(1).normal(size=(B, T, U + 1, V))
LOG_PROBABILITIES = LOGITS - np.log(np.exp(LOGITS).sum(-1, keepdims=True))
AM, LM = LOGITS, JOINED[:, 0]
PX, PY = s2s.rnnt_loss_simple(LM, AM, LABELS, 0, return_grad=True)[1]


def predictor(states, labels):
    return [(state or 0) + 1 for state in states]


def joiner(rows, states):
    return np.zeros((len(states), V))


CTC = dict(logits=LOGITS, labels=LABELS, logit_lengths=[3, 2], label_lengths=[2, 1], blank=0, topology="classic",
           inputs="logits", threads=1)
VARIANT = dict(CTC, weights=[1.0, 2.0])
RISK = dict(logits=LOGITS, hypotheses=[[[1], [2]], [[1, 2]]], risks=[[0, 1], [2]], references=[[1], [1]],
            logit_lengths=[3, 2], blank=0, topology="classic", inputs="logits", score_scale=1.0, subtract_mean=True,
            reference_weight=0.5, threads=1)
RNNT = dict(logits=JOINED, labels=LABELS, logit_lengths=[3, 2], label_lengths=[2, 1], blank=0, topology="standard",
            normalization="softmax", sigma=0.0, omega=0.0, wildcard=None, windows=None, first_positions=None, threads=1)
GRADIENT = dict(RNNT, fastemit_lambda=0.0, clamp=1.0)
TDT = dict(logits=JOINED, labels=np.ones((B, U), int), logit_lengths=[3, 2], label_lengths=[2, 1], durations=[0, 1],
           blank=0, sigma=0.0, omega=0.0, threads=1)
SIMPLE = dict(lm=LM, am=AM, symbols=LABELS, termination_symbol=0, boundary=None, rnnt_type="regular", threads=1)
SMOOTHED = dict(SIMPLE, lm_only_scale=0.1, am_only_scale=0.1)
RANGES = np.tile(np.arange(U + 1), (B, T, 1))
PRUNED = dict(logits=JOINED, symbols=LABELS, ranges=RANGES, termination_symbol=0, boundary=None, rnnt_type="regular",
              threads=1)
SEARCH = dict(labels=["_", "a", "b", " "], blank=0, beam_width=4, beam_threshold=5.0, token_prune_threshold=5.0,
              topology="classic", nbest=2, language_model=None, language_model_weight=0.5, language_model_unit="word",
              word_bonus=0.0, unknown_word_penalty=-1.0, look_ahead=True, lexicon=None, hotwords=["ab"],
              hotword_boost=1.0, word_separator=" ", spans=True, confidence="largest", pieces="sentencepiece",
              unspellable="error", fold=False)
TRANSDUCER = {name: value for name, value in SEARCH.items() if name not in ("spans", "confidence")}
TRANSDUCER.update(topology="standard", max_symbols=3)

# Hypotheses are the labels of a risk.
GRADIENT_OF_RISK = {name: value for name, value in GRADIENT.items() if name not in ("labels", "label_lengths")}

beam, transducer = s2s.BeamSearchDecoder(V), s2s.TransducerBeamSearchDecoder(V)
FUNCTIONS = {
    "ctc_loss": (s2s.ctc_loss, dict(CTC, reduction="none")),
    "ctc_loss_and_gradient": (s2s.ctc_loss_and_gradient, dict(VARIANT, reduction="none", out=None)),
    "ctc_hessian_vector_product": (s2s.ctc_hessian_vector_product, dict(CTC, vector=LOGITS)),
    "ctc_hessian": (s2s.ctc_hessian, CTC),
    "ctc_occupancy": (s2s.ctc_occupancy, CTC),
    "ctc_entropy": (s2s.ctc_entropy, CTC),
    "ctc_best_path": (s2s.ctc_best_path, CTC),
    "ctc_sample": (s2s.ctc_sample, dict(CTC, count=2, seed=0)),
    "ctc_lattice_variables": (s2s.ctc_lattice_variables, CTC),
    "ctc_entropy_and_gradient": (s2s.ctc_entropy_and_gradient, VARIANT),
    "ctc_entropy_regularized_loss_and_gradient": (
        s2s.ctc_entropy_regularized_loss_and_gradient, dict(VARIANT, entropy_weight=0.1)),
    "ctc_path_risk_and_gradient": (s2s.ctc_path_risk_and_gradient, dict(VARIANT, costs=LOGITS)),
    "ctc_prior_corrected_loss_and_gradient": (
        s2s.ctc_prior_corrected_loss_and_gradient, dict(VARIANT, log_priors=[-1.0] * V, scale=0.5)),
    "ctc_focal_loss_and_gradient": (s2s.ctc_focal_loss_and_gradient, dict(VARIANT, focus=1.0)),
    "ctc_smoothed_loss_and_gradient": (s2s.ctc_smoothed_loss_and_gradient, dict(VARIANT, smoothing=0.1)),
    "embr_loss_and_gradient": (s2s.embr_loss_and_gradient, dict(
        logits=LOGITS, references=LABELS, logit_lengths=[3, 2], reference_lengths=[2, 1], samples=3, seed=0, blank=0,
        topology="classic", inputs="logits", weights=[1.0, 1.0], threads=1)),
    "mwer_loss": (s2s.mwer_loss, RISK),
    "mwer_loss_and_gradient": (s2s.mwer_loss_and_gradient, dict(RISK, weights=[1.0, 1.0], out=None)),
    "mwer_hessian_vector_product": (s2s.mwer_hessian_vector_product, dict(RISK, vector=LOGITS)),
    "nbest_risks": (s2s.nbest_risks, dict(
        logits=LOG_PROBABILITIES, references=[[1], [2]], logit_lengths=[3, 2], nbest=2, blank=0, topology="classic",
        decoder=None, unit="token", include_reference=True, threads=1)),
    "rnnt_loss": (s2s.rnnt_loss, RNNT),
    "rnnt_loss_and_gradient": (s2s.rnnt_loss_and_gradient, dict(GRADIENT, out=None)),
    "rnnt_hessian_vector_product": (s2s.rnnt_hessian_vector_product, dict(RNNT, vector=JOINED)),
    "rnnt_best_path": (s2s.rnnt_best_path, RNNT),
    "rnnt_sample": (s2s.rnnt_sample, dict(RNNT, count=2, seed=0)),
    "rnnt_occupancy": (s2s.rnnt_occupancy, RNNT),
    "rnnt_entropy": (s2s.rnnt_entropy, RNNT),
    "rnnt_mwer_loss_and_gradient": (s2s.rnnt_mwer_loss_and_gradient, dict(
        GRADIENT_OF_RISK, logits=JOINED, hypotheses=[[[1, 2], [3]]], risks=[[0, 1]], references=[[1, 2]],
        logit_lengths=[3, 2], score_scale=1.0, subtract_mean=True, reference_weight=0.5, weights=[1.0])),
    "tdt_loss": (s2s.tdt_loss, TDT),
    "tdt_loss_and_gradient": (s2s.tdt_loss_and_gradient, dict(TDT, fastemit_lambda=0.0, clamp=1.0, out=None)),
    "rnnt_loss_simple": (s2s.rnnt_loss_simple, SIMPLE),
    "rnnt_loss_simple_and_gradients": (s2s.rnnt_loss_simple_and_gradients, dict(SIMPLE, fastemit_lambda=0.0)),
    "rnnt_loss_smoothed": (s2s.rnnt_loss_smoothed, SMOOTHED),
    "rnnt_loss_smoothed_and_gradients": (s2s.rnnt_loss_smoothed_and_gradients, dict(SMOOTHED, fastemit_lambda=0.0)),
    "rnnt_loss_pruned": (s2s.rnnt_loss_pruned, PRUNED),
    "rnnt_loss_pruned_and_gradient": (
        s2s.rnnt_loss_pruned_and_gradient, dict(PRUNED, fastemit_lambda=0.0, clamp=1.0)),
    "get_rnnt_prune_ranges": (s2s.get_rnnt_prune_ranges, dict(px_grad=PX, py_grad=PY, boundary=None, s_range=2)),
    "do_rnnt_pruning": (s2s.do_rnnt_pruning, dict(am=AM, lm=LM, ranges=RANGES)),
    "BeamSearchDecoder": (s2s.BeamSearchDecoder, SEARCH),
    "BeamSearchDecoder.decode": (beam.decode, dict(log_probabilities=LOG_PROBABILITIES[0])),
    "BeamSearchDecoder.decode_batch": (
        beam.decode_batch, dict(log_probabilities=LOG_PROBABILITIES, lengths=[3, 2], threads=1)),
    "DecodingStream.feed": (beam.stream().feed, dict(log_probabilities=LOG_PROBABILITIES[0])),
    "DecodingStream.hypotheses": (beam.stream().hypotheses, dict(nbest=2)),
    "DecodingStream": (s2s.DecodingStream, dict(decoder=beam)),
    "ctc_greedy_decode": (s2s.ctc_greedy_decode, dict(
        log_probabilities=LOG_PROBABILITIES, lengths=[3, 2], labels=["_", "a", "b", " "], blank=0, topology="classic",
        threads=1)),
    "spell_text": (s2s.spell_text, dict(
        text="ab", labels=["_", "a", "b", " "], blank=0, word_separator=" ", pieces="sentencepiece", fold=False)),
    "forced_align": (s2s.forced_align, dict(
        log_probs=LOG_PROBABILITIES, targets=LABELS, input_lengths=[3, 3], target_lengths=[2, 1], blank=0,
        topology="classic", threads=1)),
    "TransducerBeamSearchDecoder": (s2s.TransducerBeamSearchDecoder, TRANSDUCER),
    "TransducerBeamSearchDecoder.decode": (
        transducer.decode, dict(frames=LOGITS[0], predictor=predictor, joiner=joiner)),
    "TransducerBeamSearchDecoder.decode_batch": (
        transducer.decode_batch, dict(frames=LOGITS, predictor=predictor, joiner=joiner, lengths=[3, 2])),
    "TransducerStream.feed": (transducer.stream(predictor, joiner).feed, dict(frames=LOGITS[0])),
    "TransducerStream.hypotheses": (transducer.stream(predictor, joiner).hypotheses, dict(nbest=2)),
    "TransducerStream": (
        s2s.TransducerStream, dict(decoder=transducer, predictor=predictor, joiner=joiner, greedy=False)),
    "transducer_greedy_decode": (s2s.transducer_greedy_decode, dict(
        frames=LOGITS, predictor=predictor, joiner=joiner, labels=V, lengths=[3, 2], blank=0, topology="standard",
        max_symbols=2, word_separator=" ")),
}

MASKED = np.ma.array(LOGITS, mask=np.ones(LOGITS.shape))
BAD = {
    "an object": object(), "a text": "bad", "a large integer": 2**70, "2^62": 2**62, "a negative": -5, "NaN": np.nan,
    "infinity": float("inf"), "None in a list": [[None]], "texts": [["a", "b"], ["c"]], "ragged": [[1, 2], [[3]]],
    "four axes": np.zeros((9, 9, 9, 9)), "a function": lambda *_: 7, "a complex": 1j, "complex numbers": LOGITS + 0j,
    "masked": MASKED, "a dictionary": {"zz": "q"}, "objects": LOGITS.astype(object), "large labels": LABELS + 1000,
    "long lengths": [1000, 1000], "negative lengths": [-1, -1], "no vocabulary": LOGITS[:, :, :0], "NaNs": [np.nan] * V,
    "times": np.array(["2020", "2021"], "M8[Y]"), "a structure": np.zeros((B, T, V), [("a", "f4")]),
    "a scalar": np.float64(3), "bytes": b"bad", "a decoder": beam, "a transducer's decoder": transducer,
}
# Any object is true or false; seeds are any integers; nothing of these can be wrong here.
ANYTHING = {"subtract_mean", "look_ahead", "spans", "fold", "include_reference", "greedy"}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_errors_begin_with_an_argument(name):
    function, arguments = FUNCTIONS[name]
    function(**arguments)
    names = set(arguments) | set(inspect.signature(function).parameters)
    wrong = []
    for argument in arguments:
        raised = 0
        for kind, value in BAD.items():
            try:
                function(**{**arguments, argument: value})
            except ValueError as error:
                raised += 1
                text = str(error)
                if re.match(r"\w*", text).group() not in names:
                    wrong.append(f"{argument} = {kind}: {text[:100]}")
            except Exception as error:  # noqa: BLE001
                wrong.append(f"{argument} = {kind}: {type(error).__name__}: {str(error)[:100]}")
        if not raised and argument not in ANYTHING:
            wrong.append(f"{argument}: nothing is wrong")
    assert not wrong, "\n".join(wrong)


def test_every_function_is_walked():
    public = {
        name for name in s2s.__all__
        if callable(getattr(s2s, name)) and not isinstance(getattr(s2s, name), type)
    }
    others = {"cer", "wer", "edit_distance", "error_counts", "kernel", "version", "read_tokens"}
    assert public - others <= set(FUNCTIONS)
