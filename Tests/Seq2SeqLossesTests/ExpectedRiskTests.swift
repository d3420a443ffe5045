import Foundation
import Seq2SeqLosses
import TestSupport
import Testing

/// The expected risk of hypotheses against its definition, differentiated in the widest type.
@Suite struct ExpectedRiskTests {
  static let hypotheses = [[1, 2], [1, 1], [], [2, 1, 2], [1, 2, 1, 2, 1]]
  static let risks = [0, 1.5, -2, 3, 7]

  @Test(arguments: CTCTopology.allCases, CTCInputs.allCases)
  func equalAutodiff(_ topology: CTCTopology, _ inputs: CTCInputs) throws {
    for (seed, scale) in [1, 0.25, 1].enumerated() {
      var generator = SeededGenerator(seed: seed)
      let (time, vocabulary) = (4 + seed, 5)
      let scores = generator.normals(time * vocabulary, scale: 2)
      let vector = generator.normals(scores.count)
      let problem = CTCProblem(
        scores: scores, frames: time, vocabulary: vocabulary, labels: [], blank: 3,
        rule: topology.rule,
        contract: inputs == .logits ? .logits : .logProbabilities)
      let isPlain = seed == 0
      let truth = ExpectedRiskAutodiff(
        problem, hypotheses: Self.hypotheses, risks: Self.risks, scoreScale: scale,
        subtractsMean: !isPlain, reference: isPlain ? nil : ([1, 2, 1], 0.5))
      let ctc = CTCLoss(blank: 3, topology: topology, inputs: inputs)
      let layout = try LogitsLayout(batch: 1, time: time, vocabulary: vocabulary)
      let hypotheses = try HypothesisRisks(
        hypotheses: [LabelBatch(Self.hypotheses)], risks: [Self.risks], references: [[1, 2, 1]])
      let options = ExpectedRisk(
        scoreScale: scale, baseline: isPlain ? .none : .mean,
        referenceWeight: isPlain ? 0 : 0.5)
      let (values, gradient) = try ctc.expectedRisksAndGradient(
        scores, layout: layout, hypotheses: hypotheses, options: options)
      let product = try ctc.expectedRiskHessianVectorProducts(
        scores, layout: layout, hypotheses: hypotheses, options: options, vector: vector)
      // Tens of roundings of losses, risks and directions of order ten.
      #expect(abs(values[0] - Double(truth.value)) < 1e-13)
      for (entry, exact) in zip(gradient, truth.gradient) {
        #expect(abs(entry - Double(exact)) < 1e-13)
      }
      for (entry, exact) in zip(product, truth.hessianVectorProduct(vector)) {
        #expect(abs(entry - Double(exact)) < 1e-12)
      }
      let alone = try ctc.expectedRisks(
        scores, layout: layout, hypotheses: hypotheses, options: options)
      // The kernel without prefixes has other segments, not other sums.
      #expect(abs(alone[0] - values[0]) < 1e-14)
    }
  }

  /// With all sequences as hypotheses the value is the mean, over all paths, of the risk of what they collapse
  /// to.
  @Test(arguments: CTCTopology.allCases) func isTheMeanOverAllPaths(_ topology: CTCTopology) throws
  {
    var generator = SeededGenerator(seed: 11)
    let (time, vocabulary) = (4, 3)
    let logits = generator.normals(time * vocabulary, scale: 2)
    let logProbabilities = logSoftmax(logits, vocabulary: vocabulary)
    let sequences = topology.labellings(upTo: time, vocabulary: vocabulary)
    let risks = sequences.map { _ in generator.normal() }
    var mean: WideFloat = 0
    var total: WideFloat = 0
    for (labels, risk) in zip(sequences, risks) {
      let enumeration = CTCEnumeration(
        logProbabilities, vocabulary: vocabulary, labels: labels, blank: 0,
        rule: topology.rule)
      for path in enumeration.paths {
        mean += exp(path.logProbability) * WideFloat(risk)
        total += exp(path.logProbability)
      }
    }
    #expect(abs(total - 1) < 1e-15)
    let values = try CTCLoss(topology: topology).expectedRisks(
      logits, layout: try LogitsLayout(batch: 1, time: time, vocabulary: vocabulary),
      hypotheses: try HypothesisRisks(hypotheses: [LabelBatch(sequences)], risks: [risks]),
      options: ExpectedRisk(baseline: .none))
    #expect(abs(values[0] - Double(mean)) < 1e-14)
  }

