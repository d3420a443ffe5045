"""What decoders find."""

from __future__ import annotations

from typing import NamedTuple


class Span(NamedTuple):
    """Where a token is: frames `start` up to, not including, `end`."""

    token: int
    start: int
    end: int
    log_probability: float
    """The sum of its log-probabilities over these frames."""
    confidence: float


class Word(NamedTuple):
    """A word: its frames, and its tokens `tokens[0]` up to, not including, `tokens[1]`.

    Of hypotheses without spans the numbers behind are 0.
    """

    text: str
    tokens: tuple[int, int]
    start: int
    end: int
    log_probability: float
    confidence: float


class Hypothesis(NamedTuple):
    """A labelling that a decoder proposes; scores are natural logarithms."""

    tokens: list[int]
    text: str
    spans: list[Span]
    words: list[Word]
    acoustic_score: float
    """The log-probability of the tokens by the posteriors."""
    language_score: float
    """What the language model adds, weighted, with bonuses and penalties."""
    bias_score: float
    """What hotwords add."""
    is_complete: bool
    """Whether the last word is whole."""

    @property
    def score(self) -> float:
        """The sum of the three scores."""
        return self.acoustic_score + self.language_score + self.bias_score


def read_hypotheses(result: tuple[list[int], list[float], bytes]) -> list[list[Hypothesis]]:
    """The hypotheses of each sample, as the C header describes them."""
    integers, numbers, text = result
    at = number = byte = 0
    samples = []

    def take(count: int) -> list[int]:
        nonlocal at
        at += count
        return integers[at - count : at]

    def take_text(count: int) -> str:
        nonlocal byte
        byte += count
        return text[byte - count : byte].decode()

    while at < len(integers):
        hypotheses = []
        for _ in range(take(1)[0]):
            token_count, spans, words, length, is_complete = take(5)
            tokens = take(token_count)
            frames = take(2 * spans)
            acoustic, language, bias = numbers[number : number + 3]
            number += 3
            found = []
            for index in range(spans):
                found.append(
                    Span(tokens[index], *frames[2 * index : 2 * index + 2], *numbers[number : number + 2])
                )
                number += 2
            whole = take_text(length)
            parts = []
            for _ in range(words):
                size, first, last, start, end = take(5)
                parts.append(
                    Word(take_text(size), (first, last), start, end, *numbers[number : number + 2])
                )
                number += 2
            hypotheses.append(
                Hypothesis(tokens, whole, found, parts, acoustic, language, bias, bool(is_complete))
            )
        samples.append(hypotheses)
    return samples
