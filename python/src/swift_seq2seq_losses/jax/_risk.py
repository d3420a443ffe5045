"""The expected risk of hypotheses, of arrays."""

from __future__ import annotations

import functools
from typing import Any, Callable

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike

from .. import risk
from .._documentation import arguments_of
from .._native.arguments import Array
from ._shared import call, check_shapes, loss_type, shaped, slopes, symmetric_product

# The blank, the topology, the score scale, and whether the mean is subtracted.
_RiskOptions = tuple[int, str, float, bool]


@arguments_of(risk.mwer_loss)
def mwer_loss(
    logits: ArrayLike, logit_paddings: ArrayLike, hypotheses: ArrayLike, hypothesis_paddings: ArrayLike,
    risks: ArrayLike, *, blank_id: int = 0, score_scale: float = 1.0, subtract_mean: bool = True,
    topology: str = "classic",
) -> jax.Array:
    """The expected risk of each sample's hypotheses under the model (MWER, arXiv 1712.01818).

    For the hypotheses y of a sample and their risks r, the value is `sum(p * (r - mean(r)))`, where p is the softmax
    over the hypotheses of `score_scale * log P(y | logits)`. It works under `jit`, `grad`, `vmap`, `jvp` and `hessian`.

    Args:
        logits: `[batch, time, vocabulary]`, floating point.
        logit_paddings: `[batch, time]`: 0 for the frames of a sample, then 1.
        hypotheses: `[batch, count, width]`, integers.
        hypothesis_paddings: `[batch, count, width]`: 0 for the labels of a hypothesis, then 1.
        risks: `[batch, count]`: edit distances, or any other numbers; NaN where there is no hypothesis. They have no
            derivative.
        blank_id: The index of the blank token.

    The other arguments are those of `swift_seq2seq_losses.mwer_loss`.

    Returns:
        `[batch]`: `inf`, without a gradient, if no hypothesis has a path.

    Raises:
        ValueError: A shape, label, padding or risk does not fit; the message names it. If values are traced, JAX raises
            an error of its own, with the same text, when the computation runs.
    """
    logits = jnp.asarray(logits)
    if logits.ndim != 3 or not jnp.issubdtype(logits.dtype, jnp.floating):
        raise ValueError(
            f"logits: {logits.dtype} {list(logits.shape)} where floating point "
            "[batch, time, vocabulary] is expected"
        )
    hypotheses, risks = jnp.asarray(hypotheses), jnp.asarray(risks)
    logit_paddings = jnp.asarray(logit_paddings)
    hypothesis_paddings = jnp.asarray(hypothesis_paddings)
    batch, time, _ = logits.shape
    check_shapes(
        ("logit_paddings", logit_paddings, (batch, time)),
        ("hypotheses", hypotheses, (batch, *(*hypotheses.shape[1:3], 0, 0)[:2])),
        ("hypothesis_paddings", hypothesis_paddings, hypotheses.shape),
        ("risks", risks, hypotheses.shape[:2]),
    )
    others = hypotheses.astype(jnp.int32), logit_paddings, hypothesis_paddings, risks
    options = (blank_id, topology, float(score_scale), bool(subtract_mean))
    values: jax.Array = _risks(options, logits, *map(jax.lax.stop_gradient, others))
    return values


def _risk_call(
    function: Callable[..., Any], results: Any, options: _RiskOptions, values: tuple[jax.Array, ...],
    others: tuple[jax.Array, ...],
) -> Any:
    def host(
        *arrays: Array, labels: Array, logit_lengths: Array, label_lengths: Array, risks: Array, **chosen: Any
    ) -> Any:
        lists, kept = [], []
        for sequences, lengths, own in zip(labels, label_lengths, risks):
            present = np.flatnonzero(~np.isnan(own))
            lists.append([sequences[row, : lengths[row]] for row in present])
            kept.append(own[present])
        extra = {"vector": arrays[1]} if len(arrays) == 2 else {}
        return function(
            arrays[0], lists, kept, logit_lengths=logit_lengths, score_scale=options[2],
            subtract_mean=options[3], **chosen, **extra,
        )

    return call(host, results, options[:2], values, others)


@functools.partial(jax.custom_jvp, nondiff_argnums=(0,))
def _risks(options: _RiskOptions, logits: jax.Array, *others: jax.Array) -> Any:
    result = shaped(logits.shape[:1], loss_type(logits))
    return _risk_call(risk.mwer_loss, result, options, (logits,), others)


@_risks.defjvp
def _(options: _RiskOptions, primals: tuple[Any, ...], tangents: tuple[Any, ...]) -> tuple[Any, Any]:
    values, gradient = _risks_and_gradient(options, *primals)
    return values, slopes(gradient, tangents[0], values.dtype)


@functools.partial(jax.custom_jvp, nondiff_argnums=(0,))
def _risks_and_gradient(options: _RiskOptions, logits: jax.Array, *others: jax.Array) -> Any:
    results = (
        shaped(logits.shape[:1], loss_type(logits)),
        shaped(logits.shape, logits.dtype),
    )
    return _risk_call(risk.mwer_loss_and_gradient, results, options, (logits,), others)


@_risks_and_gradient.defjvp
def _(options: _RiskOptions, primals: tuple[Any, ...], tangents: tuple[Any, ...]) -> tuple[Any, Any]:
    logits, *others = primals
    values, gradient = _risks_and_gradient(options, *primals)
    product = _risk_product(logits, tangents[0], *others, options=options)
    return (values, gradient), (slopes(gradient, tangents[0], values.dtype), product)


def _expected_risk_product(
    logits: jax.Array, vector: jax.Array, *others: jax.Array, options: _RiskOptions
) -> Any:
    result = shaped(logits.shape, logits.dtype)
    return _risk_call(
        risk.mwer_hessian_vector_product, result, options, (logits, vector), others
    )


_risk_product = symmetric_product("mwer_hessian_vector_product", _expected_risk_product)
