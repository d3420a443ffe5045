"""The CTC loss with optax's signature, the expected risk of hypotheses, and transducer losses.

All work under `jit`, `grad` and `vmap`, those of CTC under `jvp` and `hessian` too. `ctc_loss` stands in for
`optax.ctc_loss`. A sample that no alignment fits has a loss of `inf` and a gradient of 0 (optax: about 1e5, and a
gradient). `rnnt_loss` and `tdt_loss` are transducer losses, with first derivatives. The computation is a host
callback, on the CPU.
"""

from __future__ import annotations

import ctypes
import functools
from typing import Any, Callable, Optional

import jax
import jax.core
import jax.numpy as jnp
import numpy as np
from jax.extend.core import Primitive
from jax.interpreters import ad, batching, mlir
from jax.typing import ArrayLike

from . import _ctc, _risk
from ._jax_transducer import rnnt_loss, shaped, tdt_loss
from ._native import arguments as _arguments
from ._native import library as _library
from ._native.arguments import Array

# The blank and the topology; for risks the score scale and whether the mean is subtracted too.
_Options = tuple[int, str]
_RiskOptions = tuple[int, str, float, bool]

__all__ = ["ctc_loss", "mwer_loss", "rnnt_loss", "tdt_loss"]


def ctc_loss(
    logits: ArrayLike,
    logit_paddings: ArrayLike,
    labels: ArrayLike,
    label_paddings: ArrayLike,
    *,
    blank_id: int = 0,
    log_epsilon: float = -1e5,
    topology: str = "classic",
) -> jax.Array:
    """The CTC loss of each sample, as `optax.ctc_loss`.

    Args:
        logits: `[batch, time, vocabulary]`, floating point.
        logit_paddings: `[batch, time]`: 1 for frames past a sample's end, 0 before.
        labels: `[batch, width]`, integers.
        label_paddings: `[batch, width]`: 1 for labels past a sample's end, 0 before.
        blank_id: The index of the blank token.
        log_epsilon: Ignored: probabilities of 0 are exact here.
        topology: "classic", "simplified" (repeated labels do not collapse) or "no_blank" (they do, and there is
            no blank).

    Returns:
        `[batch]`: minus the natural logarithm of the probability of the labels; `inf` where no
        alignment fits, NaN where a valid frame holds NaN.

    Raises:
        ValueError: A shape, label or padding does not fit. Where labels and paddings are traced, JAX
            raises an error of its own when the computation runs, with the same text.
    """
    logits, labels = jnp.asarray(logits), jnp.asarray(labels)
    if logits.ndim != 3:
        raise ValueError(
            f"logits: shape {list(logits.shape)} where [batch, time, vocabulary] is expected"
        )
    if not jnp.issubdtype(logits.dtype, jnp.floating):
        raise ValueError(f"logits: {logits.dtype} where floating point is expected")
    if not jnp.issubdtype(labels.dtype, jnp.integer) and labels.size > 0:
        raise ValueError(f"labels: {labels.dtype} where integers are expected")
    logit_paddings, label_paddings = jnp.asarray(logit_paddings), jnp.asarray(label_paddings)
    batch, time, _ = logits.shape
    for argument, array, shape in (
        ("logit_paddings", logit_paddings, (batch, time)),
        ("labels", labels, (batch, *labels.shape[1:2])),
        ("label_paddings", label_paddings, labels.shape),
    ):
        if array.ndim != 2 or array.shape != shape:
            raise ValueError(f"{argument}: shape {list(array.shape)} does not fit the others")
    others = labels.astype(jnp.int32), logit_paddings, label_paddings
    if not any(isinstance(array, jax.core.Tracer) for array in others):
        _validate(logits.shape, *others, blank_id, topology)
    losses: jax.Array = _losses((blank_id, topology), logits, *map(jax.lax.stop_gradient, others))
    return losses


