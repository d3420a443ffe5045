"""Makes the models and the expected scores of the tests, by KenLM's own tools.

pip install kenlm; python Tests/NGramModelsTests/make_fixtures.py LMPLZ BUILD_BINARY

The text is the preamble and the first article's beginning of the constitution of the United States, which
is in the public domain.
"""

import gzip
import pathlib
import random
import subprocess
import sys

import kenlm

TEXT = """
we the people of the united states in order to form a more perfect union establish justice
insure domestic tranquility provide for the common defence promote the general welfare and
secure the blessings of liberty to ourselves and our posterity do ordain and establish this
constitution for the united states of america
all legislative powers herein granted shall be vested in a congress of the united states which
shall consist of a senate and house of representatives
the house of representatives shall be composed of members chosen every second year by the people
of the several states
no person shall be a representative who shall not have attained to the age of twenty five years
the senate of the united states shall be composed of two senators from each state
each house shall be the judge of the elections returns and qualifications of its own members
"""

lmplz, build_binary = sys.argv[1:]
folder = pathlib.Path(__file__).parent / "Fixtures"
folder.mkdir(exist_ok=True)
arpa = folder / "small.arpa"
subprocess.run(
    [lmplz, "-o", "4", "--discount_fallback", "--arpa", str(arpa)],
    input=TEXT.strip() + "\n", text=True, check=True, capture_output=True,
)
gzip_path = folder / "small.arpa.gz"
gzip_path.write_bytes(gzip.compress(arpa.read_bytes(), mtime=0))
for name, options in (
    ("probing", ["probing"]), ("trie", ["trie"]), ("quantized", ["-q", "6", "-b", "5", "trie"]),
    ("array", ["-a", "22", "trie"]), ("quantized-array", ["-q", "6", "-b", "5", "-a", "22", "trie"]),
):
    subprocess.run(
        [build_binary, *options, str(arpa), str(folder / f"small.{name}")],
        check=True, capture_output=True,
    )

random.seed(5)
words = TEXT.split()
sentences = []
for _ in range(2500):
    sentence = []
    while len(sentence) < random.randrange(1, 14):
        start = random.randrange(len(words))
        sentence += words[start : start + random.randrange(1, 5)]
        if random.random() < 0.2:
            sentence.append("xyzzy")
    sentences.append(" ".join(sentence))
models = [kenlm.Model(str(folder / f"small.{name}")) for name in ("arpa", "quantized")]
with open(folder / "scores.tsv", "w") as file:
    for sentence in sentences:
        scores = [repr(model.score(sentence)) for model in models]
        scores.append(repr(models[0].score(sentence, bos=False, eos=False)))
        print(sentence, *scores, sep="\t", file=file)
