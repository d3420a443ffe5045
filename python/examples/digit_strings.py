"""Random strings of real handwritten digits, composed as in the project's demo."""

import pathlib
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

RESOURCES = pathlib.Path(__file__).resolve().parents[2] / "Sources" / "DigitStrings" / "Resources"
VOCABULARY = 11
"""The ten digits and the blank."""
BLANK = 10
SIZE = 8
"""The number of rows and of columns of a digit's image."""


class Batch(NamedTuple):
    """A batch of strings, padded to the longest."""

    images: np.ndarray
    """`[batch, columns, 8]`, 0 for paper to 1 for ink."""
    columns: np.ndarray
    """`[batch]`: the number of columns of each string."""
    digits: np.ndarray
    """`[batch, width]`: the digits of each string, padded with 0."""
    lengths: np.ndarray
    """`[batch]`: the number of digits of each string."""


class DigitStrings:
    """Random strings of images that are in the training part, or that are held out."""

    def __init__(self, held_out: bool):
        images = np.load(RESOURCES / "glyphs.npy").reshape(-1, SIZE, SIZE)
        digits = np.load(RESOURCES / "labels.npy")
        # Every fifth image is held out, as in the demo.
        chosen = (np.arange(len(digits)) % 5 == 0) == held_out
        self.images = images[chosen].transpose(0, 2, 1).astype(np.float32) / 16
        self.digits = digits[chosen].astype(np.int64)
        self.is_augmented = not held_out

    def batches(self, seed: int, size: int) -> Iterator[Batch]:
        """Batches without end, which follow from the seed."""
        random = np.random.default_rng(seed)
        while True:
            strings = [self._string(random) for _ in range(size)]
            columns = np.array([len(image) for image, _ in strings])
            lengths = np.array([len(digits) for _, digits in strings])
            images = np.zeros((size, columns.max(), SIZE), dtype=np.float32)
            digits = np.zeros((size, lengths.max()), dtype=np.int64)
            for row, (image, labels) in enumerate(strings):
                images[row, : len(image)] = image
                digits[row, : len(labels)] = labels
            yield Batch(images, columns, digits, lengths)

    def _string(self, random: np.random.Generator):
        chosen = random.integers(len(self.digits), size=random.integers(3, 11))
        parts = [np.zeros((random.integers(4), SIZE), dtype=np.float32)]
        for index in chosen:
            strength = random.uniform(0.75, 1.1) if self.is_augmented else 1
            parts += [
                strength * self.images[index],
                np.zeros((random.integers(4), SIZE), dtype=np.float32),
            ]
        image = np.concatenate(parts)
        if self.is_augmented:
            image = image + random.uniform(-0.25, 0.25, size=image.shape)
        return np.clip(image, 0, 1).astype(np.float32), self.digits[chosen]


def character_errors(logits: np.ndarray, batch: Batch) -> int:
    """The edit distances of the greedy readings of `[batch, columns, vocabulary]`, added up."""
    errors = 0
    for row, best in enumerate(logits.argmax(axis=2)):
        best = best[: batch.columns[row]]
        changes = best[np.diff(best, prepend=-1) != 0]
        reading: list[int] = [int(token) for token in changes if token != BLANK]
        errors += _edit_distance(reading, batch.digits[row, : batch.lengths[row]].tolist())
    return errors


def _edit_distance(first: list[int], second: list[int]) -> int:
    row = list(range(len(second) + 1))
    for index, token in enumerate(first, 1):
        diagonal, row[0] = row[0], index
        for column, other in enumerate(second, 1):
            diagonal, row[column] = row[column], min(
                row[column] + 1, row[column - 1] + 1, diagonal + (token != other)
            )
    return row[-1]
