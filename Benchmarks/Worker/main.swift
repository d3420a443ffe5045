// Times one call at a time for `peers.py`, so that ours and the peers' can be interleaved.
//
// A line on standard input is "QUANTITY TOPOLOGY LOGITS.npy LABELS.npy"; the answer is a line
// "SECONDS SUM_OF_LOSSES". The arrays are read before the clock starts.

import Foundation
import Seq2SeqLosses
import TensorFiles

let clock = ContinuousClock()

func answer(_ words: [Substring]) throws -> String {
  let tensor = try NPYFile.read(String(words[2]))
  let logits = try tensor.withElements(as: Float.self) { elements in
    elements.indices.map { elements[$0] }
  }
  let layout = try LogitsLayout(
    batch: tensor.shape[0], time: tensor.shape[1], vocabulary: tensor.shape[2])
  let labelTensor = try NPYFile.read(String(words[3]))
  let labels = try LabelBatch(
    padded: try labelTensor.integers(), width: labelTensor.shape[1],
    lengths: [Int](repeating: labelTensor.shape[1], count: labelTensor.shape[0]))
  let ctc = CTCLoss(topology: CTCTopology(rawValue: String(words[1])) ?? .classic, threads: 1)
  let losses = try ctc.losses(logits, layout: layout, labels: labels)
  let duration: Duration =
    switch words[0] {
    case "loss":
      try clock.measure { _ = try ctc.losses(logits, layout: layout, labels: labels) }
    case "gradient":
      try clock.measure { _ = try ctc.lossesAndGradient(logits, layout: layout, labels: labels) }
    case "hvp":
      try clock.measure {
        _ = try ctc.hessianVectorProduct(logits, layout: layout, labels: labels, vector: logits)
      }
    default:
      try clock.measure { _ = try ctc.hessian(logits, layout: layout, labels: labels) }
    }
  return "\(duration / .seconds(1)) \(losses.reduce(0, +))"
}

while let line = readLine() {
  print(try answer(line.split(separator: " ")))
  // The script waits for each answer.
  fflush(nil)
}
