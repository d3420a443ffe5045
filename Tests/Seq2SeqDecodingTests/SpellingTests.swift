import Seq2SeqLosses
import TestSupport
import Testing

@testable import Seq2SeqDecoding

/// Texts in tokens.
struct SpellingTests {
  /// "ộ" in one scalar and in three are two tokens.
  @Test func tokensAreComparedByScalars() throws {
    let vocabulary = try TokenVocabulary(["_", "m", "\u{1ED9}", "o\u{323}\u{302}", "t"])
    let rows = sureRows([1, 3, 4], 5)
    let aligner = ForcedAligner(vocabulary)
    #expect(try aligner.align(rows, frames: 3, text: "mo\u{323}\u{302}t").path == [1, 3, 4])
    #expect(try vocabulary.tokens(of: "m\u{1ED9}t") == [1, 2, 4])
    let spotter = try KeywordSpotter(vocabulary, phrases: ["mo\u{323}\u{302}t", "m\u{1ED9}t"])
    #expect(try spotter.spot(rows, frames: 3).map(\.phrase) == [0])
    for (word, isThere) in [("mo\u{323}\u{302}t", true), ("m\u{1ED9}t", false)] {
      let decoder = try BeamSearchDecoder(
        vocabulary, lexicon: Lexicon(words: [word]), phrases: PhraseBias([word], boost: 1))
      let tokens = try decoder.decode(rows, frames: 3).first?.tokens
      #expect((tokens == [1, 3, 4]) == isThere)
    }
  }