def mwer_loss(
    logits: ArrayLike,
    logit_paddings: ArrayLike,
    hypotheses: ArrayLike,
    hypothesis_paddings: ArrayLike,
    risks: ArrayLike,
    *,
    blank_id: int = 0,
    score_scale: float = 1.0,
    subtract_mean: bool = True,
    topology: str = "classic",
) -> jax.Array:
    """The expected risk of each sample's hypotheses under the model (arXiv 1712.01818).

    Of a sample's hypotheses y with risks r it is `sum(p * (r - mean(r)))`, where p is the softmax over the
    hypotheses of `score_scale * log P(y | logits)`.

    Args:
        logits: `[batch, time, vocabulary]`, floating point.
        logit_paddings: `[batch, time]`: 1 for frames past a sample's end, 0 before.
        hypotheses: `[batch, count, width]`, integers.
        hypothesis_paddings: `[batch, count, width]`: 1 past a hypothesis's end, 0 before.
        risks: `[batch, count]`: edit distances, or any other numbers; NaN where there is no hypothesis. They have
            no derivative.
        blank_id: The index of the blank token.
        score_scale: What log-probabilities are multiplied by; less than 1 flattens the distribution.
        subtract_mean: Whether the mean of a sample's risks is subtracted: that changes no derivative.
        topology: "classic", "simplified" (repeated labels do not collapse) or "no_blank" (they do, and there is
            no blank).

    Returns:
        `[batch]`; `inf`, without a gradient, where no hypothesis has an alignment.

    Raises:
        ValueError: A shape, label, padding or risk does not fit; as from `ctc_loss` where it is known when the
            computation runs.
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
    for argument, array, shape in (
        ("logit_paddings", logit_paddings, (batch, time)),
        ("hypotheses", hypotheses, (batch, *hypotheses.shape[1:3])),
        ("hypothesis_paddings", hypothesis_paddings, hypotheses.shape),
        ("risks", risks, hypotheses.shape[:2]),
    ):
        if array.ndim != len(shape) or array.shape != shape:
            raise ValueError(f"{argument}: shape {list(array.shape)} does not fit the others")
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

    return _call(host, results, options[:2], values, others)


@functools.partial(jax.custom_jvp, nondiff_argnums=(0,))
def _risks(options: _RiskOptions, logits: jax.Array, *others: jax.Array) -> Any:
    result = shaped(logits.shape[:1], _loss_type(logits))
    return _risk_call(_risk.mwer_loss, result, options, (logits,), others)


@_risks.defjvp
def _(options: _RiskOptions, primals: tuple[Any, ...], tangents: tuple[Any, ...]) -> tuple[Any, Any]:
    values, gradient = _risks_and_gradient(options, *primals)
    return values, _slopes(gradient, tangents[0], values.dtype)


@functools.partial(jax.custom_jvp, nondiff_argnums=(0,))
def _risks_and_gradient(options: _RiskOptions, logits: jax.Array, *others: jax.Array) -> Any:
    results = (
        shaped(logits.shape[:1], _loss_type(logits)),
        shaped(logits.shape, logits.dtype),
    )
    return _risk_call(_risk.mwer_loss_and_gradient, results, options, (logits,), others)


@_risks_and_gradient.defjvp
def _(options: _RiskOptions, primals: tuple[Any, ...], tangents: tuple[Any, ...]) -> tuple[Any, Any]:
    logits, *others = primals
    values, gradient = _risks_and_gradient(options, *primals)
    product = _risk_product(logits, tangents[0], *others, options=options)
    return (values, gradient), (_slopes(gradient, tangents[0], values.dtype), product)


def _slopes(gradient: jax.Array, tangent: jax.Array, dtype: Any) -> jax.Array:
    """Each sample's sum of products, in the losses' type.

    What it is transposed to multiplies a gradient of 16 bits by the losses' factors as they are, and rounds the
    product.
    """
    return jnp.sum(gradient.astype(dtype) * tangent.astype(dtype), axis=(1, 2))


@functools.partial(jax.custom_jvp, nondiff_argnums=(0,))
def _losses(options: _Options, logits: jax.Array, *others: jax.Array) -> Any:
    result = shaped(logits.shape[:1], _loss_type(logits))
    return _call(_ctc.ctc_loss, result, options, (logits,), others)


@_losses.defjvp
def _(options: _Options, primals: tuple[Any, ...], tangents: tuple[Any, ...]) -> tuple[Any, Any]:
    logits, *others = primals
    losses, gradient = _losses_and_gradient(options, *primals)
    return losses, _slopes(gradient, tangents[0], losses.dtype)


@functools.partial(jax.custom_jvp, nondiff_argnums=(0,))
def _losses_and_gradient(options: _Options, logits: jax.Array, *others: jax.Array) -> Any:
    results = (
        shaped(logits.shape[:1], _loss_type(logits)),
        shaped(logits.shape, logits.dtype),
    )
    return _call(_ctc.ctc_loss_and_gradient, results, options, (logits,), others)


@_losses_and_gradient.defjvp
def _(options: _Options, primals: tuple[Any, ...], tangents: tuple[Any, ...]) -> tuple[Any, Any]:
    logits, *others = primals
    losses, gradient = _losses_and_gradient(options, *primals)
    product = _product(logits, tangents[0], *others, options=options)
    return (losses, gradient), (_slopes(gradient, tangents[0], losses.dtype), product)


# A Hessian times a vector: linear in the vector and symmetric, which JAX has to be told.


def _symmetric_product(name: str, product: Callable[..., jax.Array]) -> Callable[..., jax.Array]:
    """`product(logits, vector, *others, options)` as a primitive: what binds it."""
    # JAX gives primitives no types.
    primitive: Any = Primitive(name)

    def jvp(primals: tuple[Any, ...], tangents: tuple[Any, ...], *, options: Any) -> tuple[Any, Any]:
        if not isinstance(tangents[0], ad.Zero):
            raise NotImplementedError("third derivatives of the CTC loss are not implemented")
        logits, _, *others = primals
        result = primitive.bind(*primals, options=options)
        if isinstance(tangents[1], ad.Zero):
            return result, jnp.zeros_like(result)
        return result, primitive.bind(logits, tangents[1], *others, options=options)

    def transpose(
        cotangent: jax.Array, logits: jax.Array, vector: Any, *others: jax.Array, options: Any
    ) -> tuple[Optional[jax.Array], ...]:
        result = primitive.bind(logits, cotangent, *others, options=options)
        return None, result, *[None] * len(others)

    def batched(
        arguments: tuple[jax.Array, ...], axes: tuple[Optional[int], ...], *, options: Any
    ) -> tuple[jax.Array, int]:
        size = next(
            array.shape[axis] for array, axis in zip(arguments, axes) if axis is not None
        )
        flat = []
        for array, axis in zip(arguments, axes):
            if axis is None:
                array = jnp.broadcast_to(array, (size, *array.shape))
            else:
                array = jnp.moveaxis(array, axis, 0)
            flat.append(array.reshape(-1, *array.shape[2:]))
        result = primitive.bind(*flat, options=options)
        return result.reshape(size, -1 if size else 0, *result.shape[1:]), 0

    primitive.def_impl(product)
    primitive.def_abstract_eval(lambda logits, *_, options: logits)
    mlir.register_lowering(primitive, mlir.lower_fun(product, multiple_results=False))
    ad.primitive_jvps[primitive] = jvp
    ad.primitive_transposes[primitive] = transpose
    batching.primitive_batchers[primitive] = batched
    bind: Callable[..., jax.Array] = primitive.bind
    return bind


def _ctc_product(logits: jax.Array, vector: jax.Array, *others: jax.Array, options: _Options) -> Any:
    def host(logits: Array, vector: Array, **arguments: Any) -> Any:
        return _ctc.ctc_hessian_vector_product(logits, vector=vector, **arguments)

    result = shaped(logits.shape, logits.dtype)
    return _call(host, result, options, (logits, vector), others)


_product = _symmetric_product("ctc_hessian_vector_product", _ctc_product)


def _expected_risk_product(
    logits: jax.Array, vector: jax.Array, *others: jax.Array, options: _RiskOptions
) -> Any:
    result = shaped(logits.shape, logits.dtype)
    return _risk_call(
        _risk.mwer_hessian_vector_product, result, options, (logits, vector), others
    )


_risk_product = _symmetric_product("mwer_hessian_vector_product", _expected_risk_product)


def _call(
    function: Callable[..., Any], results: Any, options: _Options, values: tuple[jax.Array, ...],
    others: tuple[jax.Array, ...],
) -> Any:
    """`function`'s arrays on the host; axes that `vmap` adds go into the batch."""
    blank, topology = options
    rank = 3

    def host(*arguments: Any) -> Any:
        arrays = [np.asarray(array) for array in arguments]
        extra = arrays[0].ndim - rank
        leading = arrays[0].shape[:extra]
        flat = [array.reshape(-1, *array.shape[extra + 1 :]) for array in arrays]
        inputs, (labels, logit_paddings, label_paddings, *rest) = (
            flat[: len(values)], flat[len(values) :]
        )
        outputs = function(
            *inputs, labels=labels, logit_lengths=_lengths("logit_paddings", logit_paddings),
            label_lengths=_lengths("label_paddings", label_paddings), blank=blank,
            topology=topology, **({"risks": rest[0]} if rest else {}),
        )

        def converted(output: Any, result: jax.ShapeDtypeStruct) -> Array:
            shape = (*leading, *result.shape)
            return np.asarray(output).astype(result.dtype, copy=False).reshape(shape)

        if isinstance(results, tuple):
            return tuple(map(converted, outputs, results))
        return converted(outputs, results)

    return jax.pure_callback(host, results, *values, *others, vmap_method="broadcast_all")


