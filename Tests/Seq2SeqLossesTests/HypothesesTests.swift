import Foundation
import Seq2SeqLosses
import TestSupport
import Testing

/// Many label sequences against the same logits are the same as one at a time, to the rounding of the
/// faster kernels that do one at a time: Float numerators.
@Suite struct HypothesesTests {
  let layout: LogitsLayout
  let logits: [Float]
  // The third of the first sample is infeasible; the second sample has none.
  let hypotheses: [LabelBatch] = [[[1, 2], [], [1, 1, 1, 1, 1, 1]], [], [[3], [3]]]

  init() throws {
    layout = try LogitsLayout(batch: 3, time: 6, vocabulary: 4, lengths: [6, 4, 5])
    var generator = SeededGenerator(seed: 4)
    logits = generator.normals(72).map { Float($0) }
  }

  @Test(arguments: EdgeTests.all, [1, 2]) func equalOneAtATime(
    _ ctc: CTCLoss, _ threads: Int
  ) throws {
    var ctc = ctc
    ctc.threads = threads
    let losses = try ctc.hypothesisLosses(logits, layout: layout, hypotheses: hypotheses)
    let each = try ctc.hypothesisLossesAndGradients(
      logits, layout: layout, hypotheses: hypotheses)
    #expect(each.losses == losses && losses.map(\.count) == [3, 0, 2])
    let weights = [[0.5, -2, 3], [], [1, 0.25]]
    let weighted = try ctc.hypothesisLossesAndWeightedGradient(
      logits, layout: layout, hypotheses: hypotheses, weights: weights)
    #expect(weighted.losses == losses)
    var sums = [Double](repeating: 0, count: 72)
    var row = 0
    for sample in 0..<3 {
      let one = try LogitsLayout(
        batch: 1, time: 6, vocabulary: 4, strides: (24, 4, 1), offset: sample * 24,
        lengths: [layout.lengths[sample]])
      for index in 0..<hypotheses[sample].count {
        let (loss, gradient) = try ctc.lossesAndGradient(
          logits, layout: one, labels: [Array(hypotheses[sample][index])])
        #expect(loss[0] == losses[sample][index] || abs(loss[0] - losses[sample][index]) < 1e-6)
        let own = gradient[sample * 24..<(sample + 1) * 24]
        for (entry, other) in zip(own, each.gradients[row * 24..<(row + 1) * 24]) {
          #expect(abs(entry - other) < 1e-6)
        }
        for (place, entry) in own.enumerated() {
          sums[sample * 24 + place] += weights[sample][index] * Double(entry)
        }
        row += 1
      }
    }
    for (entry, sum) in zip(weighted.gradient, sums) {
      // Weights of up to three, times the above.
      #expect(abs(Double(entry) - sum) < 4e-6)
    }
  }

  @Test func bestOfAllSequencesSumsToOne() throws {
    // All label sequences that fit in six frames: their probabilities sum to one.
    let one = try LogitsLayout(batch: 1, time: 4, vocabulary: 3)
    for topology in CTCTopology.allCases {
      let sequences = topology.labellings(upTo: 4, vocabulary: 3)
      let losses = try CTCLoss(topology: topology).hypothesisLosses(
        Array(logits.prefix(12)), layout: one, hypotheses: [LabelBatch(sequences)])[0]
      #expect(abs(losses.reduce(0) { $0 + exp(-$1) } - 1) < 1e-14)
    }
  }
}