  @Test func differencesOfTheValueAreItsGradient() throws {
    var generator = SeededGenerator(seed: 5)
    let layout = try LogitsLayout(batch: 2, time: 12, vocabulary: 7, lengths: [12, 9])
    let logits = generator.normals(2 * 12 * 7, scale: 2)
    let direction = generator.normals(logits.count)
    let hypotheses = try HypothesisRisks(
      hypotheses: [[[1, 2, 3], [1, 2], [4]], [[5, 5], [6], []]], risks: [[0, 1, 2], [3, 1, 0]])
    let ctc = CTCLoss()
    let slopes = try centralDifference(at: logits, along: direction, step: 1e-4) {
      try ctc.expectedRisks($0, layout: layout, hypotheses: hypotheses)
    }
    let (_, gradient) = try ctc.expectedRisksAndGradient(
      logits, layout: layout, hypotheses: hypotheses)
    for (sample, slope) in slopes.enumerated() {
      let own = (sample * 84..<(sample + 1) * 84).reduce(0) { $0 + gradient[$1] * direction[$1] }
      // 1e-8 of a third derivative of about ten, and 1e-15 / 1e-4.
      #expect(abs(own - slope) < 1e-6)
    }
    let product = try ctc.expectedRiskHessianVectorProducts(
      logits, layout: layout, hypotheses: hypotheses, vector: direction)
    let differences = try centralDifference(at: logits, along: direction, step: 1e-4) {
      try ctc.expectedRisksAndGradient($0, layout: layout, hypotheses: hypotheses).gradient
    }
    for (entry, difference) in zip(product, differences) {
      #expect(abs(entry - difference) < 1e-6)
    }
  }

  /// What is left of the likeliest hypothesis's probability keeps its digits, also where it is 1e-40, wherever in
  /// the list that one is; and hypotheses may be any number of times as likely as the first.
  @Test func smallProbabilitiesKeepTheirDigits() throws {
    let layout = try LogitsLayout(batch: 1, time: 1, vocabulary: 3)
    for (order, gap) in [([1, 2], 100.0), ([2, 1], 100), ([2, 1], 600)] {
      let hypotheses = try HypothesisRisks(
        hypotheses: [LabelBatch(order.map { [$0] })], risks: [order.map { 1e6 + Double($0 - 1) }])
      let (values, gradient) = try CTCLoss().expectedRisksAndGradient(
        [0, gap - 10, -10], layout: layout, hypotheses: hypotheses)
      #expect(abs(values[0] + 0.5) < 1e-9)
      // p₁ p₂ · (1 - 0), p₂ = e^-gap.
      let left = Foundation.exp(-gap)
      for (entry, exact) in zip(gradient, [0, -left, left]) {
        #expect(abs(entry - exact) <= 1e-12 * left)
      }
    }
  }

