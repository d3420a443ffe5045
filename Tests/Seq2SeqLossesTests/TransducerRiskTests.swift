import Foundation
import Seq2SeqLosses
import TestSupport
import Testing

/// The expected risk of a transducer's hypotheses, from the definition and by differences.
@Suite struct TransducerRiskTests {
  /// Two utterances of three and two hypotheses, rows without padding.
  private struct Case {
    let lists: [[[Int]]] = [[[1, 2], [1], []], [[3, 3, 1], [2]]]
    let risks: [[Double]] = [[0, 1, 2.5], [1, -1]]
    let frames = [4, 4, 4, 3, 3]
    let layout: JoinerLayout
    var logits: [Double] = []

    init(seed: Int) throws {
      var generator = SeededGenerator(seed: seed)
      let labels = lists.flatMap { $0 }
      layout = try JoinerLayout(
        compact: frames, labelCounts: labels.map(\.count), vocabulary: 5)
      for (count, labels) in zip(frames, labels) {
        logits += (0..<count * (labels.count + 1) * 5).map { _ in
          Double.random(in: -2...2, using: &generator)
        }
      }
    }

    func hypotheses(references: LabelBatch? = nil) throws -> HypothesisRisks {
      try HypothesisRisks(
        hypotheses: lists.map { LabelBatch($0) }, risks: risks, references: references)
    }

    /// By the formula.
    func values(_ losses: [Double], _ options: ExpectedRisk, _ references: [Int]) -> [Double] {
      var first = 0
      return risks.enumerated().map { utterance, risks in
        defer { first += risks.count }
        let powers = risks.indices.map { exp(-options.scoreScale * losses[first + $0]) }
        let total = powers.reduce(0, +)
        var value = zip(powers, risks).reduce(0) { $0 + $1.0 * $1.1 } / total
        if options.baseline == .mean { value -= risks.reduce(0, +) / Double(risks.count) }
        return value + options.referenceWeight * losses[first + references[utterance]]
      }
    }
  }

  private let options: [ExpectedRisk] = [
    ExpectedRisk(), ExpectedRisk(scoreScale: 0.5, baseline: .none, referenceWeight: 0.1),
  ]

  @Test(arguments: 0..<4) func definition(_ seed: Int) throws {
    let sample = try Case(seed: seed)
    let labels = LabelBatch(sample.lists.flatMap { $0 })
    let hypotheses = try sample.hypotheses(references: [[1], [3, 3, 1]])
    let loss = TransducerLoss()
    for options in options {
      let losses = try loss.losses(sample.logits, layout: sample.layout, labels: labels)
      let expected = sample.values(losses, options, [1, 0])
      let (values, gradient) = try loss.expectedRisksAndGradient(
        sample.logits, layout: sample.layout, hypotheses: hypotheses, options: options)
      for (value, truth) in zip(values, expected) { #expect(abs(value - truth) < 1e-13) }
      var generator = SeededGenerator(seed: 90 + seed)
      let vector = sample.logits.map { _ in Double.random(in: -1...1, using: &generator) }
      let product = try loss.expectedRiskHessianVectorProducts(
        sample.logits, layout: sample.layout, hypotheses: hypotheses, options: options,
        vector: vector)
      let step = 1e-5
      let sides = try [step, -step].map { step in
        try loss.expectedRisksAndGradient(
          zip(sample.logits, vector).map { $0 + step * $1 }, layout: sample.layout,
          hypotheses: hypotheses, options: options)
      }
      let slope = zip(gradient, vector).reduce(0) { $0 + $1.0 * $1.1 }
      let difference = (sides[0].values.reduce(0, +) - sides[1].values.reduce(0, +)) / (2 * step)
      // Central differences err by step squared, and by rounding / step.
      #expect(abs(slope - difference) < 1e-8)
      for (index, value) in product.enumerated() {
        let difference = (sides[0].gradient[index] - sides[1].gradient[index]) / (2 * step)
        #expect(abs(value - difference) < 1e-8)
      }
    }
  }

  @Test func edges() throws {
    var sample = try Case(seed: 9)
    let hypotheses = try sample.hypotheses()
    // The first hypothesis of the second utterance has no path; one row of the first one is NaN.
    let second = 4 * 3 * 5 + 4 * 2 * 5 + 4 * 5
    for row in 0..<3 * 4 { sample.logits[second + row * 5 + 3] = -.infinity }
    let (values, gradient) = try TransducerLoss().expectedRisksAndGradient(
      sample.logits, layout: sample.layout, hypotheses: hypotheses)
    #expect(values[1] == -1)
    #expect(gradient[second...].allSatisfy { $0 == 0 })
    sample.logits[7] = .nan
    let broken = try TransducerLoss().expectedRisksAndGradient(
      sample.logits, layout: sample.layout, hypotheses: hypotheses)
    #expect(broken.values[0].isNaN && broken.values[1] == -1)
    #expect(broken.gradient[..<second].allSatisfy { $0.isNaN })
    #expect(broken.gradient[second...].allSatisfy { $0 == 0 })
  }

  @Test func mistakes() throws {
    let sample = try Case(seed: 1)
    let twice = try HypothesisRisks(
      hypotheses: [[[1, 2], [1], [1]], [[3, 3, 1], [2]]], risks: [[0, 1, 1], [1, -1]])
    let plain = try sample.hypotheses()
    let unheard = try sample.hypotheses(references: [[4], [2]])
    for (hypotheses, options) in [
      (twice, ExpectedRisk()), (plain, ExpectedRisk(referenceWeight: 1)),
      (unheard, ExpectedRisk(referenceWeight: 1)), (plain, ExpectedRisk(scoreScale: .nan)),
    ] {
      #expect(throws: InputError.self) {
        try TransducerLoss().expectedRisksAndGradient(
          sample.logits, layout: sample.layout, hypotheses: hypotheses, options: options)
      }
    }
  }
}
