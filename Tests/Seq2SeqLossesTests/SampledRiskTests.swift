import Foundation
import Seq2SeqLosses
import TestSupport
import Testing

/// Draws from the model, and the risk that they estimate, against the enumerated truth.
@Suite struct SampledRiskTests {
  static let (time, vocabulary) = (3, 3)
  static let draws = 4000

  static func risk(_ labels: [Int]) -> Double {
    Double(labels.count * labels.count) + (labels.first == 2 ? -3 : 0.5)
  }

  /// Thousands of samples that share their logits, each with draws of its own.
  @Test(arguments: CTCTopology.allCases) func meansAreTheTruth(_ topology: CTCTopology) throws {
    let (time, vocabulary) = (Self.time, Self.vocabulary)
    var generator = SeededGenerator(seed: 2)
    let logits = generator.normals(time * vocabulary)
    let sequences = topology.labellings(upTo: time, vocabulary: vocabulary)
    let truth = ExpectedRiskAutodiff(
      CTCProblem(
        scores: logits, frames: time, vocabulary: vocabulary, labels: [], blank: 0,
        rule: topology.rule),
      hypotheses: sequences, risks: sequences.map(Self.risk))
    let layout = try LogitsLayout(
      batch: Self.draws, time: time, vocabulary: vocabulary, strides: (0, vocabulary, 1))
    let dense = try LogitsLayout(batch: Self.draws, time: time, vocabulary: vocabulary)
    let ctc = CTCLoss(topology: topology, threads: 2)
    var values = [Double](repeating: 0, count: Self.draws)
    var gradient = [Double](repeating: 0, count: Self.draws * logits.count)
    var valueSpan = values.mutableSpan
    var gradientSpan = gradient.mutableSpan
    try ctc.sampledRisksAndGradient(
      logits.span, layout: layout, count: 5, seed: 7, into: &valueSpan,
      gradient: &gradientSpan, output: GradientOutput(layout: dense), risk: { Self.risk($1) })
    expectMean(values, Double(truth.value))
    for (index, exact) in truth.gradient.enumerated() {
      expectMean(
        (0..<Self.draws).map { gradient[$0 * logits.count + index] }, Double(exact))
    }
    // The frequencies of the sequences, too.
    let drawn = try ctc.sampledHypotheses(logits.span, layout: layout, count: 1, seed: 3)
    let losses = try ctc.hypothesisLosses(
      logits, layout: LogitsLayout(batch: 1, time: time, vocabulary: vocabulary),
      hypotheses: [LabelBatch(sequences)])[0]
    for (labels, loss) in zip(sequences, losses) {
      expectMean(drawn.map { $0[0] == labels ? 1 : 0 }, exp(-loss))
    }
  }

  /// The mean of independent estimates is within five of its standard errors, as measured, of the truth: of tens of
  /// such checks with a fixed seed, one would fail by chance for one seed in fifty thousand.
  func expectMean(_ estimates: [Double], _ truth: Double) {
    let count = Double(estimates.count)
    let mean = estimates.reduce(0, +) / count
    let variance = estimates.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (count - 1)
    // What was never drawn has no variance to be measured: less likely than one in two hundred.
    let slack = variance == 0 ? 0.005 : 5 * (variance / count).squareRoot()
    #expect(abs(mean - truth) <= slack + 1e-15, "\(mean) for \(truth), \(slack)")
  }

  @Test func sameForAnyThreads() throws {
    var generator = SeededGenerator(seed: 4)
    let layout = try LogitsLayout(batch: 3, time: 9, vocabulary: 6, lengths: [9, 0, 5])
    var logits = generator.normals(3 * 54).map { Float($0) }
    logits[2 * 54 + 50] = .nan
    func run(_ threads: Int, seed: UInt64 = 1) throws -> (values: [Double], gradient: [Float]) {
      try CTCLoss(blank: 5, threads: threads).sampledRisksAndGradient(
        logits, layout: layout, count: 8, seed: seed
      ) { Double($1.count + $0) }
    }
    let (one, two, other) = (try run(1), try run(2), try run(1, seed: 2))
    #expect(one.values == two.values && one.gradient == two.gradient)
    #expect(one.gradient != other.gradient && one.values[1] == 1)
    #expect(one.gradient[54..<108].allSatisfy { $0 == 0 })
    // Each frame's derivatives add up to zero.
    for frame in 0..<27 {
      #expect(abs(one.gradient[frame * 6..<frame * 6 + 6].reduce(0, +)) < 1e-6)
    }
    // Equal risks say nothing.
    let flat = try CTCLoss().sampledRisksAndGradient(
      logits, layout: layout, count: 3, seed: 0, risk: { _, _ in 0.1 })
    #expect(flat.gradient.allSatisfy { $0 == 0 } && flat.values == [0.1, 0.1, 0.1])
    logits[0] = .nan
    let broken = try run(2)
    #expect(broken.values[0].isNaN && broken.gradient[..<54].allSatisfy(\.isNaN))
    #expect(broken.values[2] == one.values[2])
    #expect(throws: InputError("count", "1 is less than 2")) {
      _ = try CTCLoss().sampledRisksAndGradient(
        logits, layout: layout, count: 1, seed: 0, risk: { _, _ in 0 })
    }
    #expect(throws: InputError("risk", sample: 1, "nan is not finite")) {
      _ = try CTCLoss().sampledRisksAndGradient(
        logits, layout: layout, count: 2, seed: 0, risk: { sample, _ in sample == 1 ? .nan : 0 })
    }
  }
}