  @Test func theFewestTokens() throws {
    #expect(try spelled("abc", ["ab", "a", "bc"]) == ["a", "bc"])
    #expect(try spelled("abcd", ["abc", "ab", "cd", "a", "d"]) == ["abc", "d"])
    #expect(try spelled("aaab", ["a", "aa", "ab"]) == ["aa", "ab"])
    #expect(try spelled("ab ba", ["a", "b", " "]) == ["a", "b", " ", "b", "a"])
    #expect(
      try spelled("hello hell", ["\u{2581}", "\u{2581}hell", "o", "h", "e", "l"])
        == ["\u{2581}hell", "o", "\u{2581}hell"])
    #expect(throws: InputError("text", position: 1, "no tokens spell \"cab\": none has \"c\"")) {
      try spelled("ab cab", ["a", "b", " "])
    }
  }

  @Test func marksOfPieces() throws {
    #expect(
      try spelled("playing well", ["play", "##ing", "well"], pieces: .wordPiece)
        == ["play", "##ing", "well"])
    #expect(
      try spelled("playing well", ["play@@", "ing", "well"], pieces: .continuation)
        == ["play@@", "ing", "well"])
    #expect(
      try spelled("playing well", ["play", "ing</w>", "well</w>"], pieces: .endOfWord)
        == ["play", "ing</w>", "well</w>"])
    #expect(
      try spelled("play well", ["play", "\u{120}well"], pieces: .byteLevel)
        == ["play", "\u{120}well"])
    #expect(
      try spelled("\u{723F}", ["<0xE7>", "<0x88>", "<0xBF>"]) == ["<0xE7>", "<0x88>", "<0xBF>"])
  }

  /// The separator's own text between spaces is one separator, together with the spaces around it.
  @Test func separatorsBetweenSpaces() throws {
    let vocabulary = try TokenVocabulary(["_", "|", "a", "b"], wordSeparator: "|")
    for text in [
      "a b", "a | b", "| a  |  | b |", "a \u{2581} b", "a \u{2581}b", "a\u{2581}\u{2581}b",
    ] {
      for folding in [[], TextFolding.all] {
        #expect(try vocabulary.tokens(of: text, folding: folding) == [2, 1, 3], "\(text)")
      }
      let decoder = try BeamSearchDecoder(vocabulary, phrases: PhraseBias([text], boost: 3))
      #expect(try decoder.decode(sureRows([2, 1, 3], 4), frames: 3)[0].biasScore == 3, "\(text)")
    }
    // Marks of words are sufficient as separators.
    let both = try TokenVocabulary(["_", " ", "\u{2581}a", "b"])
    #expect(try both.tokens(of: "a b") == [2, 1, 3] && both.tokens(of: "b a") == [1, 3, 2])
    #expect(vocabulary.folded("a | B", .all) == "a b")
    #expect(vocabulary.folded(["|", "A"], .all) == ["", "a"])
    let alignment = try ForcedAligner(vocabulary).align(
      sureRows([2, 1, 3], 4), frames: 3, text: "a | b")
    #expect(alignment.words.map(\.text) == ["a", "|", "b"])
    #expect(alignment.words.map(\.frames) == [0..<1, 1..<1, 2..<3])
    let marked = try TokenVocabulary(["_", "<space>", "a", "b"], wordSeparator: "<space>")
    #expect(try marked.tokens(of: "a <space> b") == [2, 1, 3])
    #expect(marked.unspellable(["a <space> x"]).map(\.problem) == ["no token has \"x\""])
  }

  /// Entries without characters, and entries of several words.
  @Test func entriesOfSeparators() throws {
    let vocabulary = try TokenVocabulary(["_", "|", "a", "b"], wordSeparator: "|")
    for (text, problem) in [
      ("", "empty"), (" ", "\" \": only separators"), ("|", "\"|\": only separators"),
      ("| |", "\"| |\": only separators"),
    ] {
      #expect(throws: InputError("phrases", position: 1, problem)) {
        try BeamSearchDecoder(vocabulary, phrases: PhraseBias(["a", text], boost: 1))
      }
      #expect(throws: InputError("lexicon", position: 1, problem)) {
        try BeamSearchDecoder(vocabulary, lexicon: Lexicon(words: ["a", text]))
      }
      #expect(vocabulary.unspellable(["a", text]).map(\.index) == [1])
    }
    let several = "\"a b\": a separator in it, where one word is expected"
    #expect(throws: InputError("lexicon", position: 0, several)) {
      try BeamSearchDecoder(vocabulary, lexicon: Lexicon(words: ["a b"]))
    }
    #expect(vocabulary.unspellable(["a b", "a"], areWords: true).map(\.index) == [0])
    let lexicon = Lexicon(
      entries: [[2], [], [1, 1], [2, 1, 3], [1, 2, 1]].map { .init(word: "w", tokens: $0) })
    #expect(lexicon.unspellable(vocabulary).map(\.index) == [1, 2, 3])
    #expect(
      lexicon.unspellable(vocabulary).map(\.problem)
        == ["no tokens", "only separators", "a separator, 1 (\"|\"), within its tokens"])
    // What a decoder writes for tokens is a word, too.
    for text in ["", " "] {
      let lexicon = Lexicon(entries: [
        .init(word: "w", tokens: [2]), .init(word: text, tokens: [3]),
      ])
      #expect(lexicon.unspellable(vocabulary).map(\.problem) == ["empty"])
      #expect(throws: InputError("lexicon", position: 1, "empty")) {
        try BeamSearchDecoder(vocabulary, lexicon: lexicon)
      }
    }
    // If no token separates words, a space is a character that no token has.
    let letters = try TokenVocabulary(["_", "a", "b"])
    #expect(letters.unspellable(["a b"]).map(\.problem) == ["no token has \" \""])
  }

  /// Errors name the text of the faulty token besides its index.
  @Test func tokensAtFault() throws {
    let vocabulary = try TokenVocabulary(["_", "\n", "ab"])
    func expect(_ error: InputError, _ body: () throws -> Void) {
      #expect(throws: error) { try body() }
    }
    for (row, problem) in [
      ([0, .nan, .nan], "nan for token 1 (\"\\u{a}\")"),
      ([0, 0, .infinity], "inf for token 2 (\"ab\")"),
    ] {
      let error = InputError("logProbabilities", sample: 0, position: 0, problem)
      expect(error) { _ = try BeamSearchDecoder(vocabulary).decode(row, frames: 1) }
      expect(error) { _ = try GreedyDecoder(vocabulary).decode(row, frames: 1) }
      expect(error) { _ = try ForcedAligner(vocabulary).align(row, frames: 1, text: "ab") }
      expect(error) {
        _ = try KeywordSpotter(vocabulary, phrases: ["ab"]).spot(row, frames: 1)
      }
      expect(error) { try BeamSearchDecoder(vocabulary).stream().feed(row, frames: 1) }
    }
    let layout = try LogitsLayout(batch: 1, time: 1, vocabulary: 3)
    expect(InputError("targets", sample: 0, position: 0, "0 (\"_\") is the blank")) {
      let zeros: [Double] = [0, 0, 0]
      _ = try ForcedAligner(vocabulary).alignEach(zeros.span, layout: layout, targets: [[0]])
    }
    expect(InputError("phrases", position: 0, "0 (\"_\") is the blank")) {
      _ = try BeamSearchDecoder(
        vocabulary, phrases: PhraseBias([.init(tokens: [2, 0], boost: 1)]))
    }
    for (tokens, problem) in [
      ([2, 3], "3 is outside 0..<3, in \"w\""), ([0], "0 (\"_\") is the blank, in \"w\""),
      ([], "\"w\": no tokens"),
    ] {
      expect(InputError("lexicon", position: 0, problem)) {
        _ = try BeamSearchDecoder(
          vocabulary, lexicon: Lexicon(entries: [.init(word: "w", tokens: tokens)]))
      }
    }
    expect(
      InputError(
        "vocabulary", position: 1, "\"\u{2581}a\u{2581}b\" has a whole word between two separators")
    ) {
      _ = try BeamSearchDecoder(
        TokenVocabulary(["_", "\u{2581}a\u{2581}b"]), lexicon: Lexicon(words: ["a"]))
    }
    for (token, problem) in [(0, "0 (\"_\") is the blank"), (7, "7 is outside 0..<3")] {
      expect(InputError("bigBlanks", problem)) {
        _ = try TransducerGreedyDecoder(
          vocabulary, topology: .multiBlank([token: 2]))
      }
    }
  }

  @Test func whatTokensCannotSpellIsAnError() throws {
    let letters = try TokenVocabulary(["_", " ", "a", "b", "c"])
    #expect(
      throws: InputError("phrases", position: 1, "\"GitLab\": no token has \"G\"")
    ) { try BeamSearchDecoder(letters, phrases: PhraseBias(["ab", "GitLab"], boost: 1)) }
    #expect(throws: InputError("phrases", position: 0, "\"ab :2.5\": no token has \":\"")) {
      try BeamSearchDecoder(letters, phrases: PhraseBias(["ab :2.5"], boost: 1))
    }
    #expect(throws: InputError("lexicon", position: 0, "\"\u{65D7}\": no token has \"\u{65D7}\"")) {
      try BeamSearchDecoder(letters, lexicon: Lexicon(words: ["\u{65D7}"]))
    }
    #expect(throws: InputError.self) { try KeywordSpotter(letters, phrases: ["abd"]) }
    let pieces = try TokenVocabulary(["_", "\u{2581}ab", "c"])
    #expect(throws: InputError("lexicon", position: 1, "\"b\": no tokens spell it")) {
      try BeamSearchDecoder(pieces, lexicon: Lexicon(words: ["abc", "b"]))
    }
    #expect(pieces.unspellable(["abc", "b", "d"]).map(\.index) == [1, 2])
    #expect(letters.folded("Ab D!", .all) == "ab D!")
  }

  /// Several spaces between the words of a phrase count as one.
  @Test func spacesWithinPhrases() throws {
    let vocabulary = try TokenVocabulary(["_", " ", "a", "b"])
    for phrase in ["a b", "a  b", " a   b "] {
      let decoder = try BeamSearchDecoder(vocabulary, phrases: PhraseBias([phrase], boost: 3))
      #expect(try decoder.decode(sureRows([2, 1, 3], 4), frames: 3)[0].biasScore == 3)
    }
    #expect(try vocabulary.tokens(of: "a  b") == [2, 1, 3])
  }

  /// Within words, the text of the separator is a letter, which no token has.
  @Test func separatorsWithinWords() throws {
    let vocabulary = try TokenVocabulary(["_", "|", "a", "b"], wordSeparator: "|")
    #expect(throws: InputError("phrases", position: 0, "\"a|b\": no token has \"|\"")) {
      try BeamSearchDecoder(vocabulary, phrases: PhraseBias(["a|b"], boost: 1))
    }
    #expect(throws: InputError("text", position: 0, "no tokens spell \"a|b\": none has \"|\"")) {
      try vocabulary.tokens(of: "a|b")
    }
    #expect(try vocabulary.tokens(of: "a|b", folding: .all) == [2, 3])
  }

  /// Where nothing separates words, phrases may begin and end within tokens; words of a lexicon may not.
  @Test func withoutSeparators() throws {
    let vocabulary = try TokenVocabulary(["_", "ab", "cd", "e"], wordSeparator: "")
    let phrases = ["abd", "ad", "bc", "bcde", "a", "d", "abcd", "ee"]
    #expect(vocabulary.unspellable(phrases).map(\.text) == ["abd", "ad"])
    #expect(
      vocabulary.unspellable(phrases, areWords: true).map(\.text)
        == ["abd", "ad", "bc", "bcde", "a", "d"])
    #expect(throws: InputError("lexicon", position: 0, "\"bc\": no tokens spell it")) {
      try BeamSearchDecoder(vocabulary, lexicon: Lexicon(words: ["bc"]))
    }
  }

  /// Pieces that begin or end words, in a lexicon of tokens.
  @Test func lexicaOfMarkedPieces() throws {
    for (texts, pieces) in [
      (["_", "\u{2581}he", "llo"], PieceMarks.sentencePiece), (["_", "he", "##llo"], .wordPiece),
      (["_", "he", "llo</w>"], .endOfWord), (["_", "he@@", "llo"], .continuation),
    ] {
      let decoder = try BeamSearchDecoder(
        TokenVocabulary(texts, pieces: pieces),
        lexicon: Lexicon(entries: [.init(word: "hello", tokens: [1, 2])]))
      #expect(try decoder.decode(sureRows([1, 2, 1, 2], 3), frames: 4)[0].text == "hello hello")
    }
  }

  /// A word that occurs twice in a lexicon with the same spelling is one hypothesis. Homophones and
  /// other spellings are separate hypotheses.
  @Test func entriesThatAreTwiceInALexicon() throws {
    let vocabulary = try TokenVocabulary(["_", " ", "a", "b"])
    let options = BeamSearchOptions(hypothesisCount: 8)
    // "ab a": the first word is not the last, which is chosen among its homophones at the end.
    let rows = sureRows([2, 3, 1, 2], 4)
    let words = try BeamSearchDecoder(
      vocabulary, options: options, lexicon: Lexicon(words: ["ab", "ab", "a", "ab"]))
    let texts = try words.decode(rows, frames: 4).map(\.text)
    #expect(texts[0] == "ab a" && Set(texts).count == texts.count)
    let entries = [("ab", [2, 3]), ("ab", [2, 3, 1]), ("AB", [2, 3]), ("a", [2])]
    let spelled = try BeamSearchDecoder(
      vocabulary, options: options,
      lexicon: Lexicon(entries: entries.map { .init(word: $0.0, tokens: $0.1) }))
    let found = try spelled.decode(rows, frames: 4)
    #expect(found.filter { $0.tokens == [2, 3, 1, 2] }.map(\.text).sorted() == ["AB a", "ab a"])
    #expect(Set(found.map { "\($0.text) \($0.tokens)" }).count == found.count)
  }

  /// As flashlight writes lexica.
  @Test func separatorsAtTheEndsOfEntries() throws {
    let vocabulary = try TokenVocabulary(["_", "|", "h", "i"], wordSeparator: "|")
    let rows = sureRows([2, 3, 1, 2, 3], 4)
    for tokens in [[2, 3, 1], [2, 3], [1, 2, 3, 1, 1]] {
      let decoder = try BeamSearchDecoder(
        vocabulary, lexicon: Lexicon(entries: [.init(word: "hi", tokens: tokens)]))
      #expect(try decoder.decode(rows, frames: 5)[0].text == "hi hi")
    }
    for tokens in [[2, 1, 3], [1], [1, 1]] {
      #expect(throws: InputError.self) {
        try BeamSearchDecoder(
          vocabulary, lexicon: Lexicon(entries: [.init(word: "hi", tokens: tokens)]))
      }
    }
  }
}