def _lengths(argument: str, paddings: Array) -> Array:
    """How many places of each row are not padding, all of which come first."""
    is_padding = paddings != 0
    lengths: Array = (~is_padding).sum(axis=-1)
    wrong = is_padding & (np.arange(paddings.shape[-1]) < lengths[..., None])
    if wrong.any():
        sample, *_, position = np.argwhere(wrong)[0]
        raise ValueError(
            f"{argument}, sample {sample}, position {position}: padding before the sample's end"
        )
    return lengths


def _validate(
    shape: tuple[int, ...], labels: jax.Array, logit_paddings: jax.Array, label_paddings: jax.Array, blank: int,
    topology: str,
) -> None:
    logit_lengths = _lengths("logit_paddings", np.asarray(logit_paddings)).astype(np.int64)
    label_lengths = _lengths("label_paddings", np.asarray(label_paddings))
    description, _ = _arguments.labels(np.asarray(labels), label_lengths, shape[0])
    _library.validate(
        _arguments.loss(blank, topology, "logits", None), (ctypes.c_int64 * 3)(*shape),
        _arguments.address(logit_lengths), description,
    )


def _loss_type(logits: jax.Array) -> np.dtype[Any]:
    """A loss of 16 bits would have two or three digits."""
    return np.dtype(np.float64 if logits.dtype == np.float64 else np.float32)
