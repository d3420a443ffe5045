import Seq2SeqLosses
import TestSupport
import Testing

@testable import Seq2SeqDecoding

/// Texts in tokens.
struct SpellingTests {
  private func posteriors(_ path: [Int], _ count: Int) -> [Double] {
    path.flatMap { token in (0..<count).map { $0 == token ? -0.01 : -8 } }
  }

  /// The text that a vocabulary spells a text as, token by token.
  private func spelled(
    _ text: String, _ texts: [String], _ folding: TextFolding = [],
    pieces: PieceMarks = .sentencePiece
  ) throws -> [String] {
    try TokenVocabulary(["_"] + texts, pieces: pieces).tokens(of: text, folding: folding)
      .map { (["_"] + texts)[$0] }
  }

  /// "ộ" in one scalar and in three are two tokens.
  @Test func tokensAreComparedByScalars() throws {
    let vocabulary = try TokenVocabulary(["_", "m", "\u{1ED9}", "o\u{323}\u{302}", "t"])
    let rows = posteriors([1, 3, 4], 5)
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

  @Test func foldingChangesTheSpellingAlone() throws {
    let texts = [" "] + "abcdefghijklmnopqrstuvwxyz'".map(String.init)
    #expect(try spelled("The sale.", texts, .all).joined() == "the sale")
    #expect(
      try spelled("Don\u{2019}t \u{2014} \u{201C}go\u{201D}!", texts, .all).joined() == "don't go")
    #expect(try spelled("caf\u{E9}", ["c", "a", "f", "e\u{301}"], .all).last == "e\u{301}")
    #expect(try spelled("cafe\u{301}", ["c", "a", "f", "\u{E9}"], .all).last == "\u{E9}")
    // Marks that are tokens of their own, in any order.
    for tokens in [["c", "a", "f", "e", "\u{301}"], ["e", "f", "a", "c", "\u{301}"]] {
      #expect(try spelled("caf\u{E9}", tokens, .all) == ["c", "a", "f", "e", "\u{301}"])
    }
    #expect(try spelled("e\u{301}", ["\u{E9}", "\u{301}"], .all) == ["\u{E9}"])
    // Hangul has no marks: its syllables are letters, in either form.
    let jamo = ["\u{1112}", "\u{1161}", "\u{11AB}"]
    #expect(try spelled("\u{D55C}", jamo, .all) == jamo)
    #expect(try spelled("\u{D558}", jamo, .all) == Array(jamo[..<2]))
    #expect(try spelled(jamo.joined(), ["\u{D55C}"], .all) == ["\u{D55C}"])
    #expect(throws: InputError.self) { try spelled("\u{D55C}", Array(jamo[..<2]), .all) }
    // What can be spelled stays.
    #expect(try spelled("Ab", ["A", "a", "b"], .all) == ["A", "b"])
    #expect(throws: InputError.self) { try spelled("The", texts) }
    let vocabulary = try TokenVocabulary(["_"] + texts)
    var options = ForcedAligner.TextOptions()
    options.folding = .all
    let path = try vocabulary.tokens(of: "a b")
    let rows = posteriors(path, vocabulary.count)
    let layout = try LogitsLayout(batch: 1, time: 3, vocabulary: vocabulary.count)
    let alignment = try ForcedAligner(vocabulary).alignEach(
      rows.span, utterances: [layout], segments: [["A \u{2014} B."]], options: options)[0].get()
    #expect(alignment.words.map(\.text) == ["A", "\u{2014}", "B."])
    #expect(alignment.words.map(\.frames) == [0..<1, 1..<1, 2..<3])
    #expect(alignment.segments.map(\.text) == ["A \u{2014} B."])
  }