  @Test func edges() throws {
    let layout = try LogitsLayout(batch: 6, time: 2, vocabulary: 4, lengths: [2, 2, 2, 2, 0, 1])
    var logits = [Double](repeating: 0.5, count: 48)
    for index in logits.indices { logits[index] += Double(index * index % 7) / 10 }
    // NaN in a frame of sample 2, in a token that no hypothesis has; and past the end of sample 5.
    logits[2 * 8 + 3] = .nan
    logits[5 * 8 + 4] = .nan
    // Token 1 is impossible in sample 3.
    logits[3 * 8 + 1] = -.infinity
    logits[3 * 8 + 5] = -.infinity
    let hypotheses = try HypothesisRisks(
      hypotheses: [
        [[1, 2, 1], [1, 1]], [], [[1], [2]], [[1], [2], [1, 2]], [[], [1]], [[1], [2], [1]],
      ],
      risks: [[0, 1], [], [0, 1], [5, 1, 9], [2, 3], [1, 2, 1]],
      references: [[], [1], [1], [1], [], [1]])
    let options = ExpectedRisk(baseline: .none)
    let (values, gradient) = try CTCLoss().expectedRisksAndGradient(
      logits, layout: layout, hypotheses: hypotheses, options: options)
    let product = try CTCLoss().expectedRiskHessianVectorProducts(
      logits, layout: layout, hypotheses: hypotheses, options: options,
      vector: [Double](repeating: 1.5, count: 48))
    // No hypothesis has a path; there is none; NaN; one is left; no frames but an empty one; merged.
    #expect(values[0] == .infinity && values[1] == .infinity && values[2].isNaN)
    #expect(abs(values[3] - 1) < 1e-15 && abs(values[4] - 2) < 1e-15)
    #expect(values[5] > 1 && values[5] < 1.5 + 1e-12)
    for derivatives in [gradient, product] {
      for (index, entry) in derivatives.enumerated() {
        switch index / 8 {
        case 2: #expect(entry.isNaN)
        case 5 where index % 8 < 4: #expect(entry.isFinite)
        default: #expect(abs(entry) < 1e-15)
        }
      }
    }
    // The reference of sample 3 has no path; its hypotheses still have a gradient, that of sample 0 has one.
    let (mixed, sums) = try CTCLoss().expectedRisksAndGradient(
      logits, layout: layout, hypotheses: hypotheses,
      options: ExpectedRisk(referenceWeight: 0.5))
    #expect(mixed[3] == .infinity && mixed[0] == .infinity)
    #expect(sums[..<8].contains { $0 != 0 } && sums.prefix(16).allSatisfy(\.isFinite))
  }

  /// Kernels or the general engine, any element type, any number of threads, any strides.
  @Test(arguments: CTCTopology.allCases) func sameByEveryWay(_ topology: CTCTopology) throws {
    var generator = SeededGenerator(seed: 3)
    let (batch, time, vocabulary) = (3, 20, 30)
    let layout = try LogitsLayout(
      batch: batch, time: time, vocabulary: vocabulary, lengths: [20, 13, 17])
    let logits = generator.normals(batch * time * vocabulary, scale: 3).map { Float($0) }
    let vector = generator.normals(logits.count).map { Float($0) }
    let hypotheses = try HypothesisRisks(
      hypotheses: (0..<batch).map { _ in
        LabelBatch(
          (0..<9).map { _ in (0..<6).map { _ in Int.random(in: 1..<30, using: &generator) } })
      },
      risks: (0..<batch).map { _ in generator.normals(9, scale: 3) },
      references: LabelBatch((0..<batch).map { [1 + 2 * $0, 2, 3] }))
    let options = ExpectedRisk(referenceWeight: 0.25)
    func all(_ ctc: CTCLoss) throws -> ([Double], [Float], [Float]) {
      let (values, gradient) = try ctc.expectedRisksAndGradient(
        logits, layout: layout, hypotheses: hypotheses, options: options)
      let product = try ctc.expectedRiskHessianVectorProducts(
        logits, layout: layout, hypotheses: hypotheses, options: options, vector: vector)
      return (values, gradient, product)
    }
    let one = try all(CTCLoss(topology: topology, threads: 1))
    let two = try all(CTCLoss(topology: topology, threads: 2))
    #expect(one.0 == two.0 && one.1 == two.1 && one.2 == two.2)
    let wide = try CTCLoss(topology: topology).expectedRisksAndGradient(
      logits.map { Double($0) }, layout: layout, hypotheses: hypotheses, options: options)
    let wideProduct = try CTCLoss(topology: topology).expectedRiskHessianVectorProducts(
      logits.map { Double($0) }, layout: layout, hypotheses: hypotheses, options: options,
      vector: vector.map { Double($0) })
    // The kernels' 5e-7 a posterior, times risks of up to ten; the product's times slopes of as much.
    for (entry, exact) in zip(one.0, wide.values) { #expect(abs(entry - exact) < 1e-5) }
    for (entry, exact) in zip(one.1, wide.gradient) {
      #expect(abs(Double(entry) - exact) < 1e-5)
    }
    for (entry, exact) in zip(one.2, wideProduct) {
      #expect(abs(Double(entry) - exact) < 2e-4)
    }
    let general = try KernelVariant.$forced.withValue(.general) {
      try all(CTCLoss(topology: topology))
    }
    for (entry, exact) in zip(general.1, wide.gradient) {
      // One rounding.
      #expect(abs(Double(entry) - exact) < 1e-6)
    }
    // Time-major, through 16 bits.
    let halves = logits.map { BFloat16(nearest: Double($0)) }
    var timeMajor = halves
    for sample in 0..<batch {
      for frame in 0..<time {
        for token in 0..<vocabulary {
          timeMajor[(frame * batch + sample) * vocabulary + token] =
            halves[(sample * time + frame) * vocabulary + token]
        }
      }
    }
    let turned = try LogitsLayout(
      batch: batch, time: time, vocabulary: vocabulary, lengths: [20, 13, 17], timeMajor: true)
    let straight = try CTCLoss(topology: topology).expectedRisksAndGradient(
      halves, layout: layout, hypotheses: hypotheses, options: options)
    let other = try CTCLoss(topology: topology).expectedRisksAndGradient(
      timeMajor, layout: turned, hypotheses: hypotheses, options: options)
    #expect(straight.values == other.values)
    #expect(
      straight.gradient[20 * 30 + 31].widened == other.gradient[(1 * 3 + 1) * 30 + 1].widened)
  }

