import Seq2SeqLosses
import TestSupport
import Testing

@testable import Seq2SeqDecoding

/// Spellings that differ from their texts only in ways that a folding ignores.
struct TextFoldingTests {
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
    // A text that can be spelled is unchanged.
    #expect(try spelled("Ab", ["A", "a", "b"], .all) == ["A", "b"])
    #expect(throws: InputError.self) { try spelled("The", texts) }
    let vocabulary = try TokenVocabulary(["_"] + texts)
    var options = ForcedAligner.TextOptions()
    options.folding = .all
    let path = try vocabulary.tokens(of: "a b")
    let rows = sureRows(path, vocabulary.count)
    let layout = try LogitsLayout(batch: 1, time: 3, vocabulary: vocabulary.count)
    let alignment = try ForcedAligner(vocabulary).alignEach(
      rows.span, utterances: [layout], segments: [["A \u{2014} B."]], options: options)[0].get()
    #expect(alignment.words.map(\.text) == ["A", "\u{2014}", "B."])
    #expect(alignment.words.map(\.frames) == [0..<1, 1..<1, 2..<3])
    #expect(alignment.segments.map(\.text) == ["A \u{2014} B."])
  }

  /// In the given case, in lower case, in upper case, then piece by piece, as near to the word as
  /// the tokens allow.
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
    // Each kind of difference separately.
    #expect(try spelled("CAF\u{C9}", ["Caf", "\u{E9}"], .letterCase) == ["Caf", "\u{E9}"])
    #expect(throws: InputError.self) { try spelled("CAF\u{C9}", ["Caf", "e\u{301}"], .letterCase) }
    #expect(throws: InputError.self) {
      try spelled("THE", ["The"], [.canonicalForm, .punctuation])
    }
    #expect(throws: InputError.self) { try spelled("a.", ["a"], [.letterCase, .canonicalForm]) }
    let missing = InputError("text", position: 0, "no tokens spell \"THX\": none has \"X\"")
    #expect(throws: missing) { try spelled("THX", ["t", "h", "e"], .all) }
    // Errors show the code points of invisible characters.
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
}
