import Foundation
import Seq2SeqLosses
import TestSupport
import Testing

/// The loss's variants against their definitions over all paths, written out and differentiated in the widest type.
@Suite struct LossVariantTests {
  /// The definitions.
  enum Variant: CaseIterable, PathFunction {
    case entropy, entropyRegularized, pathRisk, priors, focal, smoothing

    static let logPriors = [-0.2, -1.5, -3, -2.5]
    static let costs = (0..<16).map { Double($0 * $0 % 7) - 2 }

    func value<Scalar: DifferentiableScalar>(
      _ paths: [(tokens: [Int], logProbability: Scalar)], _ logProbabilities: [[Scalar]]
    ) -> Scalar {
      func constant(_ value: Double) -> Scalar { Scalar(constant: WideFloat(value)) }
      let weights = paths.map { $0.logProbability.exponential() }
      let total = weights.reduce(.zero, +)
      let loss = Scalar.zero - total.logarithm()
      func mean(_ value: (Int) -> Scalar) -> Scalar {
        paths.indices.reduce(.zero) { $0 + weights[$1] / total * value($1) }
      }
      let entropy = Scalar.zero - mean { (weights[$0] / total).logarithm() }
      switch self {
      case .entropy: return entropy
      case .entropyRegularized: return loss - constant(0.2) * entropy
      case .pathRisk:
        return mean { path in
          constant(
            paths[path].tokens.enumerated().reduce(0) {
              $0 + Self.costs[$1.offset * 4 + $1.element]
            })
        }
      case .priors:
        return .zero
          - paths.map { path in
            (path.logProbability
              - constant(path.tokens.reduce(0) { $0 + 0.3 * Self.logPriors[$1] })).exponential()
          }.reduce(.zero, +).logarithm()
      case .focal:
        let missing = constant(1) - total
        return missing * missing * loss
      case .smoothing:
        let divergence = logProbabilities.map { row in
          constant(-Foundation.log(4.0)) - constant(0.25) * row.reduce(.zero, +)
        }.reduce(.zero, +)
        return constant(0.9) * loss + constant(0.1) * divergence
      }
    }

    func compute<Element: LogitElement>(
      _ ctc: CTCLoss, _ logits: [Element], _ layout: LogitsLayout, _ labels: LabelBatch
    ) throws -> (values: [Double], gradient: [Element]) {
      switch self {
      case .entropy: try ctc.entropiesAndGradient(logits, layout: layout, labels: labels)
      case .entropyRegularized:
        try ctc.entropyRegularizedLossesAndGradient(
          logits, layout: layout, labels: labels, entropyWeight: 0.2)
      case .pathRisk:
        try ctc.pathRisksAndGradient(
          logits, layout: layout, labels: labels,
          costs: (0..<logits.count).map { Element(nearest: Self.costs[$0 % 16]) })
      case .priors:
        try ctc.priorCorrectedLossesAndGradient(
          logits, layout: layout, labels: labels, logPriors: Self.logPriors, scale: 0.3)
      case .focal:
        try ctc.focalLossesAndGradient(logits, layout: layout, labels: labels, focus: 2)
      case .smoothing:
        try ctc.smoothedLossesAndGradient(
          logits, layout: layout, labels: labels, smoothing: 0.1)
      }
    }
  }

