import Foundation
import TensorFiles
import Testing
import TextFiles

@testable import Seq2SeqDecoding

struct TextFileTests {
  private func file(_ text: String) throws -> TextFile { try TextFile(Array(text.utf8), path: "f") }

  @Test func linesEndWithEitherEnd() throws {
    #expect(try file("a\r\n\r\n b \nc").allLines == ["a", "", " b ", "c"])
    #expect(try file("a\r\n\r\n b \nc\n").lines == ["a", " b ", "c"])
    #expect(try file("\u{FEFF}a\r\n\r\n \nb\n\n").lineNumbers == [1, 4])
    #expect(try file("").allLines == [])
    #expect(try file("\n").allLines == [""])
    #expect(throws: TensorFileError("f", "not UTF-8")) { try TextFile([0x61, 0xFF], path: "f") }
  }

  /// A mark, or a carriage return, makes one character with what is before it: lines, fields and tokens are of scalars.
  @Test func marksHideNoSeparators() throws {
    #expect(try file("a\r\n\u{301}b\n\u{301}\n").allLines == ["a", "\u{301}b", "\u{301}"])
    #expect(try file("a\r\r\nb").allLines == ["a\r", "b"])
    let vocabulary = try TokenVocabulary(["_", "क", "ा", "\u{301}"])
    let lexicon = try file("का\tक ा\nx\t\u{301} क\n").lexicon(vocabulary)
    guard case .tokens([[1, 2], [3, 1]]) = lexicon.spelling else {
      Issue.record("\(lexicon.spelling)")
      return
    }
    #expect(try file("\u{301}\t2").phrases(boost: 1).phrases.map(\.boost) == [2])
  }

