import Foundation
import Seq2SeqDecoding
import Seq2SeqLosses
import TestSupport
import Testing

struct BeamSearchTests {
  /// A search that drops nothing.
  static func exhaustive(_ topology: CTCTopology = .classic) -> BeamSearchOptions {
    BeamSearchOptions(
      topology: topology, beamWidth: 1 << 16, beamThreshold: .infinity,
      tokenPruneThreshold: .infinity, hypothesisCount: 1 << 16)
  }

  static func logProbabilities(
    _ frames: Int, _ vocabulary: Int, _ generator: inout SeededGenerator
  ) -> [Double] {
    (0..<frames).flatMap { _ in
      let logits = generator.normals(vocabulary, scale: 2)
      let sum = log(logits.reduce(0) { $0 + exp($1) })
      return logits.map { $0 - sum }
    }
  }

  /// Ties: a prefix of the beam before a new one, an older prefix before a younger one, a lower
  /// token before a higher one.
  @Test func tiesAreBrokenByTheRule() throws {
    func tokens(frames: Int, width: Int, blank: Int) throws -> [[Int]] {
      var options = Self.exhaustive()
      options.beamWidth = width
      let decoder = try BeamSearchDecoder(TokenVocabulary(count: 4, blank: blank), options: options)
      return try decoder.decode([Double](repeating: 0, count: 4 * frames), frames: frames)
        .map(\.tokens)
    }
    #expect(try tokens(frames: 1, width: 9, blank: 0) == [[], [1], [2], [3]])
    #expect(try tokens(frames: 1, width: 3, blank: 2) == [[], [0], [1]])
    #expect(try tokens(frames: 1, width: 1, blank: 3) == [[]])
    // In two frames, one label has three paths; the empty text and two labels have one path each.
    #expect(try tokens(frames: 2, width: 4, blank: 0) == [[1], [2], [3], []])
    // The empty text is the oldest; then the extensions of older prefixes come first.
    #expect(
      try tokens(frames: 2, width: 99, blank: 0)
        == [[1], [2], [3], [], [1, 2], [1, 3], [2, 1], [2, 3], [3, 1], [3, 2]])
  }

  @Test(arguments: CTCTopology.allCases, 0..<60)
  func wideBeamFindsEveryLabelling(topology: CTCTopology, seed: Int) throws {
    var generator = SeededGenerator(seed: seed)
    let vocabulary = Int.random(in: 1...4, using: &generator)
    let frames = Int.random(in: 0...6, using: &generator)
    let blank = Int.random(in: 0..<vocabulary, using: &generator)
    var scores = Self.logProbabilities(frames, vocabulary, &generator)
    if seed % 3 == 0 {
      // Impossible tokens, but not all tokens of a frame.
      for frame in 0..<frames where vocabulary > 1 {
        scores[frame * vocabulary + Int.random(in: 0..<vocabulary, using: &generator)] = -.infinity
      }
    }
    let truth = LabellingEnumeration(
      scores, vocabulary: vocabulary, blank: blank, topology: topology
    ).scores
    let decoder = try BeamSearchDecoder(
      TokenVocabulary(count: vocabulary, blank: blank), options: Self.exhaustive(topology))
    let hypotheses = try decoder.decode(scores, frames: frames)
    #expect(Set(hypotheses.map(\.tokens)) == Set(truth.keys))
    #expect(hypotheses.count == truth.count)
    for hypothesis in hypotheses {
      // A sum of at most 4^6 paths, each step of which errs by less than 1e-13.
      #expect(abs(hypothesis.score - truth[hypothesis.tokens, default: .nan]) < 1e-11)
    }
    let sorted = hypotheses.map(\.score)
    #expect(zip(sorted, sorted.dropFirst()).allSatisfy { $0 >= $1 })
  }
}
