import TestSupport
import Testing

@testable import Seq2SeqLosses

/// A sample without a loss takes no part in the average of the others.
@Suite struct PredictorAverageTests {
  /// What is wrong with the second of three samples.
  enum Fault: CaseIterable {
    case tooManyLabels, impossibleLabel, encoderNaN, predictorNaN, noFrames
  }

  @Test(arguments: Fault.allCases, [0.25, 1])
  func faultyNeighbor(_ fault: Fault, _ share: Double) throws {
    let (time, positions, vocabulary) = (3, 5, 6)
    var generator = SeededGenerator(seed: 11)
    var encoder = (0..<3 * time * vocabulary).map { _ in Float(generator.normal()) }
    var predictor = (0..<3 * positions * vocabulary).map { _ in Float(generator.normal()) }
    var labels = [[1, 2], [3, 4], [5]]
    var lengths = [3, 3, 2]
    switch fault {
    case .tooManyLabels: labels[1] = [1, 2, 3, 4]
    case .impossibleLabel:
      for frame in 0..<time { encoder[(time + frame) * vocabulary + 3] = -.infinity }
    case .encoderNaN: encoder[time * vocabulary + 2] = .nan
    case .predictorNaN: predictor[(positions + 1) * vocabulary] = .nan
    case .noFrames: lengths[1] = 0
    }
    let loss = AdditiveTransducerLoss(topology: .monotonic, encoderShare: share)
    func rows(_ values: [Float], _ size: Int, _ samples: [Int]) -> [Float] {
      samples.flatMap { values[$0 * size * vocabulary..<($0 + 1) * size * vocabulary] }
    }
    func results(
      _ samples: [Int]
    ) throws -> (losses: [Double], encoder: [Float], predictor: [Float]) {
      let layout = try AdditiveLayout(
        batch: samples.count, time: time, positions: positions, vocabulary: vocabulary,
        lengths: samples.map { lengths[$0] })
      let batch = LabelBatch(samples.map { labels[$0] })
      let (own, others) = (rows(encoder, time, samples), rows(predictor, positions, samples))
      let result = try loss.lossesAndGradients(own, others, layout: layout, labels: batch)
      #expect(
        try loss.losses(own, others, layout: layout, labels: batch).map(\.bitPattern)
          == result.losses.map(\.bitPattern))
      return (result.losses, result.encoderGradient, result.predictorGradient)
    }
    for variant in [KernelVariant.general, KernelVariant.best] {
      try KernelVariant.$forced.withValue(variant) {
        let whole = try results([0, 1, 2])
        let others = try results([0, 2])
        let alone = try results([1])
        #expect([whole.losses[0], whole.losses[2]] == others.losses)
        #expect(rows(whole.encoder, time, [0, 2]) == others.encoder)
        #expect(rows(whole.predictor, positions, [0, 2]) == others.predictor)
        let isNaN = fault == .encoderNaN || (fault == .predictorNaN && share < 1)
        if isNaN {
          #expect(whole.losses[1].isNaN && alone.losses[0].isNaN)
        } else if fault != .predictorNaN {
          #expect(whole.losses[1] == .infinity && alone.losses[0] == .infinity)
          #expect(rows(whole.predictor, positions, [1]).allSatisfy { $0 == 0 })
          #expect(rows(whole.encoder, time, [1]).allSatisfy { $0 == 0 })
        }
      }
    }
  }
}