  @Test func byteOrderMarksAreNoText() throws {
    #expect(try file("\u{FEFF}a\r\nb\n").allLines == ["a", "b"])
    #expect(throws: TensorFileError("f", "UTF-16, where UTF-8 is read")) {
      try TextFile([0xFF, 0xFE, 0x61, 0], path: "f")
    }
  }

  @Test func tokensAreLinesOrJSON() throws {
    #expect(try file("_\n \nb\n").tokens().texts == ["_", " ", "b"])
    #expect(try file("[\"_\", \"a\"]").tokens().texts == ["_", "a"])
    #expect(
      try file("\u{FEFF}{\"a\": 1, \"<pad>\": 0, \"|\": 2}").tokens().texts == ["<pad>", "a", "|"])
    // A bracket may be a token.
    #expect(try file("[\n]\n").tokens().texts == ["[", "]"])
    #expect(try file("[\na\n").tokens().texts == ["[", "a"])
    // An array of other things, such as the pieces and scores of a tokenizer.json, is no list of one token.
    for text in [#"[["a", -1.5], ["b", -2]]"#, #"["a", null]"#, "[1, 2]"] {
      #expect(throws: TensorFileError.self) { try file(text).tokens() }
    }
    #expect(try file("[\"_\", \"a\"]").tokens(format: .list).texts == ["[\"_\", \"a\"]"])
    #expect(throws: TensorFileError("f", "\"b\" has index 2, outside 0..<2")) {
      try file("{\"a\": 0, \"b\": 2}").tokens()
    }
    #expect(throws: TensorFileError("f", "2 for 4 outputs")) {
      try file("{\"a\": 0, \"b\": 1}").tokens(count: 4)
    }
    // Canonical equivalents are different tokens, written in any way.
    #expect(
      try file(#"{"e\u0301": 0, "\u00e9": 1, "\#u{E9}x": 2.0 , "e\#u{301}x" : 3}"#).tokens().texts
        .map { $0.unicodeScalars.count } == [2, 1, 2, 3])
    #expect(throws: TensorFileError("f", "\"\u{E9}\" occurs twice")) {
      try file(#"{"\u00e9": 0, "\#u{E9}": 1}"#).tokens()
    }
    #expect(
      throws: TensorFileError(
        "f", "neither a JSON object of texts and their indices nor an array of texts")
    ) { try file("{\"a\": [0]}").tokens() }
  }

  @Test func lexicaNameTheLineAtFault() throws {
    let vocabulary = try TokenVocabulary(["_", "a", "b"])
    let lexicon = try file("ab\ta b\nba\tb a\n").lexicon(vocabulary)
    #expect(lexicon.words == ["ab", "ba"])
    guard case .tokens([[1, 2], [2, 1]]) = lexicon.spelling else {
      Issue.record("\(lexicon.spelling)")
      return
    }
    #expect(throws: TensorFileError("f", "line 4: \"c\" is not a token")) {
      try file("\u{FEFF}\r\nab\ta b\r\n \nba\tc a\n").lexicon(vocabulary)
    }
    #expect(throws: TensorFileError("f", "line 2: \"ba\" has no tokens")) {
      try file("ab\ta b\nba\n").lexicon(vocabulary)
    }
  }

  @Test func phrasesHaveBoostsOfTheirOwn() throws {
    let phrases = try file("a b\nb\t-2.5\n").phrases(boost: 3).phrases
    #expect(phrases.map(\.spelling) == [.text("a b"), .text("b")])
    #expect(phrases.map(\.boost) == [3, -2.5])
    #expect(
      throws: TensorFileError("f", "line 2: \":2.5\" looks like a boost, which a tab must separate")
    ) { try file("\nab :2.5").phrases(boost: 1) }
    #expect(throws: TensorFileError("f", "line 3: \"x\" is not a number")) {
      try file("\u{FEFF}b\n\na\tx").phrases(boost: 1)
    }
  }

  /// A boost or tokens without a phrase or a word are not taken for one.
  @Test func tabsAtTheEndsOfLines() throws {
    let vocabulary = try TokenVocabulary(["_", "a", "b"])
    let missing = TensorFileError("f", "line 2: there is nothing before the tab")
    for line in ["\t2", " \ta b"] {
      #expect(throws: missing) { try file("ab\n" + line).phrases(boost: 1) }
      #expect(throws: missing) { try file("ab\ta b\n" + line).lexicon(vocabulary) }
    }
    #expect(try file("ab\t\n").phrases(boost: 3).phrases.map(\.boost) == [3])
    #expect(try file("ab\t\n").lexicon(vocabulary).words == ["ab"])
  }

  @Test func jsonTextsNameTheLineAtFault() throws {
    #expect(
      try file("{\"text\": \"a b\", \"score\": 1}\n{\"text\": \"\"}\n").jsonTexts() == ["a b", ""])
    #expect(throws: TensorFileError("f", "line 2 has no \"text\"")) {
      try file("{\"text\": \"\"}\n[]\n").jsonTexts()
    }
    #expect(throws: TensorFileError("f", "line 1 has 'text' twice")) {
      try file(#"{"text": "a", "t\u0065xt": "b"}"#).jsonTexts()
    }
  }

  @Test func manifestsAreWithinTheirFrames() throws {
    func manifest(_ offset: Int, _ frames: Int) throws -> Manifest {
      let json = #"{"items": [{"id": "u", "offset": \#(offset), "frames": \#(frames)}]}"#
      return try Manifest(Data(json.utf8), path: "m")
    }
    try manifest(3, 7).check(frames: 10)
    try manifest(10, 0).check(frames: 10)
    for (offset, frames) in [(-1, 2), (3, 8), (3, -1), (11, 0), (.max, .max), (.max, 0), (0, .max)]
    {
      #expect(throws: TensorFileError("p", "item 'u' is not within its 10 frames")) {
        try manifest(offset, frames).check(frames: 10, path: "p")
      }
    }
    for (json, problem) in [
      ("{}", "items is missing"), (#"{"items": 5}"#, "items is not an array"),
      ("[1]", "the whole is not an object"),
      (#"{"items": [{"offset": 0, "frames": 1}]}"#, "items[0].id is missing"),
      (#"{"items": [{"id": 5, "offset": 0, "frames": 1}]}"#, "items[0].id is not a string"),
      (
        #"{"items": [{"id": "a", "offset": "0", "frames": 1}]}"#,
        "items[0].offset is not an integer"
      ),
      (#"{"items": [], "vocab": ["_", null]}"#, "vocab[1] is not a string"),
      (#"{"items": [], "blank": 0, "blank": 1}"#, "it has 'blank' twice"),
    ] {
      #expect(throws: TensorFileError("m", "is not a manifest: " + problem)) {
        try Manifest(Data(json.utf8), path: "m")
      }
    }
  }
}
