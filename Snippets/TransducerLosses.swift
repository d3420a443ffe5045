// Compute the losses of several transducer variants and their best alignments from the same logits.
//
//     swift run TransducerLosses

import Foundation
import Seq2SeqLosses

/// A random number generator that is the same on every machine.
struct Noise: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return (state >> 32) | (state << 32)
  }
}

// snippet.show
// Twelve frames, three labels, six tokens: the blank is 0. Each label is likely at some frames.
let (frames, labels, vocabulary) = (12, [3, 1, 4], 6)
var noise = Noise(state: 1)
var logits: [Float] = []
for frame in 0..<frames {
  for position in 0...labels.count {
    var row = (0..<vocabulary).map { _ in Float.random(in: -1...1, using: &noise) }
    row[0] += 3
    if position < labels.count && frame >= 4 * position + 1 { row[labels[position]] += 6 }
    logits += row
  }
}
let layout = try JoinerLayout(
  batch: 1, time: frames, positions: labels.count + 1, vocabulary: vocabulary)

for (name, loss) in [
  ("RNN-T", TransducerLoss()),
  ("one symbol a frame", TransducerLoss(topology: .monotonic)),
  ("multi-blank", TransducerLoss(topology: .multiBlank([5: 2]), underNormalization: 0.05)),
  ("W-transducer", TransducerLoss(wildcard: TransducerWildcard(logWeight: -6))),
] {
  let (losses, gradient) = try loss.lossesAndGradient(logits, layout: layout, labels: [labels])
  let best = try loss.bestAlignments(logits, layout: layout, labels: [labels])[0]
  let steepest = gradient.map(\.magnitude).max() ?? 0
  print(
    name, String(format: "%.3f, steepest %.3f:", losses[0], steepest),
    best.labelSpans.map(\.lowerBound))
}

// Restrict each label to a window of four frames. The entropy tells how certain the alignment is.
let restricted = try layout.restricted(to: [[0..<4, 4..<8, 8..<12]])
let loss = TransducerLoss()
let (losses, gradient) = try loss.lossesAndGradient(
  logits, layout: restricted, labels: [labels])
let entropy = try loss.entropies(logits, layout: restricted, labels: [labels])[0]
let product = try loss.hessianVectorProducts(
  logits, layout: restricted, labels: [labels], vector: gradient)
let curvature = zip(gradient, product).reduce(0) { $0 + $1.0 * $1.1 }
print(String(format: "%.3f, entropy %.3f, curvature %.3f", losses[0], entropy, curvature))
// snippet.hide
