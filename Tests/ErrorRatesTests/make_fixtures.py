"""Writes pairs of texts with the numbers that jiwer and rapidfuzz give them.

pip install jiwer rapidfuzz; python Tests/ErrorRatesTests/make_fixtures.py
"""

import pathlib
import random

import jiwer
from rapidfuzz.distance import Levenshtein

random.seed(7)
words = ["a", "the", "stone", "stones", "river", "läuft", "Ω", "日本", "é", "don't", "42"]
lines = []
for number in range(2000):
    reference = [random.choice(words) for _ in range(random.randrange(1, 9 + number // 40))]
    hypothesis = []
    for word in reference:
        chance = random.random()
        if chance < 0.1:
            continue
        if chance < 0.2:
            word = random.choice(words)
        if chance < 0.3:
            hypothesis.append(random.choice(words))
        hypothesis.append(word)
    if number % 50 == 0:
        hypothesis = []
    reference, hypothesis = " ".join(reference), " ".join(hypothesis)
    out = jiwer.process_words(reference, hypothesis)
    chars = jiwer.process_characters(reference, hypothesis)
    numbers = [Levenshtein.distance(reference, hypothesis)]
    for counts in (out, chars):
        numbers += [counts.hits, counts.substitutions, counts.deletions, counts.insertions]
    lines.append("\t".join([reference, hypothesis, *map(str, numbers)]))
path = pathlib.Path(__file__).parent / "Fixtures" / "jiwer.tsv"
path.write_text("\n".join(lines) + "\n")
print(f"{len(lines)} pairs")
