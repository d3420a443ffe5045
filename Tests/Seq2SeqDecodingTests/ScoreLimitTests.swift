import Seq2SeqDecoding
import Seq2SeqLosses
import Testing

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Limits of options keep the digits of the log-probabilities.
@Suite struct ScoreLimitTests {
  @Test(arguments: [1e308, -1e308, 1.0001e9, .infinity, .nan]) func boosts(_ boost: Double) throws {
    let vocabulary = try TokenVocabulary(["_", "a", "b", " "])
    for phrases in [
      PhraseBias(["ab"], boost: boost), PhraseBias([.init(tokens: [1], boost: boost)]),
    ] {
      #expect(throws: InputError.self) {
        _ = try BeamSearchDecoder(vocabulary, phrases: phrases)
      }
      #expect(throws: InputError.self) {
        _ = try TransducerBeamSearchDecoder(vocabulary, phrases: phrases)
      }
    }
  }

  /// Under the largest boost, which the text has twice, its acoustic score keeps its digits.
  @Test func theLargestBoostLeavesThePosteriors() throws {
    let vocabulary = try TokenVocabulary(["_", "a", "b", " "])
    let decoder = try BeamSearchDecoder(vocabulary, phrases: PhraseBias(["a"], boost: 1e9))
    let rows: [Double] = [0.1, 0.6, 0.2, 0.1, 0.3, 0.1, 0.1, 0.5, 0.1, 0.1, 0.7, 0.1]
    let best = try decoder.decode(rows.map { log($0) }, frames: 3)[0]
    #expect(best.text == "a a")
    #expect(best.biasScore == 2e9)
    // One path reads it in three frames.
    #expect(abs(best.acousticScore - log(0.6 * 0.5 * 0.1)) < 1e-12)
  }

  /// Values whose sums would overflow.
  @Test(arguments: [1e308, -1e308, 1.1e290]) func values(_ value: Double) throws {
    let vocabulary = try TokenVocabulary(["_", "a", "b", " "])
    let rows: [Double] = [0, -1, -2, -3] + [Double](repeating: value, count: 4)
    let expected = InputError(
      "logProbabilities", sample: 0, position: 1, "\(value) for token 0 (\"_\"), beyond 1e+290")
    let decoder = try BeamSearchDecoder(vocabulary)
    #expect(throws: expected) { try decoder.decode(rows, frames: 2) }
    #expect(throws: expected) { try decoder.greedy.decode(rows, frames: 2) }
    #expect(throws: expected) {
      try ForcedAligner(vocabulary).align(rows, frames: 2, text: "a")
    }
    #expect(throws: InputError.self) { try decoder.stream().feed(rows, frames: 2) }
    #expect(throws: InputError.self) {
      try KeywordSpotter(vocabulary, phrases: ["a"]).spot(rows, frames: 2)
    }
    // Such values beside larger ones are improbable tokens.
    let improbable = try decoder.decode([0, -1e308, -2, -3], frames: 1)
    #expect(improbable[0].tokens == [] && improbable[0].acousticScore == 0)
  }

  /// A model whose functions feed the stream that calls them.
  private final class Recursive: TransducerModel {
    var feed: () throws -> Void = {}
    func start() throws -> Int { 0 }
    func advance(_ states: [Int], by labels: [Int]) throws -> [Int] { states.map { $0 + 1 } }
    func join(_ frames: [Int], _ states: [Int]) throws -> [Double] {
      try feed()
      return frames.flatMap { _ in [0.0, -1, -2] }
    }
  }

  @Test func aModelThatFeedsItsOwnStream() throws {
    let expected = InputError("stream", "fed by a function of its own model")
    let decoder = try TransducerBeamSearchDecoder(TokenVocabulary(count: 3))
    let (model, greedyModel) = (Recursive(), Recursive())
    let beam = decoder.stream(model: model)
    let greedy = try decoder.greedy.stream(model: greedyModel)
    model.feed = { [unowned beam] in try beam.feed([7]) }
    greedyModel.feed = { [unowned greedy] in try greedy.feed([7]) }
    #expect(throws: expected) { try beam.feed([0]) }
    #expect(throws: expected) { try greedy.feed([0]) }
    #expect((beam.frames, greedy.frames) == (0, 0))
    (model.feed, greedyModel.feed) = ({}, {})
    try beam.feed([0, 1])
    try greedy.feed([0, 1])
    #expect((beam.frames, greedy.frames) == (2, 2))
    #expect(beam.finish()[0].tokens == greedy.hypothesis.tokens)
  }
}
