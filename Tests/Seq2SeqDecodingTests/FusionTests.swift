import Foundation
import Seq2SeqDecoding
import Seq2SeqLosses
import TestSupport
import Testing

/// A model whose scores are a hash of the whole history, so that no histories may be merged.
struct HistoryModel: LanguageModel {
  let elements: Int

  func start() -> [Int] { [] }

  func score(_ element: Int, after state: [Int]) -> (logProbability: Double, state: [Int]) {
    (
      -Double((element + 1) * 31 % 7 + state.reduce(3) { ($0 * 5 + $1) % 11 }) / 4,
      state + [element]
    )
  }

  func finish(_ state: [Int]) -> Double { -Double(state.count % 3) }

  func score(_ elements: [Int]) -> Double {
    var state = start()
    var sum = 0.0
    for element in elements {
      let (logProbability, next) = score(element, after: state)
      sum += logProbability
      state = next
    }
    return sum + finish(state)
  }
}

/// Searches with a model, a lexicon or phrases, compared with all label sequences scored one by
/// one.
struct FusionTests {
  static let texts = ["_", " ", "a", "b"]

  struct Case {
    let vocabulary: TokenVocabulary
    let frames: Int
    let scores: [Double]
    let truth: [[Int]: Double]

    init(_ seed: Int, frames: Int = 6) throws {
      var generator = SeededGenerator(seed: seed)
      self.frames = frames
      vocabulary = try TokenVocabulary(FusionTests.texts)
      scores = BeamSearchTests.logProbabilities(frames, 4, &generator)
      truth = LabellingEnumeration(scores, vocabulary: 4, blank: 0, topology: .classic).scores
    }

    func text(_ tokens: [Int]) -> String { tokens.map { FusionTests.texts[$0] }.joined() }
  }

