import Seq2SeqLosses
import Testing

/// Bad input of each kind throws an error that names the argument, the sample and the value.
@Suite struct InputErrorTests {
  static func message(_ body: () throws -> Void) -> String {
    do {
      try body()
      return "no error"
    } catch {
      return error is InputError ? "\(error)" : "another error: \(error)"
    }
  }

  @Test func layouts() {
    let cases: [(String, () throws -> Void)] = [
      ("layout: -1 is negative", { _ = try LogitsLayout(batch: -1, time: 2, vocabulary: 3) }),
      ("layout: -2 is negative", { _ = try LogitsLayout(batch: 1, time: -2, vocabulary: 3) }),
      (
        "layout: [2, \(Int.max), 3] is too large",
        { _ = try LogitsLayout(batch: 2, time: .max, vocabulary: 3) }
      ),
      (
        "lengths: 1 lengths for a batch of 2",
        { _ = try LogitsLayout(batch: 2, time: 2, vocabulary: 3, lengths: [2]) }
      ),
      (
        "lengths, sample 1: 3 is outside 0...2",
        { _ = try LogitsLayout(batch: 2, time: 2, vocabulary: 3, lengths: [2, 3]) }
      ),
      (
        "lengths, sample 0: -1 is outside 0...2",
        { _ = try LogitsLayout(batch: 2, time: 2, vocabulary: 3, lengths: [-1, 3]) }
      ),
      (
        "strides: [6, 3, -1] with offset 0 reach -2",
        { _ = try LogitsLayout(batch: 2, time: 2, vocabulary: 3, strides: (6, 3, -1)) }
      ),
      (
        "strides: \(Int.max) for an axis of 3 overflows",
        { _ = try LogitsLayout(batch: 3, time: 2, vocabulary: 3, strides: (.max, 3, 1)) }
      ),
      (
        "strides: \(Int.min) for an axis of 2 overflows",
        {
          _ = try LogitsLayout(
            batch: 2, time: 2, vocabulary: 3, strides: (.min, 3, 1), offset: -1)
        }
      ),
      (
        "strides: [1, 1, -1] with offset \(Int.max) reach \(Int.max)",
        {
          _ = try LogitsLayout(
            batch: 1, time: 1, vocabulary: 2, strides: (1, 1, -1), offset: .max)
        }
      ),
      (
        "strides: 3 frames with a stride of 0",
        { _ = try LogitsLayout(batch: 1, time: 3, vocabulary: 3, strides: (9, 0, 1)) }
      ),
      (
        "vocabulary: \(Int.max) is more than 16777216",
        { _ = try LogitsLayout(batch: 1, time: 0, vocabulary: .max) }
      ),
      (
        "time: \(Int.max) is more than 2147483647",
        { _ = try LogitsLayout(batch: 1, time: .max, vocabulary: 1) }
      ),
      (
        "batch: \(Int.max) is more than 1048576",
        { _ = try LogitsLayout(batch: .max, time: 0, vocabulary: 3) }
      ),
    ]
    for (expected, body) in cases { #expect(Self.message(body) == expected) }
  }

  @Test func labelBatches() {
    let cases: [(String, () throws -> Void)] = [
      (
        "labelLengths, sample 1: -1 is negative or past the end of 3 labels",
        { _ = try LabelBatch(concatenated: [1, 2, 3], lengths: [2, -1]) }
      ),
      (
        "labelLengths, sample 1: \(Int.max) is negative or past the end of 3 labels",
        { _ = try LabelBatch(concatenated: [1, 2, 3], lengths: [2, .max]) }
      ),
      (
        "labelLengths: they add up to 2 of 3 labels",
        { _ = try LabelBatch(concatenated: [1, 2, 3], lengths: [2]) }
      ),
      (
        "labels, sample 1, position 0: 18446744073709551615 is too large",
        { _ = try LabelBatch(concatenated: [1, UInt64.max] as [UInt64], lengths: [1, 1]) }
      ),
      (
        "labels: 3 values where [2, 2] has 4",
        { _ = try LabelBatch(padded: [1, 2, 3], width: 2, lengths: [1, 1]) }
      ),
      (
        "labelLengths, sample 1: 3 is outside 0...2",
        { _ = try LabelBatch(padded: [1, 2, 3, 4], width: 2, lengths: [1, 3]) }
      ),
      ("labels: -2 is negative", { _ = try LabelBatch(padded: [1], width: -2, lengths: [1]) }),
    ]
    for (expected, body) in cases { #expect(Self.message(body) == expected) }
  }

  @Test func losses() throws {
    let layout = try LogitsLayout(batch: 2, time: 2, vocabulary: 3)
    let logits = [Float](repeating: 0, count: 12)
    let good: LabelBatch = [[1], [2]]
    let cases: [(String, () throws -> Void)] = [
      (
        "logits: 11 elements where [2, 2, 3] needs 12",
        { _ = try CTCLoss().losses(Array(logits.dropLast()), layout: layout, labels: good) }
      ),
      (
        "logProbabilities: 0 elements where [2, 2, 3] needs 12",
        {
          _ = try CTCLoss(inputs: .logProbabilities)
            .losses([Float](), layout: layout, labels: good)
        }
      ),
      (
        "labels: 1 sequences for a batch of 2",
        { _ = try CTCLoss().losses(logits, layout: layout, labels: [[1]]) }
      ),
      (
        "labels, sample 1, position 2: 3 is outside 0..<3",
        { _ = try CTCLoss().losses(logits, layout: layout, labels: [[1], [1, 2, 3]]) }
      ),
      (
        "labels, sample 0, position 0: -1 is outside 0..<3",
        { _ = try CTCLoss().losses(logits, layout: layout, labels: [[-1], []]) }
      ),
      (
        "labels, sample 1, position 1: 2 is the blank",
        { _ = try CTCLoss(blank: 2).losses(logits, layout: layout, labels: [[1], [1, 2]]) }
      ),
      (
        "blank: 3 is outside 0..<3",
        { _ = try CTCLoss(blank: 3).losses(logits, layout: layout, labels: good) }
      ),
      (
        "threads: 0 is less than one",
        { _ = try CTCLoss(threads: 0).losses(logits, layout: layout, labels: good) }
      ),
      (
        "vector: 1 elements where [2, 2, 3] needs 12",
        {
          _ = try CTCLoss().hessianVectorProducts(
            logits, layout: layout, labels: good, vector: [1])
        }
      ),
      (
        "hypotheses: 1 lists for a batch of 2",
        { _ = try CTCLoss().hypothesisLosses(logits, layout: layout, hypotheses: [good]) }
      ),
      (
        "weights, sample 1: 1 weights for 2 hypotheses",
        {
          _ = try CTCLoss().hypothesisLossesAndWeightedGradient(
            logits, layout: layout, hypotheses: [good, good], weights: [[1, 2], [1]])
        }
      ),
      (
        "count: -1 is negative",
        {
          _ = try CTCLoss().sampledAlignments(
            logits, layout: layout, labels: good, count: -1, seed: 0)
        }
      ),
      (
        "gradient: strides [0, 3, 1] make elements overlap",
        {
          let broadcast = try LogitsLayout(batch: 2, time: 2, vocabulary: 3, strides: (0, 3, 1))
          _ = try CTCLoss().lossesAndGradient(logits, layout: broadcast, labels: good)
        }
      ),
      (
        "frames: 1 to 3 is not within 0...2",
        {
          _ = try CTCLoss().latticeQuantities(logits, layout: layout, labels: good)[0]
            .logGamma(from: 1, to: 3)
        }
      ),
    ]
    for (expected, body) in cases { #expect(Self.message(body) == expected) }
  }

  @Test func callersBuffersAreChecked() throws {
    let layout = try LogitsLayout(batch: 1, time: 2, vocabulary: 3)
    let logits = [Float](repeating: 0, count: 6)
    var losses = [Double](repeating: 7, count: 2)
    var gradient = [Float](repeating: 7, count: 5)
    var oneLoss = [7.0]
    var lossSpan = losses.mutableSpan
    var oneLossSpan = oneLoss.mutableSpan
    var gradientSpan = gradient.mutableSpan
    var messages: [String] = []
    do { try CTCLoss().losses(logits.span, layout: layout, labels: [[1]], into: &lossSpan) } catch {
      messages.append("\(error)")
    }
    do {
      try CTCLoss().lossesAndGradient(
        logits.span, layout: layout, labels: [[1]], into: &oneLossSpan, gradient: &gradientSpan)
    } catch { messages.append("\(error)") }
    do {
      try CTCLoss().hessians(logits.span, layout: layout, labels: [[1]], into: &gradientSpan)
    } catch { messages.append("\(error)") }
    let expected = [
      "losses: 2 elements where 1 are needed",
      "gradient: 5 elements where [1, 2, 3] needs 6",
      "hessians: 5 elements where 36 are needed",
    ]
    #expect(messages == expected)
    // Thrown before any work.
    #expect(losses == [7, 7] && gradient == [7, 7, 7, 7, 7])
  }
}
