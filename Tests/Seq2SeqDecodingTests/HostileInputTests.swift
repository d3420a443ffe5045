import Seq2SeqLosses
import TestSupport
import Testing

@testable import NGramModels
@testable import Seq2SeqDecoding

/// Mistakes of users: a typed error or the right result, never a crash.
@Suite struct HostileInputTests {
  private let vocabulary: TokenVocabulary
  private let posteriors: [Float] = [-1, -1, -2, -3, -0.5, -2, -2, -2, -1, -1, -1, -2]
  // The Python tests, which are of a release build, have a megabyte.
  private let long = String(repeating: "ab", count: 1 << 14)

  init() throws { vocabulary = try TokenVocabulary(["_", " ", "a", "b"]) }

  @Test func vocabularies() {
    #expect(throws: InputError.self) { try TokenVocabulary([]) }
    #expect(throws: InputError.self) { try TokenVocabulary(count: 0) }
    #expect(throws: InputError.self) { try TokenVocabulary(count: -1) }
    #expect(throws: InputError.self) { try TokenVocabulary(count: .max) }
    #expect(throws: InputError.self) { try TokenVocabulary(["a"], blank: 1) }
    #expect(throws: InputError.self) { try TokenVocabulary(["a"], blank: -1) }
  }

  @Test func options() throws {
    func decode(_ change: (inout BeamSearchOptions) -> Void) throws -> [Hypothesis] {
      var options = BeamSearchOptions()
      change(&options)
      return try BeamSearchDecoder(vocabulary, options: options).decode(posteriors, frames: 3)
    }
    for width in [0, -1, .min, SearchOptions.largestBeamWidth + 1, .max] {
      #expect(throws: InputError.self) { try decode { $0.beamWidth = width } }
    }
    for threshold in [-1, -Double.infinity, .nan] {
      #expect(throws: InputError.self) { try decode { $0.beamThreshold = threshold } }
      #expect(throws: InputError.self) { try decode { $0.tokenPruneThreshold = threshold } }
    }
    for count in [0, -1, .min] {
      #expect(throws: InputError.self) { try decode { $0.hypothesisCount = count } }
    }
    let all = try decode {
      $0.beamWidth = SearchOptions.largestBeamWidth
      $0.hypothesisCount = .max
      $0.beamThreshold = .infinity
      $0.tokenPruneThreshold = .infinity
    }
    // In three frames: no label, three, nine except for repeats that need a fourth frame, and so
    // on.
    #expect(all.count == 1 + 3 + 9 + 12)
    #expect(try decode { ($0.beamThreshold, $0.tokenPruneThreshold) = (0, 0) }.count == 1)
  }

  @Test(arguments: [Float.nan, -.nan, .infinity, .signalingNaN])
  func impossibleValues(_ value: Float) throws {
    var values = posteriors
    values[6] = value
    try expectErrors(values, "position 1")
    try expectErrors([-1, -1, -1, -1] + [Float](repeating: -.infinity, count: 4), "position 1")
  }

  private func expectErrors(_ values: [Float], _ place: String) throws {
    let frames = values.count / 4
    func check(_ body: () throws -> Void) {
      let error = #expect(throws: InputError.self, performing: body)
      #expect(error?.description.contains(place) == true, "\(String(describing: error))")
    }
    check { _ = try GreedyDecoder(vocabulary).decode(values, frames: frames) }
    check { _ = try BeamSearchDecoder(vocabulary).decode(values, frames: frames) }
    check { _ = try ForcedAligner(vocabulary).align(values, frames: frames, text: "a") }
    check {
      _ = try KeywordSpotter(vocabulary, phrases: ["a"]).spot(values, frames: frames)
    }
    let stream = try BeamSearchDecoder(vocabulary).stream()
    try stream.feed(posteriors, frames: 3)
    let before = stream.finish()
    check { try stream.feed(values, frames: frames) }
    #expect(stream.finish() == before && stream.frames == 3)
  }

