import Foundation
import Seq2SeqLosses
import TestSupport
import Testing

@testable import Seq2SeqDecoding

/// Searches with a model, a lexicon or phrases, compared with all label sequences scored one by
/// one.
@Suite struct TransducerFusionTests {
  private struct Case {
    let vocabulary: TokenVocabulary
    let model: HistoryTransducer
    let options: TransducerBeamSearchOptions
    let truth: [[Int]: Double]
    let frames: Int

    init(_ seed: Int, _ topology: TransducerTopology) throws {
      frames = topology == .monotonic ? 5 : 3
      vocabulary = try TokenVocabulary(FusionTests.texts)
      model = HistoryTransducer(width: TransducerBeamSearchTests.width(topology, 4), seed: seed)
      options = TransducerBeamSearchTests.exhaustive(
        topology, maximumLabels: topology == .standard ? 2 : 1)
      truth =
        TransducerLabellings(
          model, frames: frames, vocabulary: 4, blank: 0, topology,
          maximumLabels: options.maximumLabelsPerFrame
        ).scores
    }

    func text(_ tokens: [Int]) -> String { tokens.map { FusionTests.texts[$0] }.joined() }
  }

  static let topologies: [TransducerTopology] = [
    .standard, .monotonic, .tokenAndDuration([0, 1, 2]),
  ]

  @Test(arguments: topologies, 0..<4)
  func tokenModelAndPhrases(topology: TransducerTopology, seed: Int) throws {
    let small = try Case(seed, topology)
    let model = HistoryModel(elements: 3)
    var fusion = LanguageModelFusion(model, unit: .token, elements: ["<space>", "a", "b"])
    fusion.weight = 0.7
    fusion.insertionBonus = 0.3
    let decoder = try TransducerBeamSearchDecoder(
      small.vocabulary, options: small.options, languageModel: fusion,
      phrases: PhraseBias(["ab", "b a"], boost: 2))
    let hypotheses = try decoder.decode(0..<small.frames, model: small.model)
    #expect(hypotheses.count == small.truth.count)
    for hypothesis in hypotheses {
      let language =
        0.7 * model.score(hypothesis.tokens.map { $0 - 1 }) + 0.3 * Double(hypothesis.tokens.count)
      let words = small.text(hypothesis.tokens).split(separator: " ")
      var boosts = 2.0 * Double(words.count { $0 == "ab" })
      // Separators are single here, as the phrase has them.
      let whole = " " + small.text(hypothesis.tokens) + " "
      var rest = whole[...]
      while let match = rest.range(of: " b a ") {
        boosts += 2
        rest = rest[whole.index(before: match.upperBound)...]
      }
      let acoustic = try #require(small.truth[hypothesis.tokens])
      // Sums of some ten terms.
      #expect(abs(hypothesis.acousticScore - acoustic) < 1e-11)
      #expect(abs(hypothesis.languageScore - language) < 1e-11)
      if !whole.contains("  ") { #expect(hypothesis.biasScore == boosts) }
    }
    #expect(hypotheses.map(\.score) == hypotheses.map(\.score).sorted(by: >))
  }

  /// A lexicon forbids words, but changes no score of a token model; also where words end without a separator.
  @Test(arguments: topologies, [" ", ""])
  func tokenModelAndLexicon(topology: TransducerTopology, separator: String) throws {
    let small = try Case(20, topology)
    let model = HistoryModel(elements: 3)
    var fusion = LanguageModelFusion(model, unit: .token, elements: ["<space>", "a", "b"])
    fusion.weight = 0.7
    fusion.insertionBonus = 0.3
    let decoder = try TransducerBeamSearchDecoder(
      TokenVocabulary(FusionTests.texts, wordSeparator: separator), options: small.options,
      languageModel: fusion, lexicon: Lexicon(words: FusionTests.words))
    let hypotheses = try decoder.decode(0..<small.frames, model: small.model)
    #expect(hypotheses.contains { $0.words.count > 1 })
    for hypothesis in hypotheses {
      let language =
        0.7 * model.score(hypothesis.tokens.map { $0 - 1 }) + 0.3 * Double(hypothesis.tokens.count)
      // Sums of some ten terms.
      #expect(abs(hypothesis.languageScore - language) < 1e-11)
      #expect(hypothesis.words.allSatisfy { FusionTests.words.contains($0.text) })
    }
  }

  @Test(arguments: topologies, 0..<8)
  func wordModel(topology: TransducerTopology, seed: Int) throws {
    let isConstrained = seed % 2 == 0
    let small = try Case(40 + seed, topology)
    let model = HistoryModel(elements: 5)
    var fusion = LanguageModelFusion(
      model, unit: .word, elements: FusionTests.words + ["<unk>"], unknownElement: 4,
      elementScores: [-1, -2, -0.5, -3, -2])
    fusion.weight = 0.6
    fusion.insertionBonus = 0.9
    fusion.unknownPenalty = -1.5
    let decoder = try TransducerBeamSearchDecoder(
      small.vocabulary, options: small.options, languageModel: fusion,
      lexicon: isConstrained ? Lexicon(words: FusionTests.words) : nil)
    let hypotheses = try decoder.decode(0..<small.frames, model: small.model)
    let possible = small.truth.keys.filter { tokens in
      !isConstrained
        || small.text(tokens).split(separator: " ").allSatisfy {
          FusionTests.words.contains(String($0))
        }
    }
    #expect(Set(hypotheses.map(\.tokens)) == Set(possible))
    for hypothesis in hypotheses {
      let words = small.text(hypothesis.tokens).split(separator: " ").map(String.init)
      let elements = words.map { FusionTests.words.firstIndex(of: $0) ?? 4 }
      let language =
        0.6 * model.score(elements) + 0.9 * Double(words.count)
        - 1.5 * Double(elements.count { $0 == 4 })
      #expect(abs(hypothesis.languageScore - language) < 1e-11)
      #expect(
        abs(hypothesis.acousticScore - small.truth[hypothesis.tokens, default: .nan]) < 1e-11)
      #expect(hypothesis.words.map(\.text) == words)
    }
  }