  @Test func badInput() throws {
    func problem(_ body: () throws -> Void) -> String? {
      do { try body() } catch { return "\(error)" }
      return nil
    }
    #expect(
      problem { _ = try HypothesisRisks(hypotheses: [[[1], [1]]], risks: [[0, 1]]) }
        == "risks, sample 0, position 1: 1.0 for the sequence that has 0.0 at position 0")
    #expect(
      problem { _ = try HypothesisRisks(hypotheses: [[[1], [2]]], risks: [[0, .nan]]) }
        == "risks, sample 0, position 1: nan is not finite")
    #expect(
      problem { _ = try HypothesisRisks(hypotheses: [[[1], [2]]], risks: [[0]]) }
        == "risks, sample 0: 1 risks for 2 hypotheses")
    let layout = try LogitsLayout(batch: 1, time: 2, vocabulary: 3)
    let logits = [Float](repeating: 0, count: 6)
    let good = try HypothesisRisks(hypotheses: [[[1]]], risks: [[0]], references: [[5]])
    #expect(
      problem {
        _ = try CTCLoss().expectedRisks(
          logits, layout: layout, hypotheses: good, options: ExpectedRisk(referenceWeight: 1))
      } == "references, sample 0, position 0: 5 is outside 0..<3")
    let bare = try HypothesisRisks(hypotheses: [[[1]]], risks: [[0]])
    #expect(
      problem {
        _ = try CTCLoss().expectedRisks(
          logits, layout: layout, hypotheses: bare, options: ExpectedRisk(referenceWeight: 1))
      } == "references: none, with a referenceWeight of 1.0")
    #expect(
      problem {
        _ = try CTCLoss().expectedRisks(
          logits, layout: layout, hypotheses: bare, options: ExpectedRisk(scoreScale: .infinity))
      } == "scoreScale: inf is not finite")
    let wrong = try HypothesisRisks(hypotheses: [[[1, 0]]], risks: [[0]])
    #expect(
      problem { _ = try CTCLoss().expectedRisks(logits, layout: layout, hypotheses: wrong) }
        == "hypotheses, sample 0, position 1: 0 is the blank")
  }
}