  @Test(arguments: Variant.allCases, EdgeTests.all) func equalDefinition(
    _ variant: Variant, _ ctc: CTCLoss
  ) throws {
    let sequences = ctc.topology.hasBlank ? [[1, 2], [], [2, 2]] : [[1, 2], [2], [2, 0]]
    for (seed, labels) in sequences.enumerated() {
      var generator = SeededGenerator(seed: seed)
      // Below 1, so that log-probabilities that are no such leave 1 - p alone.
      let scores = generator.normals(16, scale: 1.5).map { $0 - 2 }
      let truth = variant.valueAndGradient(
        CTCProblem(
          scores: scores, frames: 4, vocabulary: 4, labels: labels, blank: ctc.blank,
          rule: ctc.topology.rule,
          contract: ctc.inputs == .logits ? .logits : .logProbabilities))
      let layout = try LogitsLayout(batch: 1, time: 4, vocabulary: 4)
      let (values, gradient) = try variant.compute(ctc, scores, layout, [labels])
      // Tens of roundings of numbers of order ten.
      #expect(abs(values[0] - Double(truth.value)) < 1e-13)
      for (entry, exact) in zip(gradient, truth.gradient) {
        #expect(abs(entry - Double(exact)) < 1e-13)
      }
      let (narrow, slopes) = try variant.compute(ctc, scores.map { Float($0) }, layout, [labels])
      #expect(abs(narrow[0] - values[0]) < 1e-5)
      for (entry, exact) in zip(slopes, gradient) { #expect(abs(Double(entry) - exact) < 1e-5) }
    }
  }

  @Test(arguments: Variant.allCases) func edges(_ variant: Variant) throws {
    // Of 7 frames three are valid; the third sample has too many labels, the second NaN.
    let layout = try LogitsLayout(batch: 3, time: 5, vocabulary: 4, lengths: [3, 3, 2])
    var logits = (0..<60).map { Double($0 * $0 % 11) / 4 }
    logits[20 + 7] = .nan
    logits[12] = .nan
    let (values, gradient) = try variant.compute(
      CTCLoss(threads: 2), logits, layout, [[1], [1], [1, 1]])
    #expect(values[0].isFinite && gradient[..<12].allSatisfy(\.isFinite))
    #expect(gradient[..<12].contains { $0 != 0 } && gradient[12..<20].allSatisfy { $0 == 0 })
    #expect(values[1].isNaN && gradient[20..<32].allSatisfy(\.isNaN))
    #expect(gradient[32..<40].allSatisfy { $0 == 0 } && gradient[48...].allSatisfy { $0 == 0 })
    switch variant {
    case .entropy, .pathRisk: #expect(values[2].isNaN && gradient[40..<48].allSatisfy { $0 == 0 })
    case .smoothing:
      #expect(values[2] == .infinity && gradient[40..<48].contains { $0 != 0 })
    default: #expect(values[2] == .infinity && gradient[40..<48].allSatisfy { $0 == 0 })
    }
    let one = try variant.compute(CTCLoss(threads: 1), logits, layout, [[1], [1], [1, 1]])
    #expect(one.gradient[..<20] == gradient[..<20] && one.values[0] == values[0])
  }

  @Test func neutralParametersGiveTheLoss() throws {
    var generator = SeededGenerator(seed: 9)
    let logits = generator.normals(40)
    let layout = try LogitsLayout(batch: 2, time: 5, vocabulary: 4)
    let labels: LabelBatch = [[1, 2], [3]]
    let ctc = CTCLoss()
    let plain = try ctc.lossesAndGradient(logits, layout: layout, labels: labels)
    for variant in [
      try ctc.focalLossesAndGradient(logits, layout: layout, labels: labels, focus: 0),
      try ctc.smoothedLossesAndGradient(logits, layout: layout, labels: labels, smoothing: 0),
      try ctc.entropyRegularizedLossesAndGradient(
        logits, layout: layout, labels: labels, entropyWeight: 0),
      try ctc.priorCorrectedLossesAndGradient(
        logits, layout: layout, labels: labels, logPriors: [0, 0, 0, 0]),
    ] {
      for (value, loss) in zip(variant.values, plain.losses) { #expect(abs(value - loss) < 1e-14) }
      for (entry, other) in zip(variant.gradient, plain.gradient) {
        #expect(abs(entry - other) < 1e-14)
      }
    }
    // A sample that is learnt to the last digit.
    let (values, gradient) = try ctc.focalLossesAndGradient(
      [100, 0, 0] as [Double], layout: LogitsLayout(batch: 1, time: 1, vocabulary: 3), labels: [[]],
      focus: 0.5)
    #expect(values == [0] && gradient.allSatisfy { $0 == 0 || abs($0) < 1e-40 })
  }

  @Test func badInput() throws {
    let layout = try LogitsLayout(batch: 1, time: 2, vocabulary: 3)
    let logits = [Float](repeating: 0, count: 6)
    let labels: LabelBatch = [[1]]
    func problem(_ body: () throws -> Void) -> String? {
      do { try body() } catch { return "\(error)" }
      return nil
    }
    let ctc = CTCLoss()
    #expect(
      problem {
        _ = try ctc.focalLossesAndGradient(logits, layout: layout, labels: labels, focus: -1)
      } == "focus: -1.0 is not a finite number of 0 or more")
    #expect(
      problem {
        _ = try ctc.smoothedLossesAndGradient(
          logits, layout: layout, labels: labels, smoothing: 1.5)
      } == "smoothing: 1.5 is outside 0...1")
    #expect(
      problem {
        _ = try ctc.priorCorrectedLossesAndGradient(
          logits, layout: layout, labels: labels, logPriors: [0, -.infinity, 0])
      } == "logPriors, position 1: -inf is not finite")
    #expect(
      problem {
        _ = try ctc.priorCorrectedLossesAndGradient(
          logits, layout: layout, labels: labels, logPriors: [0, 0])
      } == "logPriors: 2 elements where 3 are needed")
    #expect(
      problem {
        _ = try ctc.entropyRegularizedLossesAndGradient(
          logits, layout: layout, labels: labels, entropyWeight: .nan)
      } == "entropyWeight: nan is not finite")
    #expect(
      problem {
        _ = try ctc.pathRisksAndGradient(logits, layout: layout, labels: labels, costs: [1, 2])
      } == "costs: 2 elements where [1, 2, 3] needs 6")
  }
}