  /// In the given case, in lower, in upper, then piece by piece, as near to the word as the tokens allow.
  @Test func foldingPieceByPiece() throws {
    for (text, tokens, expected) in [
      ("THE", ["The"], ["The"]), ("THE", ["T", "h", "e"], ["T", "h", "e"]),
      ("the", ["Th", "E"], ["Th", "E"]), ("THE", ["T", "h", "e", "t"], ["t", "h", "e"]),
      ("THE", ["The", "THe", "Th", "E"], ["THe"]), ("tHE", ["the", "tHe", "THe"], ["the"]),
      ("McDONALD", ["Mc", "Donald"], ["Mc", "Donald"]),
      ("\u{201C}THE\u{201D}!", ["The", "\""], ["\"", "The", "\""]),
      ("DON\u{2019}T", ["Don", "t"], ["Don", "t"]), ("DON'T", ["Don\u{2019}t"], ["Don\u{2019}t"]),
      ("WAIT\u{2026}", ["Wai", "t.", ".."], ["Wai", "t.", ".."]),
      // The full mappings of case, of no language.
      ("\u{130}STANBUL", "istanbul".map(String.init), "istanbul".map(String.init)),
      ("\u{130}s", ["\u{130}", "i", "s"], ["\u{130}", "s"]),
      ("\u{130}s", ["i", "\u{307}", "s"], ["i", "\u{307}", "s"]),
      ("b\u{131}r", ["b", "i", "r"], ["b", "i", "r"]),
      (
        "\u{39B}\u{39F}\u{393}\u{39F}\u{3A3}", ["λ", "ο", "γ", "σ", "ς"], ["λ", "ο", "γ", "ο", "ς"]
      ),
      ("λογος", ["λ", "ο", "γ", "σ"], ["λ", "ο", "γ", "ο", "σ"]),
      ("λογος", ["λ", "ο", "γ", "Σ", "σ"], ["λ", "ο", "γ", "ο", "σ"]),
      ("Σας", ["σ", "α", "ς"], ["σ", "α", "ς"]), ("ΣΑΣ", ["ς", "α"], ["ς", "α", "ς"]),
      ("Stra\u{DF}e", ["s", "t", "r", "a", "e"], ["s", "t", "r", "a", "s", "s", "e"]),
      ("Stra\u{DF}e", ["S", "t", "r", "a", "ss", "e"], ["S", "t", "r", "a", "ss", "e"]),
      ("STRA\u{1E9E}E", ["S", "T", "R", "A", "E", "s"], ["S", "T", "R", "A", "S", "S", "E"]),
      ("FUSS", ["f", "u", "\u{DF}"], ["f", "u", "\u{DF}"]), ("\u{FB01}T", ["fit"], ["fit"]),
      // A form of its own for each character, and letters with marks in between.
      ("CAF\u{C9}", ["Caf", "e", "\u{301}"], ["Caf", "e", "\u{301}"]),
      ("\u{D55C}A", ["\u{1112}\u{1161}", "\u{11AB}a"], ["\u{1112}\u{1161}", "\u{11AB}a"]),
      ("\u{2705}A\u{FE0F}b", ["aB"], ["aB"]),
    ] {
      #expect(try spelled(text, tokens, .all) == expected, "\(text) \(tokens)")
      #expect(throws: InputError.self) { try spelled(text + "x", tokens, .all) }
    }
    #expect(
      try spelled("THE CAT", ["\u{2581}The", "\u{2581}c", "At", "\u{2581}"], .all)
        == ["\u{2581}The", "\u{2581}c", "At"])
    #expect(
      try spelled("PLAYING Well", ["Play", "##Ing", "wEll"], .all, pieces: .wordPiece)
        == ["Play", "##Ing", "wEll"])
    #expect(
      try spelled(
        "PLAYing \u{2014} WELL", ["Play", "ing</w>", "Well</w>"], .all, pieces: .endOfWord)
        == ["Play", "ing</w>", "Well</w>"])
    #expect(try spelled("pLAY", ["P", "lay", "x"], .all, pieces: .byteLevel) == ["P", "lay"])
    // Each difference alone.
    #expect(try spelled("CAF\u{C9}", ["Caf", "\u{E9}"], .letterCase) == ["Caf", "\u{E9}"])
    #expect(throws: InputError.self) { try spelled("CAF\u{C9}", ["Caf", "e\u{301}"], .letterCase) }
    #expect(throws: InputError.self) {
      try spelled("THE", ["The"], [.canonicalForm, .punctuation])
    }
    #expect(throws: InputError.self) { try spelled("a.", ["a"], [.letterCase, .canonicalForm]) }
    let missing = InputError("text", position: 0, "no tokens spell \"THX\": none has \"X\"")
    #expect(throws: missing) { try spelled("THX", ["t", "h", "e"], .all) }
    // What cannot be seen has its code point in errors.
    let mark = InputError("text", position: 0, #"no tokens spell "\u{feff}a": none has "\u{feff}""#)
    #expect(throws: mark) { try spelled("\u{FEFF}a", ["a"]) }
  }

  /// The capitals of ß and ı are those of other letters: no reason to change the case of the whole word.
  @Test func foldingKeepsTheCaseOfWords() throws {
    func letters(_ text: String) -> [String] { text.map(String.init) }
    #expect(try spelled("stra\u{DF}e", letters("straeSTRAE"), .all) == letters("strasse"))
    #expect(try spelled("Stra\u{DF}e", letters("straeSTRAE"), .all) == letters("Strasse"))
    #expect(try spelled("stra\u{DF}e", letters("STRAE"), .all) == letters("STRASSE"))
    #expect(try spelled("k\u{131}z", letters("kizKIZ"), .all) == letters("kiz"))
    #expect(try spelled("\u{FB01}t", letters("fitFIT"), .all) == letters("fit"))
  }

  /// Against all sequences of tokens: a word is spelled where any of them reads it but for case, as it is and with the
  /// fewest tokens where one of them does.
  @Test(arguments: 0..<4)
  func foldingFindsWhatThereIs(seed: Int) throws {
    // Written from Unicode's tables.
    let keys: [Character: String] = [
      "a": "a", "A": "a", "s": "s", "S": "s", "\u{DF}": "ss", "\u{3C3}": "\u{3C3}",
      "\u{3C2}": "\u{3C3}",
      "\u{3A3}": "\u{3C3}", "i": "i", "I": "i", "\u{131}": "i", "\u{130}": "i",
    ]
    let letters = keys.keys.sorted()
    var generator = SeededGenerator(seed: seed)
    func text(_ longest: Int) -> String {
      String(
        (0..<Int.random(in: 1...longest, using: &generator)).map { _ in
          letters.randomElement(using: &generator) ?? "a"
        })
    }
    func key(_ text: String) -> [Character] {
      text.flatMap { Array(keys[$0] ?? "") }
    }
    func sequences(_ rest: ArraySlice<Character>, _ tokens: [[Character]]) -> [[Int]] {
      rest.isEmpty
        ? [[]]
        : tokens.indices.filter { rest.starts(with: tokens[$0]) }.flatMap { token in
          sequences(rest.dropFirst(tokens[token].count), tokens).map { [token + 1] + $0 }
        }
    }
    for _ in 0..<400 {
      let texts = (0..<Int.random(in: 1...5, using: &generator)).map { _ in text(3) }
      let word = text(5)
      let vocabulary = try TokenVocabulary(["_"] + texts)
      let all = sequences(key(word)[...], texts.map(key))
      let exact = all.filter { $0.map { texts[$0 - 1] }.joined() == word }
      guard !all.isEmpty else {
        #expect(throws: InputError.self) { try vocabulary.tokens(of: word, folding: .all) }
        continue
      }
      let found = try vocabulary.tokens(of: word, folding: .all)
      #expect(key(found.map { texts[$0 - 1] }.joined()) == key(word), "\(word) \(texts)")
      guard let fewest = exact.map(\.count).min() else { continue }
      #expect(found.map { texts[$0 - 1] }.joined() == word && found.count == fewest)
    }
  }

  /// Words and tokens that could be matched in very many ways take no longer for it.
  @Test func foldingIsBounded() throws {
    let sharp = String(repeating: "\u{DF}", count: 400)
    #expect(try spelled(sharp, ["s", String(repeating: "Ss", count: 100)], .all).count == 800)
    #expect(try spelled(sharp, ["s", String(repeating: "s", count: 200)], .all).count == 4)
    let dashes = String(repeating: "-", count: 1000)
    #expect(try spelled(dashes + "A", ["a", String(repeating: "-", count: 100)], .all).count == 11)
    #expect(try spelled(dashes + "A", ["a"], .all) == ["a"])
    #expect(throws: InputError.self) {
      try spelled(String(repeating: "aA", count: 1000) + "x", ["a", "A", "aA", "Aa", "AA"], .all)
    }
  }

  /// The separator's own text between spaces is one separator, as the spaces around it are.
  @Test func separatorsBetweenSpaces() throws {
    let vocabulary = try TokenVocabulary(["_", "|", "a", "b"], wordSeparator: "|")
    for text in [
      "a b", "a | b", "| a  |  | b |", "a \u{2581} b", "a \u{2581}b", "a\u{2581}\u{2581}b",
    ] {
      for folding in [[], TextFolding.all] {
        #expect(try vocabulary.tokens(of: text, folding: folding) == [2, 1, 3], "\(text)")
      }
      let decoder = try BeamSearchDecoder(vocabulary, phrases: PhraseBias([text], boost: 3))
      #expect(try decoder.decode(posteriors([2, 1, 3], 4), frames: 3)[0].biasScore == 3, "\(text)")
    }
    // Marks of words are separators enough.
    let both = try TokenVocabulary(["_", " ", "\u{2581}a", "b"])
    #expect(try both.tokens(of: "a b") == [2, 1, 3] && both.tokens(of: "b a") == [1, 3, 2])
    #expect(vocabulary.folded("a | B", .all) == "a b")
    #expect(vocabulary.folded(["|", "A"], .all) == ["", "a"])
    let alignment = try ForcedAligner(vocabulary).align(
      posteriors([2, 1, 3], 4), frames: 3, text: "a | b")
    #expect(alignment.words.map(\.text) == ["a", "|", "b"])
    #expect(alignment.words.map(\.frames) == [0..<1, 1..<1, 2..<3])
    let marked = try TokenVocabulary(["_", "<space>", "a", "b"], wordSeparator: "<space>")
    #expect(try marked.tokens(of: "a <space> b") == [2, 1, 3])
    #expect(marked.unspellable(["a <space> x"]).map(\.problem) == ["no token has \"x\""])
  }

  /// Entries with nothing to write, and words that are several.
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
    // A space is a character that no token has where none separates words.
    let letters = try TokenVocabulary(["_", "a", "b"])
    #expect(letters.unspellable(["a b"]).map(\.problem) == ["no token has \" \""])
  }

  /// Errors name the text of a token at fault beside its index.
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

  /// Spaces between the words of a phrase are one, as in texts of hypotheses.
  @Test func spacesWithinPhrases() throws {
    let vocabulary = try TokenVocabulary(["_", " ", "a", "b"])
    for phrase in ["a b", "a  b", " a   b "] {
      let decoder = try BeamSearchDecoder(vocabulary, phrases: PhraseBias([phrase], boost: 3))
      #expect(try decoder.decode(posteriors([2, 1, 3], 4), frames: 3)[0].biasScore == 3)
    }
    #expect(try vocabulary.tokens(of: "a  b") == [2, 1, 3])
  }

  /// The text of the separator is a letter within words, which no token has.
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
      #expect(try decoder.decode(posteriors([1, 2, 1, 2], 3), frames: 4)[0].text == "hello hello")
    }
  }

  /// A word that a lexicon has twice with one spelling is one hypothesis; homophones, and other spellings, are others.
  @Test func entriesThatAreTwiceInALexicon() throws {
    let vocabulary = try TokenVocabulary(["_", " ", "a", "b"])
    var options = BeamSearchOptions()
    options.hypothesisCount = 8
    // "ab a": the first word is not the last, which is chosen among its homophones at the end.
    let rows = posteriors([2, 3, 1, 2], 4)
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
    let rows = posteriors([2, 3, 1, 2, 3], 4)
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
