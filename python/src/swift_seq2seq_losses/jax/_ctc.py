"""The CTC loss, with optax's signature."""

from __future__ import annotations

import ctypes

import jax
import jax.core
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike

from .._documentation import arguments_of
from .._native import arguments as _arguments
from .._native import enumerations as _enumerations
from .._native import library as _library
from .._native import structures as _structures
from ..ctc import ctc_loss as ctc_loss_of_arrays
from ._ctc_operators import losses
from ._shared import check_shapes, lengths


@arguments_of(ctc_loss_of_arrays)
def ctc_loss(
    logits: ArrayLike, logit_paddings: ArrayLike, labels: ArrayLike, label_paddings: ArrayLike, *, blank_id: int = 0,
    log_epsilon: float = -1e5, topology: str = "classic",
) -> jax.Array:
    """The CTC loss of each sample, as `optax.ctc_loss`; under `jit`, `grad`, `vmap`, `jvp` and `hessian` too.

    Args:
        logits: `[batch, time, vocabulary]`, floating point; the loss applies a softmax.
        logit_paddings: `[batch, time]`: 0 for the frames of a sample, then 1.
        labels: `[batch, width]`, integers.
        label_paddings: `[batch, width]`: 0 for the labels of a sample, then 1.
        blank_id: The index of the blank token.
        log_epsilon: Ignored: probabilities of 0 are exact here.

    The other arguments are those of `swift_seq2seq_losses.ctc_loss`.

    Returns:
        `[batch]`, in nats: `inf` if no path fits the labels, NaN if a valid frame holds NaN. 16-bit logits give 32-bit
        losses.

    Raises:
        ValueError: A shape, label or padding does not fit; the message names it. If labels and paddings are traced,
            JAX raises an error of its own, with the same text, when the computation runs.
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
    check_shapes(
        ("logit_paddings", logit_paddings, (batch, time)),
        ("labels", labels, (batch, *(*labels.shape[1:2], 0)[:1])),
        ("label_paddings", label_paddings, labels.shape),
    )
    others = labels.astype(jnp.int32), logit_paddings, label_paddings
    if not any(isinstance(array, jax.core.Tracer) for array in others):
        _validate(logits.shape, *others, blank_id, topology)
    result: jax.Array = losses((blank_id, topology), logits, *map(jax.lax.stop_gradient, others))
    return result


def _validate(
    shape: tuple[int, ...], labels: jax.Array, logit_paddings: jax.Array, label_paddings: jax.Array, blank: int,
    topology: str,
) -> None:
    logit_lengths = lengths("logit_paddings", np.asarray(logit_paddings)).astype(np.int64)
    label_lengths = lengths("label_paddings", np.asarray(label_paddings))
    description, _ = _arguments.labels(np.asarray(labels), label_lengths, shape[0])
    # Only the shape of the logits is read.
    logits = _structures.Tensor(None, _enumerations.ELEMENTS["float32"], shape, (shape[1] * shape[2], shape[2], 1))
    batch = _structures.CTCBatch(logits, _arguments.address(logit_lengths), description)
    _library.ctc_validate(_arguments.loss(blank, topology, "logits", None), ctypes.byref(batch))
