"""The results of decoders."""

from __future__ import annotations

from typing import NamedTuple


class Span(NamedTuple):
    """The frames of a token: `start` up to, not including, `end`."""

    token: int
    """The index of the token."""
    start: int
    """The first frame."""
    end: int
    """The frame after the last."""
    log_probability: float
    """The sum of the token's log-probabilities over these frames, in nats."""
    confidence: float
    """0 to 1, by the decoder's option `confidence`."""


class Word(NamedTuple):
    """The frames and tokens of a word. If hypotheses have no spans, `start` and all that follows are 0."""

    text: str
    """The word without separators."""
    tokens: tuple[int, int]
    """The positions of its tokens in the hypothesis: from the first up to, not including, the second."""
    start: int
    """The first frame."""
    end: int
    """The frame after the last."""
    log_probability: float
    """The sum of the log-probabilities of its tokens, in nats."""
    confidence: float
    """0 to 1, by the decoder's option `confidence`."""


class Hypothesis(NamedTuple):
    """A token sequence that a decoder returns, with its text and its scores."""

    tokens: list[int]
    """The indices of the tokens, without blanks."""
    text: str
    """The text of the tokens; "" if the decoder has no labels."""
    spans: list[Span]
    """The frames of each token; empty if not asked for."""
    words: list[Word]
    """The words of the text; empty if the decoder has no labels."""
    acoustic_score: float
    """The log-probability of the tokens given the posteriors, in nats."""
    language_score: float
    """The weighted score of the language model with bonuses and penalties, in nats."""
    bias_score: float
    """The sum of the boosts of the hotwords, in nats."""
    is_complete: bool
    """Whether the last word is complete."""

    @property
    def score(self) -> float:
        """The sum of the three scores, in nats."""
        return self.acoustic_score + self.language_score + self.bias_score


def read_hypotheses(result: tuple[list[int], list[float], bytes]) -> list[list[Hypothesis]]:
    """The hypotheses of each sample, from the form that the C header describes."""
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