  @Test func sizes() throws {
    let decoder = try BeamSearchDecoder(vocabulary)
    for frames in [-1, 2, 4, .max, .min] {
      #expect(throws: InputError.self) { try decoder.decode(posteriors, frames: frames) }
      #expect(throws: InputError.self) {
        try GreedyDecoder(vocabulary).decode(posteriors, frames: frames)
      }
      #expect(throws: InputError.self) {
        try ForcedAligner(vocabulary).align(posteriors, frames: frames, text: "a")
      }
    }
    #expect(try decoder.decode([Float](), frames: 0)[0].text.isEmpty)
    #expect(throws: InputError.self) {
      try ForcedAligner(vocabulary).align([Float](), frames: 0, text: "a")
    }
  }

  @Test func longWords() throws {
    for lexicon in [
      Lexicon(words: [long, "a"]),
      Lexicon(entries: [
        .init(word: long, tokens: [2]),
        .init(word: "b", tokens: [Int](repeating: 3, count: 1 << 15)),
      ]),
    ] {
      let best = try BeamSearchDecoder(vocabulary, lexicon: lexicon)
        .decode(posteriors, frames: 3)
      #expect(!best.isEmpty)
    }
    let phrases = PhraseBias([long, "a"], boost: 5)
    #expect(
      try BeamSearchDecoder(vocabulary, phrases: phrases).decode(posteriors, frames: 3)[0].text
        == "a a")
    let wide = try TokenVocabulary(["_", " ", "a", long])
    #expect(
      try BeamSearchDecoder(wide).decode([-9, -9, -9, -0.1] as [Float], frames: 1)[0].text == long)
    #expect(throws: InputError.self) {
      try ForcedAligner(vocabulary).align(posteriors, frames: 3, text: long)
    }
    _ = try KeywordSpotter(vocabulary, phrases: [long]).spot(posteriors, frames: 3)
    let arpa = "\\data\\\nngram 1=3\n\n\\1-grams:\n-1\t\(long)\n-1\t</s>\n-1\t<s>\n\n\\end\\\n"
    let model = try NGramModel(arpa: Array(arpa.utf8))
    #expect(model.index(of: long) != nil)
    let fusion = LanguageModelFusion(model, unit: .word)
    _ = try BeamSearchDecoder(vocabulary, languageModel: fusion).decode(posteriors, frames: 3)
  }

  /// A model with weight 0 adds nothing, not the product of 0 and infinity.
  @Test(arguments: [LanguageModelFusion.Unit.word, .token])
  func impossibleWordsOfAModelWithoutWeight(_ unit: LanguageModelFusion.Unit) throws {
    let arpa =
      "\\data\\\nngram 1=4\n\n\\1-grams:\n-inf\t<unk>\n-inf\t</s>\n-1\t<s>\n-inf\ta\n\n\\end\\\n"
    var fusion = LanguageModelFusion(try NGramModel(arpa: Array(arpa.utf8)), unit: unit)
    for looksAhead in [false, true] {
      fusion.weight = 0
      fusion.unknownPenalty = 0
      fusion.looksAhead = looksAhead
      for lexicon in [nil, Lexicon(words: ["a"])] {
        let decoder = try BeamSearchDecoder(
          TokenVocabulary(["_", " ", "a"]), languageModel: fusion, lexicon: lexicon)
        let best = try decoder.decode([-3, -3, -0.1] as [Float], frames: 1)[0]
        #expect(best.text == "a")
        #expect(best.languageScore == 0)
      }
    }
  }

  @Test func lexicaAndPhrases() throws {
    // Lexica that allow no word: only the empty text is left.
    for lexicon in [
      Lexicon(words: [String]()), Lexicon(words: ["", "xyz"]), Lexicon(entries: [Lexicon.Entry]()),
    ] {
      let best = try? BeamSearchDecoder(vocabulary, lexicon: lexicon)
        .decode(posteriors, frames: 3)
      #expect(best?.allSatisfy { $0.text.isEmpty } ?? true)
    }
    for tokens in [[], [0], [4], [-1], [.max]] {
      #expect(throws: InputError.self) {
        try BeamSearchDecoder(
          vocabulary, lexicon: Lexicon(entries: [.init(word: "a", tokens: tokens)]))
      }
      #expect(throws: InputError.self) {
        try BeamSearchDecoder(
          vocabulary, phrases: PhraseBias([.init(tokens: tokens, boost: 1)]))
      }
    }
    for boost in [Double.nan, .infinity, -.infinity] {
      #expect(throws: InputError.self) {
        try BeamSearchDecoder(vocabulary, phrases: PhraseBias(["a"], boost: boost))
      }
    }
    for score in [0, 1, -1, Double.nan, .infinity] {
      #expect(throws: InputError.self) {
        try KeywordSpotter(vocabulary, phrases: ["a"], minimumScore: score)
      }
    }
    for phrase in ["", " ", "c"] {
      #expect(throws: InputError.self) { try KeywordSpotter(vocabulary, phrases: [phrase]) }
    }
  }
}