  /// Thresholds and their bounds do not change hypotheses near the best.
  @Test(arguments: topologies, 0..<8)
  func thresholdsOnlyDropWhatIsWorse(topology: TransducerTopology, seed: Int) throws {
    let small = try Case(80 + seed, topology)
    var fusion = LanguageModelFusion(
      HistoryModel(elements: 5), unit: seed % 2 == 0 ? .word : .token,
      elements: seed % 2 == 0 ? FusionTests.words + ["<unk>"] : ["<space>", "a", "b", "c", "d"],
      unknownElement: 4, elementScores: [-1, -2, -0.5, -3, -2])
    fusion.unknownPenalty = -2
    func decode(_ options: TransducerBeamSearchOptions) throws -> [Hypothesis] {
      try TransducerBeamSearchDecoder(
        small.vocabulary, options: options, languageModel: fusion,
        phrases: PhraseBias(["ab", "b a"], boost: 3)
      ).decode(0..<small.frames, model: small.model)
    }
    var options = small.options
    let all = try decode(options)
    options.beamThreshold = 16
    options.tokenPruneThreshold = 16
    let near = try decode(options)
    #expect(near.count < all.count || near == all)
    let found = Dictionary(uniqueKeysWithValues: near.map { ($0.tokens, $0.score) })
    for hypothesis in all where hypothesis.score > all[0].score - 5 {
      // Of a hypothesis are lost some hundred paths at most, each e^-11 of it at most, and mostly far fewer.
      #expect(abs(found[hypothesis.tokens, default: .nan] - hypothesis.score) < 1e-3)
    }
  }

  /// Words with the same spelling are separate hypotheses with the same acoustic score.
  @Test func homophones() throws {
    let vocabulary = try TokenVocabulary(count: 3)
    let lexicon = Lexicon(entries: [
      .init(word: "two", tokens: [1, 2]), .init(word: "too", tokens: [1, 2]),
      .init(word: "one", tokens: [2]),
    ])
    let fusion = LanguageModelFusion(
      HistoryModel(elements: 3), unit: .word, elements: ["two", "too", "one"])
    let model = HistoryTransducer(width: 3, seed: 3)
    let options = TransducerBeamSearchTests.exhaustive(.monotonic, maximumLabels: 1)
    let hypotheses = try TransducerBeamSearchDecoder(
      vocabulary, options: options, languageModel: fusion, lexicon: lexicon
    ).decode(0..<4, model: model)
    let truth = TransducerLabellings(
      model, frames: 4, vocabulary: 3, blank: 0, .monotonic, maximumLabels: 1
    ).scores
    let texts = hypotheses.map(\.text)
    // Only the better of two last words is kept.
    #expect(texts.contains("two one") && texts.contains("too one") && texts.contains("one two"))
    for hypothesis in hypotheses {
      #expect(
        abs(hypothesis.acousticScore - truth[hypothesis.tokens, default: .nan]) < 1e-11)
    }
  }

  /// Phrases keep hypotheses that would be dropped without them, with a narrow beam and thresholds.
  @Test func phrasesLift() throws {
    struct Fixed: TransducerModel {
      func start() -> Int { 0 }
      func advance(_ states: [Int], by labels: [Int]) -> [Int] { states }
      func join(_ frames: [[Float]], _ states: [Int]) -> [Float] { frames.flatMap { $0 } }
    }
    let vocabulary = try TokenVocabulary(["_", " ", "a", "b", "c"])
    let options = TransducerBeamSearchOptions(topology: .monotonic, beamWidth: 3)
    let rows: [[Float]] = [[0, 0, 5, 0, 0], [0, 0, 0, 3, 5], [5, 0, 0, 0, 0]]
    for (boost, text) in [(0.0, "ac"), (4, "ab"), (1, "ac")] {
      let decoder = try TransducerBeamSearchDecoder(
        vocabulary, options: options, phrases: PhraseBias(["ab"], boost: boost))
      let best = try decoder.decode(rows, model: Fixed())[0]
      #expect(best.text == text && best.biasScore == (text == "ab" ? boost : 0))
    }
  }
}
