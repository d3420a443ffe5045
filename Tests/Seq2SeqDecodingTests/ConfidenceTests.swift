import Foundation
import Seq2SeqLosses
import Testing

@testable import Seq2SeqDecoding

/// Confidences are computed from the softmax, so those of logits equal those of their
/// log-probabilities.
struct ConfidenceTests {
  private static let logits = [2.0, 0, 0, 0, 2, 0, 0, 0, 2]

  private static func logSoftmax(_ rows: [Double], _ count: Int) -> [Double] {
    stride(from: 0, to: rows.count, by: count).flatMap { start in
      let row = rows[start..<start + count]
      let largest = row.max() ?? 0
      let sum = log(row.reduce(0) { $0 + exp($1 - largest) })
      return row.map { $0 - largest - sum }
    }
  }

  /// The confidences of tokens and words of all decoders for these rows.
  private static func all(
    _ rows: [Double], _ measure: ConfidenceMeasure, topology: CTCTopology = .classic
  ) throws -> [[Double]] {
    let vocabulary = try TokenVocabulary(["_", "a", "b"])
    let greedy = try GreedyDecoder(vocabulary, topology: topology, confidence: measure).decode(
      rows, frames: rows.count / 3)
    let options = BeamSearchOptions(topology: topology, confidence: measure)
    let decoder = try BeamSearchDecoder(vocabulary, options: options)
    let best = try decoder.decode(rows, frames: rows.count / 3)[0]
    let aligned = try ForcedAligner(vocabulary, topology: topology, confidence: measure).align(
      rows, frames: rows.count / 3, text: "ab")
    return [
      greedy.spans.map(\.confidence), greedy.words.map(\.confidence),
      best.spans.map(\.confidence), best.words.map(\.confidence),
      aligned.tokens.map(\.confidence), aligned.words.map(\.confidence),
      aligned.segments.map(\.confidence),
    ]
  }

  @Test func logitsOfThreeFrames() throws {
    // e² / (e² + 2)
    let probability = 0.7869860421615985
    #expect(try Self.all(Self.logits, .largest).map(\.count) == [2, 0, 2, 0, 2, 1, 1])
    for measure in [ConfidenceMeasure.largest, .mean] {
      for list in try Self.all(Self.logits, measure) {
        for value in list { #expect(abs(value - probability) < 1e-12, "\(measure)") }
      }
    }
    let rest = (1 - probability) / 2
    let entropy = -probability * log(probability) - 2 * rest * log(rest)
    for list in try Self.all(Self.logits, .entropy) {
      for value in list { #expect(abs(value - (1 - entropy / log(3))) < 1e-12) }
    }
  }

  /// Whatever is added to a row, and at any size of logits; sums of three exponentials.
  @Test(arguments: ConfidenceMeasure.allCases, CTCTopology.allCases)
  func rowsAreNormalized(measure: ConfidenceMeasure, topology: CTCTopology) throws {
    for scale in [1.0, 3, 20] {
      for shift in [0.0, -5, 5, 700] {
        let rows = Self.logits.enumerated().map { scale * $1 + shift * Double(1 + $0 / 3) }
        let expected = try Self.all(Self.logSoftmax(rows, 3), measure, topology: topology)
        let found = try Self.all(rows, measure, topology: topology)
        for (one, other) in zip(found, expected) {
          #expect(one.count == other.count)
          for (left, right) in zip(one, other) { #expect(abs(left - right) < 1e-9) }
        }
      }
    }
  }

  /// Scores are sums of the values without a softmax.
  @Test func scoresAreOfTheValues() throws {
    let vocabulary = try TokenVocabulary(["_", "a", "b"])
    let greedy = try GreedyDecoder(vocabulary).decode(Self.logits, frames: 3)
    #expect(greedy.score == 6 && greedy.spans.map(\.logProbability) == [2, 2])
    let aligned = try ForcedAligner(vocabulary).align(Self.logits, frames: 3, text: "ab")
    #expect(aligned.logProbability == 6 && aligned.frameScores == [2, 2, 2])
  }
}
