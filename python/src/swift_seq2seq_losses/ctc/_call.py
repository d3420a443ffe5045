"""The arguments that the functions of CTC share."""

from __future__ import annotations

from ctypes import byref
from typing import Any, Optional, Union

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._native import arguments as _arguments
from .._native import structures as _structures
from .._native.arguments import LabelsLike

_REDUCTIONS: dict[str, None] = dict.fromkeys(("none", "sum", "mean", "mean_by_label_length"))


class LogitsCall:
    """The logits of a call, `[batch, time, vocabulary]`, their lengths, and arrays of the same shape."""

    def __init__(self, logits: ArrayLike, logit_lengths: Optional[ArrayLike]) -> None:
        self.logits = _arguments.float_array("logits", logits)
        self.batch, self.time, self.vocabulary = self.logits.shape
        self.lengths = _arguments.lengths("logit_lengths", logit_lengths, self.batch)
        self.description = _structures.CTCBatch(
            _arguments.tensor(self.logits), _arguments.address(self.lengths)
        )

    def like_logits(self, out: Optional[NDArray[Any]] = None) -> tuple[NDArray[Any], _structures.Tensor]:
        """An array for a result of the logits' shape and type, `out` if that is given; and C's description of it."""
        if out is not None:
            if not isinstance(out, np.ndarray) or np.may_share_memory(out, self.logits):
                raise ValueError("out: not an array with memory of its own")
            if out.dtype != self.logits.dtype or not out.flags.writeable:
                raise ValueError(f"out: {out.dtype} where a writeable {self.logits.dtype} is needed")
            if out.shape != self.logits.shape:
                raise ValueError(
                    f"out: shape {list(out.shape)} where the logits have {list(self.logits.shape)}"
                )
            if _arguments.float_array("out", out) is not out:
                raise ValueError("out: its strides are not whole elements")
            return out, _arguments.tensor(out)
        # In the same order of axes: what was transposed for the call stays dense when put back.
        array = np.empty_like(self.logits, order="K")
        return array, _arguments.tensor(array)

    def direction(self, vector: ArrayLike) -> NDArray[Any]:
        """The vector of a product with the Hessian."""
        found = _arguments.direction(vector, self.logits.shape, self.logits.dtype)
        return _arguments.float_array("vector", found)


class CTCCall(LogitsCall):
    """The arguments of `ctc_loss`; `names` are those that errors give the labels and their lengths."""

    def __init__(
        self, logits: ArrayLike, labels: LabelsLike, logit_lengths: Optional[ArrayLike],
        label_lengths: Optional[ArrayLike], blank: int, topology: str, inputs: str, threads: Optional[int],
        names: tuple[str, str] = ("labels", "label_lengths"),
    ) -> None:
        super().__init__(logits, logit_lengths)
        self.labels, self.label_lengths = _arguments.labels(
            labels, label_lengths, self.batch, *names
        )
        self.description.labels = self.labels
        self.arguments: tuple[Any, ...] = (
            _arguments.loss(blank, topology, inputs, threads), byref(self.description),
        )

    def reduction_weights(self, reduction: str) -> Optional[NDArray[np.float64]]:
        """The weight of each loss in the result; `None` if all are 1."""
        _arguments.choice("reduction", reduction, _REDUCTIONS)
        if reduction in ("none", "sum"):
            return None
        if reduction == "mean":
            return np.full(self.batch, 1 / max(1, self.batch))
        weights: NDArray[np.float64] = 1 / (max(1, self.batch) * np.maximum(1.0, self.label_lengths))
        return weights

    def reduce(
        self, losses: NDArray[np.float64], reduction: str, weights: Optional[NDArray[np.float64]]
    ) -> Union[float, NDArray[np.float64]]:
        """The losses, or their sum, with the weights of `reduction_weights`."""
        if reduction == "none":
            return losses
        if reduction != "sum" and self.batch == 0:
            return float("nan")
        return float(np.sum(losses if weights is None else losses * weights))