  @Test(arguments: 0..<12)
  func tokenModel(seed: Int) throws {
    let small = try Case(seed)
    let model = HistoryModel(elements: 3)
    var fusion = LanguageModelFusion(model, unit: .token, elements: ["<space>", "a", "b"])
    fusion.weight = 0.7
    fusion.insertionBonus = 0.3
    let decoder = try BeamSearchDecoder(
      small.vocabulary, options: BeamSearchTests.exhaustive(), languageModel: fusion)
    let hypotheses = try decoder.decode(small.scores, frames: small.frames)
    #expect(hypotheses.count == small.truth.count)
    for hypothesis in hypotheses {
      let language =
        0.7 * model.score(hypothesis.tokens.map { $0 - 1 }) + 0.3 * Double(hypothesis.tokens.count)
      let acoustic = try #require(small.truth[hypothesis.tokens])
      #expect(abs(hypothesis.languageScore - language) < 1e-9)
      #expect(abs(hypothesis.acousticScore - acoustic) < 1e-9)
      #expect(hypothesis.biasScore == 0)
    }
    #expect(
      hypotheses.map(\.score) == hypotheses.map(\.score).sorted(by: >))
  }

  static let words = ["a", "ab", "ba", "bb"]

  /// A lexicon forbids words, but changes no score of a token model; also where words end without a separator.
  @Test(arguments: 0..<6, [" ", ""])
  func tokenModelAndLexicon(seed: Int, separator: String) throws {
    let small = try Case(seed)
    let model = HistoryModel(elements: 3)
    var fusion = LanguageModelFusion(model, unit: .token, elements: ["<space>", "a", "b"])
    fusion.weight = 0.7
    fusion.insertionBonus = 0.3
    let decoder = try BeamSearchDecoder(
      TokenVocabulary(Self.texts, wordSeparator: separator),
      options: BeamSearchTests.exhaustive(), languageModel: fusion,
      lexicon: Lexicon(words: Self.words))
    let hypotheses = try decoder.decode(small.scores, frames: small.frames)
    #expect(hypotheses.contains { $0.words.count > 1 })
    for hypothesis in hypotheses {
      let language =
        0.7 * model.score(hypothesis.tokens.map { $0 - 1 }) + 0.3 * Double(hypothesis.tokens.count)
      #expect(abs(hypothesis.languageScore - language) < 1e-9)
      #expect(hypothesis.words.allSatisfy { Self.words.contains($0.text) })
    }
  }

  @Test(arguments: 0..<12, [true, false])
  func wordModel(seed: Int, isConstrained: Bool) throws {
    let small = try Case(seed)
    let model = HistoryModel(elements: 5)
    var fusion = LanguageModelFusion(
      model, unit: .word, elements: Self.words + ["<unk>"], unknownElement: 4,
      elementScores: [-1, -2, -0.5, -3, -2])
    fusion.weight = 0.6
    fusion.insertionBonus = 0.9
    fusion.unknownPenalty = -1.5
    let decoder = try BeamSearchDecoder(
      small.vocabulary, options: BeamSearchTests.exhaustive(), languageModel: fusion,
      lexicon: isConstrained ? Lexicon(words: Self.words) : nil)
    let hypotheses = try decoder.decode(small.scores, frames: small.frames)
    let possible = small.truth.keys.filter { tokens in
      !isConstrained
        || small.text(tokens).split(separator: " ").allSatisfy { Self.words.contains(String($0)) }
    }
    #expect(Set(hypotheses.map(\.tokens)) == Set(possible))
    #expect(hypotheses.count == possible.count)
    for hypothesis in hypotheses {
      let words = small.text(hypothesis.tokens).split(separator: " ").map(String.init)
      let elements = words.map { Self.words.firstIndex(of: $0) ?? 4 }
      let language =
        0.6 * model.score(elements) + 0.9 * Double(words.count)
        - 1.5 * Double(elements.count { $0 == 4 })
      #expect(abs(hypothesis.languageScore - language) < 1e-9)
      #expect(
        abs(hypothesis.acousticScore - small.truth[hypothesis.tokens, default: .nan]) < 1e-9)
      #expect(hypothesis.words.map(\.text) == words)
      #expect(hypothesis.text == words.joined(separator: " "))
    }
  }

  /// Narrow beams find the same best hypothesis with and without the bounds of the thresholds.
  @Test(arguments: 0..<20)
  func thresholdsOnlyDropWhatIsWorse(seed: Int) throws {
    let small = try Case(seed, frames: 7)
    var fusion = LanguageModelFusion(
      HistoryModel(elements: 5), unit: .word, elements: Self.words + ["<unk>"],
      unknownElement: 4, elementScores: [-1, -2, -0.5, -3, -2])
    fusion.unknownPenalty = -2
    var options = BeamSearchTests.exhaustive()
    let phrases = PhraseBias(["ab", "b a"], boost: 2)
    let wide = try BeamSearchDecoder(
      small.vocabulary, options: options, languageModel: fusion, phrases: phrases)
    let all = try wide.decode(small.scores, frames: 7)
    options.beamThreshold = 30
    options.tokenPruneThreshold = 30
    let pruned = try BeamSearchDecoder(
      small.vocabulary, options: options, languageModel: fusion, phrases: phrases)
    let best = try pruned.decode(small.scores, frames: 7)
    #expect(best[0].tokens == all[0].tokens)
    #expect(abs(best[0].score - all[0].score) < 1e-9)
  }

  /// Each phrase counts once for each occurrence as whole words.
  @Test(arguments: 0..<12)
  func phrases(seed: Int) throws {
    let small = try Case(seed)
    let boosts: [(String, Double)] = [("a", 1.5), ("a b", 2.5), ("ab", 3), ("bb a", -1)]
    let phrases = PhraseBias(boosts.map { PhraseBias.Phrase($0.0, boost: $0.1) })
    let decoder = try BeamSearchDecoder(
      small.vocabulary, options: BeamSearchTests.exhaustive(), phrases: phrases)
    let hypotheses = try decoder.decode(small.scores, frames: small.frames)
    #expect(hypotheses.count == small.truth.count)
    for hypothesis in hypotheses {
      let text = " " + small.text(hypothesis.tokens) + " "
      let bias = boosts.reduce(0.0) { sum, phrase in
        let starts = text.indices.filter { text[$0...].hasPrefix(" \(phrase.0) ") }
        return sum + phrase.1 * Double(starts.count)
      }
      #expect(abs(hypothesis.biasScore - bias) < 1e-9, "\(text)")
    }
  }

  @Test func homophonesAndSpellings() throws {
    let vocabulary = try TokenVocabulary(count: 4)
    let lexicon = Lexicon(entries: [
      .init(word: "two", tokens: [1, 2]), .init(word: "too", tokens: [1, 2]),
      .init(word: "one", tokens: [3]), .init(word: "twoone", tokens: [1, 2, 3]),
    ])
    let fusion = LanguageModelFusion(
      HistoryModel(elements: 4), unit: .word, elements: ["two", "too", "one", "twoone"])
    let decoder = try BeamSearchDecoder(
      vocabulary, options: BeamSearchTests.exhaustive(), languageModel: fusion, lexicon: lexicon)
    let scores = [[0.1, 0.7, 0.1, 0.1], [0.1, 0.1, 0.7, 0.1], [0.1, 0.1, 0.1, 0.7]]
      .flatMap { $0.map { log($0) } }
    let hypotheses = try decoder.decode(scores, frames: 3)
    let full = hypotheses.filter { $0.tokens == [1, 2, 3] }
    #expect(Set(full.map(\.text)) == ["two one", "too one", "twoone"])
    for hypothesis in full {
      let elements = hypothesis.words.map { word in
        ["two", "too", "one", "twoone"].firstIndex(of: word.text) ?? -1
      }
      #expect(
        abs(hypothesis.languageScore - 0.5 * HistoryModel(elements: 4).score(elements)) < 1e-9)
    }
    #expect(hypotheses.allSatisfy { $0.isComplete })
  }

  /// With an empty separator a space is an ordinary character, as in recognizers of Chinese print.
  @Test(arguments: 0..<6)
  func scriptsWithoutSpaces(seed: Int) throws {
    var generator = SeededGenerator(seed: seed)
    let texts = ["_", " ", "日", "本"]
    let scores = BeamSearchTests.logProbabilities(5, 4, &generator)
    let truth = LabellingEnumeration(scores, vocabulary: 4, blank: 0, topology: .classic).scores
    let vocabulary = try TokenVocabulary(texts, wordSeparator: "")
    #expect(!vocabulary.separatesWords)
    #expect(vocabulary.text(of: [1, 2, 1, 0, 3, 1]) == " 日 本 ")
    func text(_ tokens: [Int]) -> String { tokens.map { texts[$0] }.joined() }
    let lexicon = try BeamSearchDecoder(
      vocabulary, options: BeamSearchTests.exhaustive(), lexicon: Lexicon(words: ["日", "本"]))
    let written = try lexicon.decode(scores, frames: 5)
    #expect(Set(written.map(\.tokens)) == Set(truth.keys.filter { !$0.contains(1) }))
    for hypothesis in written {
      #expect(hypothesis.text == text(hypothesis.tokens))
      #expect(hypothesis.words.map(\.text) == hypothesis.tokens.map { texts[$0] })
      #expect(abs(hypothesis.score - truth[hypothesis.tokens, default: .nan]) < 1e-9)
    }
    let phrases = PhraseBias(["日本", "本 "], boost: 1.5)
    let biased = try BeamSearchDecoder(
      vocabulary, options: BeamSearchTests.exhaustive(), phrases: phrases)
    let found = try biased.decode(scores, frames: 5)
    #expect(found.count == truth.count)
    for hypothesis in found {
      // Neither phrase can overlap itself.
      let count = ["日本", "本 "].reduce(0) {
        $0 + text(hypothesis.tokens).components(separatedBy: $1).count - 1
      }
      #expect(abs(hypothesis.biasScore - 1.5 * Double(count)) < 1e-9, "\(hypothesis.text)")
    }
    let spotter = try KeywordSpotter(
      try TokenVocabulary(["_", "", "日", "本"], wordSeparator: ""), phrases: ["日本"])
    let inside = [2, 2, 3, 2].flatMap { best in (0..<4).map { $0 == best ? -0.1 : -4.0 } }
    #expect(try spotter.spot(inside, frames: 4).map(\.frames) == [1..<3])
  }

  @Test(arguments: 0..<20)
  func streamsEqualWholes(seed: Int) throws {
    var generator = SeededGenerator(seed: seed)
    let frames = 40
    let scores = BeamSearchTests.logProbabilities(frames, 4, &generator)
    let options = BeamSearchOptions(beamWidth: 8, hypothesisCount: 5)
    let fusion = LanguageModelFusion(
      HistoryModel(elements: 5), unit: .word, elements: Self.words + ["<unk>"], unknownElement: 4)
    let decoder = try BeamSearchDecoder(
      TokenVocabulary(Self.texts), options: options, languageModel: fusion,
      phrases: PhraseBias(["ab"], boost: 2))
    let whole = try decoder.decode(scores, frames: frames)
    let stream = decoder.stream()
    var first = 0
    var stable: [Int] = []
    while first < frames {
      let count = min(frames - first, Int.random(in: 0...7, using: &generator))
      try stream.feed(Array(scores[4 * first..<4 * (first + count)]), frames: count)
      first += count
      let now = stream.stableTokens
      #expect(now.starts(with: stable))
      stable = now
      #expect(throws: InputError.self) {
        try stream.feed([Double](repeating: .nan, count: 4), frames: 1)
      }
      #expect(stream.hypotheses(count: 3).count <= 3)
    }
    #expect(stream.finish() == whole)
    #expect(whole.allSatisfy { $0.tokens.starts(with: stable) })
  }

  @Test func spansAreThoseOfTheBestPath() throws {
    let vocabulary = try TokenVocabulary(["_", " ", "a", "b"])
    let path = [0, 2, 2, 0, 2, 1, 1, 3, 0]
    let scores = path.flatMap { best in
      (0..<4).map { log($0 == best ? 0.85 : 0.05) }
    }
    for hypothesis in [
      try GreedyDecoder(vocabulary).decode(scores, frames: 9),
      try BeamSearchDecoder(vocabulary).decode(scores, frames: 9)[0],
    ] {
      #expect(hypothesis.text == "aa b")
      #expect(hypothesis.spans.map(\.frames) == [1..<3, 4..<5, 5..<7, 7..<8])
      #expect(hypothesis.words.map(\.frames) == [1..<5, 7..<8])
      #expect(hypothesis.spans.allSatisfy { abs($0.confidence - 0.85) < 1e-12 })
      #expect(abs(hypothesis.spans[0].logProbability - 2 * log(0.85)) < 1e-12)
    }
  }

  /// As in a Python dictionary; a list of names may contain one twice.
  @Test func aPhraseTwiceCountsOnce() throws {
    let vocabulary = try TokenVocabulary(["_", " ", "a", "b", "B"])
    let rows = [Double](repeating: -log(5), count: 4 * 5)
    func bias(_ phrases: PhraseBias) throws -> Set<Double> {
      var options = BeamSearchTests.exhaustive()
      options.hypothesisCount = 1000
      let hypotheses = try BeamSearchDecoder(
        vocabulary, options: options, phrases: phrases
      ).decode(rows, frames: 4)
      return Set(hypotheses.filter { $0.text == "ab" }.map(\.biasScore))
    }
    #expect(try bias(PhraseBias(["ab", "b", "ab"], boost: 2)) == [2])
    let twice = PhraseBias([.init("ab", boost: 5), .init("ab", boost: 3)])
    #expect(try bias(twice) == [3])
    // Folding spells both with the same tokens.
    let folded = PhraseBias(["a b", "A b"], boost: 2).folded(vocabulary, .letterCase)
    #expect(folded.phrases.map(\.text) == ["a b", "a b"])
  }
}
