"""Measures how well the confidences of tokens are calibrated on real posteriors.

    pip install ./python numpy rapidfuzz
    python Benchmarks/confidence.py --data DIR

DIR is the same as for decoders.py. A token is right if the alignment with the transcript matches it. The script
prints the percentage of right tokens, the expected calibration error (10 bins of equally many tokens; Guo et al.
2017, arXiv 1706.04599), and the probability that a right token has a higher confidence than a wrong one (AUC).
"""

import argparse
import json
import pathlib

import numpy as np
import rapidfuzz.distance.Levenshtein as levenshtein

import swift_seq2seq_losses as s2s


def correctness(hypothesis, reference):
    right = np.zeros(len(hypothesis), bool)
    for code in levenshtein.opcodes(hypothesis, reference):
        if code.tag == "equal":
            right[code.src_start : code.src_end] = True
    return right


def calibration_error(confidence, right, bins=10):
    order = np.argsort(confidence, kind="stable")
    parts = np.array_split(order, bins)
    return sum(len(p) * abs(confidence[p].mean() - right[p].mean()) for p in parts if len(p)) / len(order)


def area(confidence, right):
    ranks = np.argsort(np.argsort(confidence, kind="stable"), kind="stable") + 1
    positive, negative = right.sum(), (~right).sum()
    if not positive or not negative:
        return float("nan")
    return (ranks[right].sum() - positive * (positive + 1) / 2) / (positive * negative)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=pathlib.Path, required=True)
    data = parser.parse_args().data
    print("| set | confidence | tokens | right % | mean % | calibration error % | AUC |")
    print("|---|---|---|---|---|---|---|")
    for name in ("ocr_latin", "ocr_scan", "speech_phones", "nanopore"):
        manifest = json.loads((data / name / "manifest.json").read_text())
        values = np.load(data / name / "logprobs.npy")
        for measure in ("largest", "mean", "entropy"):
            decoder = s2s.BeamSearchDecoder(
                len(manifest["vocab"]), blank=manifest["blank"], confidence=measure
            )
            confidence, right = [], []
            for item in manifest["items"]:
                best = decoder.decode(values[item["offset"] : item["offset"] + item["frames"]])[0]
                confidence += [span.confidence for span in best.spans]
                right += list(correctness(list(best.tokens), list(item["target"])))
            confidence, right = np.array(confidence), np.array(right)
            print(
                f"| {name} | {measure} | {len(right)} | {100 * right.mean():.1f} | {100 * confidence.mean():.1f} "
                f"| {100 * calibration_error(confidence, right):.1f} | {area(confidence, right):.3f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
