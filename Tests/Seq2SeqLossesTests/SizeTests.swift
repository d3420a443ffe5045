import Seq2SeqLosses
import Testing

/// No size or count makes the library take memory or time in proportion to a mere number.
@Suite struct SizeTests {
  private func problem(_ body: () throws -> Void) -> String {
    do {
      try body()
      return "none"
    } catch {
      return "\(error)"
    }
  }

  /// Arrays without values of enormous shapes: what their axes say costs nothing of the caller's.
  @Test func emptyArraysOfEnormousShapes() throws {
    let large = 1 << 20
    #expect(
      problem { _ = try JoinerLayout(batch: large + 1, time: 0, positions: 1, vocabulary: 4) }
        == "batch: 1048577 is more than 1048576")
    #expect(
      problem { _ = try JoinerLayout(batch: 1 << 62, time: 0, positions: 1, vocabulary: 4) }
        == "batch: 4611686018427387904 is more than 1048576")
    // A sample's axes may be long, and are held once.
    let layout = try JoinerLayout(batch: large, time: 3 * large, positions: 1, vocabulary: 0)
    #expect(layout.batch == large)
    #expect(
      problem {
        _ = try TransducerLoss().losses(
          [Float](), layout: layout, labels: LabelBatch([[Int]](repeating: [], count: large)))
      } == "logits: the vocabulary is empty")
    #expect(
      problem {
        _ = try JoinerLayout(
          compact: [Int](repeating: 0, count: large + 1),
          labelCounts: [Int](repeating: 0, count: large + 1), vocabulary: 4)
      } == "batch: 1048577 is more than 1048576")
    #expect(
      problem {
        try CTCLoss().validate(
          layout: try LogitsLayout(batch: 1, time: 5, vocabulary: 0), labels: [[]])
      } == "logits: the vocabulary is empty")
  }

  @Test(arguments: [1 << 62, 1 << 40, 1 << 31, (1 << 20) + 1, -1, Int.min])
  func draws(_ count: Int) throws {
    let layout = try LogitsLayout(batch: 1, time: 3, vocabulary: 4)
    let logits = [Float](repeating: 0, count: 12)
    let joiner = try JoinerLayout(batch: 1, time: 3, positions: 1, vocabulary: 4)
    let expected =
      count < 0 ? "count: \(count) is negative" : "count: \(count) is more than 1048576"
    #expect(
      problem {
        _ = try CTCLoss().sampledAlignments(
          logits, layout: layout, labels: [[1]], count: count, seed: 0)
      } == expected)
    #expect(
      problem {
        _ = try CTCLoss().sampledHypotheses(logits.span, layout: layout, count: count, seed: 0)
      } == expected)
    #expect(
      problem {
        _ = try TransducerLoss().sampledAlignments(
          logits, layout: joiner, labels: [[]], count: count, seed: 0)
      } == expected)
    #expect(
      problem {
        _ = try CTCLoss().sampledRisksAndGradient(logits, layout: layout, count: count, seed: 0) {
          _, _ in 0
        }
      } == (count < 0 ? "count: \(count) is less than 2" : expected))
  }

  /// Few samples of many frames, and many samples of few frames, need the same memory.
  @Test func drawsOfManyFrames() throws {
    let layout = try LogitsLayout(batch: 1, time: 1 << 12, vocabulary: 1)
    let logits = [Float](repeating: 0, count: 1 << 12)
    #expect(
      problem {
        _ = try CTCLoss().sampledAlignments(
          logits, layout: layout, labels: [[]], count: (1 << 16) + 1, seed: 0)
      } == "count: 65537 draws of 4096 steps are more than 2^28 steps")
  }

  /// Frames and labels that are each within the caller's memory, but not their products.
  @Test func productsOfFramesAndLabels() throws {
    let layout = try LogitsLayout(batch: 1, time: 1 << 21, vocabulary: 2)
    let labels: LabelBatch = [[Int](repeating: 1, count: 1 << 20)]
    #expect(
      problem { try CTCLoss().validate(layout: layout, labels: labels) }
        == "labels, sample 0: 1048576 labels at 2097152 frames are too many")
    let study = try LogitsLayout(batch: 1, time: 1 << 14, vocabulary: 2)
    #expect(
      problem {
        _ = try CTCLoss().latticeQuantities(
          [Float](repeating: 0, count: 1 << 15), layout: study,
          labels: [[Int](repeating: 1, count: 1 << 14)])
      } == "labels, sample 0: 32769 states at 16385 frames are more than 2^28")
  }
}
