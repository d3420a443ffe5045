// Print the expected number of errors of a recognizer, and lower it by gradient steps on its logits.
//
//     swift run MinimumRiskSteps

import Foundation
import MinimumRisk
import Seq2SeqDecoding
import Seq2SeqLosses
import TensorFiles

let folder = "Examples/posteriors/ocr"
let file = try NPYFile.read(folder + ".npy")
let layout = try LogitsLayout(
  batch: file.shape[0], time: file.shape[1], vocabulary: file.shape[2],
  lengths: try NPYFile.read(folder + "-lengths.npy").integers())
var logits = Array(try file.floats())
let labels = LabelBatch(try LabelLines.read(folder + ".jsonl"))

// snippet.show
let search = BeamSearchOptions(hypothesisCount: 16, findsSpans: false)
let risk = EditRisk(
  try BeamSearchDecoder(TokenVocabulary(count: layout.vocabulary), options: search),
  options: ExpectedRisk(baseline: .none))
for step in 0...3 {
  let (errors, gradient) = try risk.valuesAndGradient(logits, layout: layout, references: labels)
  print(step, errors.map { ($0 * 10).rounded() / 10 })
  for index in logits.indices { logits[index] -= 10 * gradient[index] }
}
// snippet.hide
