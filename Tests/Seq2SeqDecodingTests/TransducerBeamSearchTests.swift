import Foundation
import Seq2SeqLosses
import TestSupport
import Testing

@testable import Seq2SeqDecoding

@Suite struct TransducerBeamSearchTests {
  static let topologies: [TransducerTopology] = [
    .standard, .monotonic, .tokenAndDuration([0, 1, 2]), .tokenAndDuration([2, 1]),
    .multiBlank([2: 2]),
  ]

  /// A search that drops only prefixes with too many labels in a frame.
  static func exhaustive(
    _ topology: TransducerTopology, maximumLabels: Int
  ) -> TransducerBeamSearchOptions {
    TransducerBeamSearchOptions(
      topology: topology, beamWidth: 1 << 16, beamThreshold: .infinity,
      tokenPruneThreshold: .infinity, hypothesisCount: 1 << 16,
      maximumLabelsPerFrame: maximumLabels)
  }

  static func width(_ topology: TransducerTopology, _ vocabulary: Int) -> Int {
    if case .tokenAndDuration(let durations) = topology { return vocabulary + durations.count }
    return vocabulary
  }

  @Test(arguments: topologies, 0..<18)
  func wideBeamFindsEveryLabelling(topology: TransducerTopology, seed: Int) throws {
    var generator = SeededGenerator(seed: seed)
    // Token 2 is the big blank of one topology.
    let vocabulary = Int.random(
      in: topology == Self.topologies[4] ? 3...4 : 1...3, using: &generator)
    let frames = Int.random(in: 0...3, using: &generator)
    let blank = Int.random(in: 0..<min(2, vocabulary), using: &generator)
    let maximumLabels = Int.random(in: 1...(vocabulary < 4 ? 2 : 1), using: &generator)
    let model = HistoryTransducer(width: Self.width(topology, vocabulary), seed: seed)
    if seed % 3 == 0, blank == 0 { model.impossible = 1..<vocabulary }
    let truth = TransducerLabellings(
      model, frames: frames, vocabulary: vocabulary, blank: blank, topology,
      maximumLabels: maximumLabels)
    let decoder = try TransducerBeamSearchDecoder(
      TokenVocabulary(count: vocabulary, blank: blank),
      options: Self.exhaustive(topology, maximumLabels: maximumLabels))
    let hypotheses = try decoder.decode(0..<frames, model: model)
    // If no path ends with the last frame, the paths that end beyond it count.
    if truth.scores.isEmpty { return }
    #expect(Set(hypotheses.map(\.tokens)) == Set(truth.scores.keys))
    #expect(hypotheses.count == truth.scores.count)
    for hypothesis in hypotheses {
      // Sums of a few hundred paths, each a product of some ten factors.
      #expect(abs(hypothesis.score - truth.scores[hypothesis.tokens, default: .nan]) < 1e-12)
      let best = try #require(truth.best[hypothesis.tokens])
      #expect(hypothesis.spans.map(\.token) == hypothesis.tokens)
      #expect(
        hypothesis.spans.map(\.frames) == best.emissions.map { $0.start..<$0.end })
      for (span, emission) in zip(hypothesis.spans, best.emissions) {
        #expect(abs(span.logProbability - emission.logProbability) < 1e-13)
      }
    }
    let sorted = hypotheses.map(\.score)
    #expect(zip(sorted, sorted.dropFirst()).allSatisfy { $0 >= $1 })
  }

  /// If a frame may have as many labels as a label sequence has, its score is minus its loss.
  @Test(arguments: topologies, 0..<4)
  func scoresAreLosses(topology: TransducerTopology, seed: Int) throws {
    let (vocabulary, frames, maximumLabels) = (3, 4, 3)
    let width = Self.width(topology, vocabulary)
    let model = HistoryTransducer(width: width, seed: 100 + seed)
    let decoder = try TransducerBeamSearchDecoder(
      TokenVocabulary(count: vocabulary),
      options: Self.exhaustive(topology, maximumLabels: maximumLabels))
    let hypotheses = try decoder.decode(0..<frames, model: model)
    #expect(hypotheses.count > 3)
    for hypothesis in hypotheses where hypothesis.tokens.count <= maximumLabels {
      let labels = hypothesis.tokens
      let logits = (0..<frames).flatMap { frame in
        (0...labels.count).flatMap { model.row(frame, Array(labels[..<$0])) }
      }
      let layout = try JoinerLayout(
        batch: 1, time: frames, positions: labels.count + 1, vocabulary: width)
      let loss = try TransducerLoss(topology: topology).losses(
        logits.span, layout: layout, labels: LabelBatch([labels]))[0]
      #expect(abs(hypothesis.score + loss) < 1e-12)
    }
  }

  /// The result does not depend on how the frames are divided, or how often unused memory is
  /// released.
  @Test(arguments: topologies, 0..<4)
  func streams(topology: TransducerTopology, seed: Int) throws {
    var generator = SeededGenerator(seed: seed)
    var options = TransducerBeamSearchOptions()
    options.topology = topology
    options.beamWidth = 4
    options.maximumLabelsPerFrame = 2
    options.hypothesisCount = 3
    let vocabulary = try TokenVocabulary(["_", "a", "b", " "])
    let phrases = PhraseBias(["ab", "b a"], boost: 1.5)
    var fusion = LanguageModelFusion(
      HistoryModel(elements: 3), unit: .token, elements: ["a", "b", "<space>"])
    fusion.weight = 0.4
    let decoder = try TransducerBeamSearchDecoder(
      vocabulary, options: options, languageModel: fusion, phrases: phrases)
    let frames = 40
    let model = HistoryTransducer(width: Self.width(topology, 4), seed: seed)
    let whole = try decoder.decode(0..<frames, model: model)
    #expect(whole.count == 3)
    for limit in [1, 1 << 14] {
      let stream = TransducerBeamSearchStream(decoder, model, limit: limit)
      var next = 0
      var stable: [Int] = []
      while next < frames {
        let end = min(frames, next + Int.random(in: 0...7, using: &generator))
        try stream.feed(next..<end)
        next = end
        #expect(stream.frames == next)
        #expect(stream.stableTokens.starts(with: stable))
        stable = stream.stableTokens
        for hypothesis in stream.hypotheses(count: 9) {
          #expect(hypothesis.tokens.starts(with: stable))
        }
      }
      #expect(stream.finish() == whole)
      #expect(whole.allSatisfy { $0.tokens.starts(with: stable) })
    }
  }

  /// What a narrow search finds is no better than the truth, and with one entry and no other labels a frame it
  /// follows the best moves.
  @Test(arguments: 0..<20)
  func narrowBeams(seed: Int) throws {
    let (vocabulary, frames) = (3, 4)
    let model = HistoryTransducer(width: vocabulary, seed: 300 + seed)
    let truth = TransducerLabellings(
      model, frames: frames, vocabulary: vocabulary, blank: 0, .monotonic, maximumLabels: 1)
    var options = TransducerBeamSearchOptions()
    options.topology = .monotonic
    for width in 1...6 {
      options.beamWidth = width
      options.hypothesisCount = width
      let hypotheses = try TransducerBeamSearchDecoder(
        TokenVocabulary(count: vocabulary), options: options
      ).decode(0..<frames, model: model)
      #expect(hypotheses.count <= width && !hypotheses.isEmpty)
      for hypothesis in hypotheses {
        #expect(hypothesis.score <= truth.scores[hypothesis.tokens, default: .nan] + 1e-12)
      }
      if width == 1 {
        let greedy = try TransducerGreedyDecoder(
          TokenVocabulary(count: vocabulary), topology: .monotonic
        ).decode(0..<frames, model: model)
        #expect(greedy.tokens == hypotheses[0].tokens && greedy.spans == hypotheses[0].spans)
      }
    }
  }

  /// A call of the joiner has each prefix once, and one frame has no more calls than labels and one.
  @Test func callsAreFew() throws {
    var options = TransducerBeamSearchOptions()
    options.maximumLabelsPerFrame = 3
    options.beamThreshold = .infinity
    let model = HistoryTransducer(width: 5, seed: 1)
    _ = try TransducerBeamSearchDecoder(TokenVocabulary(count: 5), options: options)
      .decode(0..<20, model: model)
    #expect(model.joins <= 20 * 4 && model.advances <= model.joins)
    for states in model.joined {
      #expect(Set(states).count == states.count && states.count <= options.beamWidth)
    }
  }
}
