import ErrorRates
import MinimumRisk
import Seq2SeqDecoding
import Seq2SeqLosses
import TestSupport
import Testing

/// From logits and references to the expected number of errors.
@Suite struct EditRiskTests {
  func risk(count: Int, includesReference: Bool = false) throws -> EditRisk {
    var search = BeamSearchOptions()
    (search.hypothesisCount, search.beamWidth, search.findsSpans) = (count, 64, false)
    (search.beamThreshold, search.tokenPruneThreshold) = (.infinity, .infinity)
    return EditRisk(
      try BeamSearchDecoder(TokenVocabulary(count: 3), options: search),
      options: ExpectedRisk(baseline: .none), includesReference: includesReference)
  }

  /// If every sequence is found, the value is the mean distance over all paths.
  @Test func ofAllSequencesIsExact() throws {
    var generator = SeededGenerator(seed: 1)
    let logits = generator.normals(12, scale: 2)
    let layout = try LogitsLayout(batch: 1, time: 4, vocabulary: 3)
    let (values, gradient) = try risk(count: 64).valuesAndGradient(
      logits, layout: layout, references: [[1, 2]])
    let sequences = (0...4).flatMap { length in
      (0..<(1 << length)).map { code in (0..<length).map { 1 + (code >> $0) & 1 } }
    }
    let truth = ExpectedRiskAutodiff(
      CTCProblem(scores: logits, frames: 4, vocabulary: 3, labels: [], blank: 0),
      hypotheses: sequences, risks: sequences.map { Double(editDistance([1, 2], $0)) })
    #expect(abs(values[0] - Double(truth.value)) < 1e-13)
    for (entry, exact) in zip(gradient, truth.gradient) {
      #expect(abs(entry - Double(exact)) < 1e-13)
    }
  }

  @Test func stepsDownTheGradientHelp() throws {
    var generator = SeededGenerator(seed: 6)
    let layout = try LogitsLayout(batch: 2, time: 8, vocabulary: 3, lengths: [8, 6])
    var logits = generator.normals(48).map { Float($0) }
    let references: LabelBatch = [[1, 2, 1], [2, 2]]
    let risk = try risk(count: 16, includesReference: true)
    var first: Double?
    var last = 0.0
    for _ in 0..<40 {
      let (values, gradient) = try risk.valuesAndGradient(
        logits, layout: layout, references: references)
      last = values.reduce(0, +)
      first = first ?? last
      for index in logits.indices { logits[index] -= 2 * gradient[index] }
    }
    #expect(last < 0.2 * (first ?? 0))
  }

  @Test func choices() throws {
    var generator = SeededGenerator(seed: 8)
    let logits = generator.normals(15)
    let layout = try LogitsLayout(batch: 1, time: 5, vocabulary: 3)
    let found = try risk(count: 2, includesReference: true).hypotheses(
      logits.span, layout: layout, references: [[2, 2, 2]])
    #expect(found.hypotheses[0].count == 3 && found.risks[0][2] == 0)
    let own = try risk(count: 2).hypotheses(
      logits.span, layout: layout, references: [[1]]
    ) { Double($1.tokens.count - $0.count) }
    #expect(own.risks[0][0] == Double(own.hypotheses[0][0].count - 1))
    #expect(throws: InputError("labels", sample: 0, position: 0, "3 is outside 0..<3")) {
      _ = try risk(count: 2).valuesAndGradient(logits, layout: layout, references: [[3]])
    }
    var values = [0.0]
    var gradient = [Double](repeating: 0, count: 15)
    var valueSpan = values.mutableSpan
    var gradientSpan = gradient.mutableSpan
    try CTCLoss().sampledEditRisksAndGradient(
      logits.span, layout: layout, references: [[1]], count: 50, seed: 0, into: &valueSpan,
      gradient: &gradientSpan)
    #expect(values[0] > 0 && gradient.contains { $0 != 0 })
  }
}
