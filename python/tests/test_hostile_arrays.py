"""Arrays and options that NumPy would turn into numbers in silence, or that cannot be numbers."""

import numpy as np
import pytest

import swift_seq2seq_losses as s2s

LOGITS = np.random.default_rng(0).normal(size=(1, 3, 4)).astype("f4")
JOINED = np.zeros((1, 3, 2, 4), "f4")
TOKENS = ["_", "a", "b", " "]


def masked(values):
    return np.ma.array(values, mask=np.ones(np.shape(values)))


def decoder(**options):
    return s2s.BeamSearchDecoder(TOKENS, **options)


@pytest.mark.parametrize(
    "name, call",
    [
        ("logits", lambda: s2s.ctc_loss(masked(LOGITS), [[1]])),
        ("logits", lambda: s2s.ctc_loss([masked(LOGITS[0])], [[1]])),
        ("logits", lambda: s2s.ctc_loss([[[0.0] * 4, [0.0]]], [[1]])),
        ("logits", lambda: s2s.rnnt_loss(masked(JOINED), [[1]])),
        ("labels", lambda: s2s.ctc_loss(LOGITS, masked([[1]]))),
        ("labels", lambda: s2s.ctc_loss(LOGITS, [masked([1])])),
        ("logit_lengths", lambda: s2s.ctc_loss(LOGITS, [[1]], masked([3]))),
        ("labels: sequences of different lengths", lambda: s2s.ctc_loss(
            np.repeat(LOGITS, 2, axis=0), [[1, 2], [3]], None, [1, 1])),
        ("targets: sequences of different lengths", lambda: s2s.forced_align(
            np.repeat(LOGITS, 2, axis=0), [np.array([1, 2]), (3,)], None, [2, 1])),
        ("vector", lambda: s2s.ctc_hessian_vector_product(LOGITS, [[1]], vector=masked(LOGITS))),
        ("vector", lambda: s2s.rnnt_hessian_vector_product(JOINED, [[1]], vector=masked(JOINED))),
        ("vector", lambda: s2s.rnnt_hessian_vector_product(JOINED, [[1]], vector=JOINED + 0j)),
        ("costs", lambda: s2s.ctc_path_risk_and_gradient(LOGITS, [[1]], costs=masked(LOGITS))),
        ("risks", lambda: s2s.mwer_loss(LOGITS, [[[1]]], [masked([1.0])])),
        ("risks", lambda: s2s.mwer_loss(LOGITS, [[[1]]], [["1"]])),
        ("risks", lambda: s2s.mwer_loss(LOGITS, [[[1]]], [[None]])),
        ("risks", lambda: s2s.mwer_loss(LOGITS, [[[1]]], [[1j]])),
        *[
            ("weights", lambda value=value: s2s.ctc_loss_and_gradient(LOGITS, [[1]], weights=value))
            for value in ([None], ["1"], [1j], masked([1.0]), np.array(["2020"], "M8[Y]"), [[1.0]], [1.0, 2.0])
        ],
        *[
            ("log_priors", lambda value=value: s2s.ctc_prior_corrected_loss_and_gradient(
                LOGITS, [[1]], log_priors=value))
            for value in (
                [None] * 4, ["0"] * 4, [1j] * 4, masked([0.0] * 4), np.zeros(4, "m8[s]"), [[1, 2], [3]], [np.inf] * 4,
            )
        ],
        *[
            ("beam_threshold", lambda value=value: decoder(beam_threshold=value))
            for value in ("5", b"5", np.nan, None, np.ma.masked, -1)
        ],
        *[
            ("hotwords", lambda value=value: decoder(hotwords={"ab": value}))
            for value in (1e308, -1e308, 1.1e9, np.inf, -np.inf, np.nan, "1")
        ],
        ("hotwords", lambda: s2s.TransducerBeamSearchDecoder(TOKENS, hotwords={"ab": 1e308})),
        ("hotwords", lambda: decoder(hotwords=["ab"], hotword_boost=1e308)),
        ("hotword_boost", lambda: decoder(hotwords=["ab"], hotword_boost="1")),
        *[
            ("joiner", lambda value=value: s2s.transducer_greedy_decode(
                np.zeros((1, 2)), lambda states, labels: states, lambda rows, states: value, labels=TOKENS))
            for value in (masked([[0.0] * 4]), [[1j] * 4], "abc", None, [[0.0] * 3])
        ],
        ("sigma", lambda: s2s.rnnt_loss(JOINED, [[1]], sigma="1")),
        ("wildcard", lambda: s2s.rnnt_loss(JOINED, [[1]], wildcard=s2s.Wildcard("1"))),
        ("samples", lambda: s2s.embr_loss_and_gradient(LOGITS, [[1]], samples=2**62, seed=0)),
        ("samples", lambda: s2s.embr_loss_and_gradient(LOGITS, [[1]], samples=2**31, seed=0)),
        ("samples", lambda: s2s.embr_loss_and_gradient(LOGITS, [[1]], samples=1, seed=0)),
        ("count", lambda: s2s.ctc_sample(LOGITS, [[1]], count=2**62)),
        ("count", lambda: s2s.ctc_sample(LOGITS, [[1]], count=2**40)),
        ("count", lambda: s2s.rnnt_sample(JOINED, [[1]], count=2**30)),
        ("logits", lambda: s2s.ctc_hessian(np.zeros((1, 3000, 1000), "f4"), [[1]])),
        ("gamma", lambda: s2s.ctc_lattice_variables(np.zeros((1, 9000, 2), "f4"), [[1] * 4000], gamma=True)),
        ("logits", lambda: s2s.rnnt_loss(np.zeros((2**20, 3 * 2**20, 1, 0), "f4"), np.zeros((2**20, 0), int))),
        ("logits", lambda: s2s.rnnt_loss(np.zeros((2**24, 0, 1, 4), "f4"), np.zeros((2**24, 0), int))),
        ("log_probabilities", lambda: decoder().decode(masked(LOGITS[0]))),
        ("log_probabilities", lambda: decoder().decode(np.full((3, 4), np.nan))),
        ("joiner", lambda: s2s.TransducerBeamSearchDecoder(4).decode(
            LOGITS[0], lambda states, labels: [0] * len(states),
            lambda rows, states: np.full((len(states), 4), np.nan))),
        ("joiner", lambda: s2s.TransducerBeamSearchDecoder(4).decode(
            LOGITS[0], lambda states, labels: [0] * len(states),
            lambda rows, states: masked(np.zeros((len(states), 4))))),
    ],
)
def test_errors(name, call):
    with pytest.raises(ValueError, match=rf"^{name}\b"):
        call()


def test_what_only_looks_strange_is_read():
    expected = s2s.ctc_loss(LOGITS, [[1]])
    for values in (
        np.ma.array(LOGITS), memoryview(LOGITS), LOGITS.astype(">f4"), LOGITS[:, ::-1, ::-1][:, ::-1, ::-1],
        np.repeat(LOGITS, 2, axis=1)[:, ::2], LOGITS.tolist() and np.asfortranarray(LOGITS),
    ):
        assert (s2s.ctc_loss(values, [[1]]) == expected).all()
    read_only = LOGITS.copy()
    read_only.flags.writeable = False
    assert (s2s.ctc_loss(read_only, [[1]]) == expected).all()


def test_tensors_that_are_no_arrays():
    torch = pytest.importorskip("torch")
    values = torch.tensor(LOGITS)
    assert (s2s.ctc_loss(values, [[1]]) == s2s.ctc_loss(LOGITS, [[1]])).all()
    for tensor in (
        values.clone().requires_grad_(), values.to_sparse(), values.bfloat16(), values.to("meta"),
        torch._neg_view(values),
    ):
        with pytest.raises(ValueError, match="^logits: "):
            s2s.ctc_loss(tensor, [[1]])
