import Seq2SeqLosses
import Testing

@testable import Seq2SeqDecoding

/// Tokens that are pieces of words, and bytes.
struct PieceMarksTests {
  private func text(_ texts: [String], _ pieces: PieceMarks = .sentencePiece) throws -> String {
    let vocabulary = try TokenVocabulary(["<blk>"] + texts, pieces: pieces)
    return vocabulary.text(of: 1...texts.count)
  }

  @Test func wordsAreJoinedByTheirMarks() throws {
    #expect(try text(["\u{2581}play", "ing", "\u{2581}well"]) == "playing well")
    #expect(try text(["play", "##ing", "well"], .wordPiece) == "playing well")
    #expect(try text(["play@@", "ing", "well"], .continuation) == "playing well")
    #expect(try text(["play", "ing</w>", "well</w>"], .endOfWord) == "playing well")
    #expect(try text(["play", "ing_", "well_"], .underscore) == "playing well")
    #expect(
      try text(["play", "ing", "\u{120}well", "\u{120}\u{E5}", "\u{12E}", "\u{139}"], .byteLevel)
        == "playing well \u{5317}")
  }

  @Test func bytesMakeCharacters() throws {
    #expect(
      try text(["\u{5317}\u{6771}", "<0xE7>", "<0x88>", "<0xBF>"]) == "\u{5317}\u{6771}\u{723F}")
    #expect(try text(["\u{2581}a", "<0x20>", "<0x41>", "\u{2581}", "<0xC3>"]) == "a A \u{FFFD}")
    #expect(try text(["<0xE7>", "<0x88>", "b"]) == "\u{FFFD}b")
    // No bytes.
    #expect(try text(["<0xE>", "<0xZZ>", "<0x+1>"]) == "<0xE><0xZZ><0x+1>")
  }

  private func posteriors(_ path: [Int], _ count: Int) -> [Double] {
    path.flatMap { token in (0..<count).map { $0 == token ? -0.01 : -8 } }
  }

  @Test func streamsShowCompleteCharacters() throws {
    let vocabulary = try TokenVocabulary(["_", "\u{2581}a", "<0xE7>", "<0x88>", "<0xBF>"])
    let decoder = try BeamSearchDecoder(vocabulary)
    let stream = decoder.stream()
    for (token, expected) in zip([1, 2, 3, 4], ["a", "a", "a", "a\u{723F}"]) {
      try stream.feed(posteriors([token], 5), frames: 1)
      let hypothesis = stream.hypotheses()[0]
      #expect(hypothesis.text == expected)
      #expect(hypothesis.words.map(\.text) == [expected])
    }
    #expect(stream.finish()[0].text == "a\u{723F}")
    let greedy = try GreedyDecoder(vocabulary)
      .decode(posteriors([1, 2, 3], 5), frames: 3)
    #expect(greedy.text == "a\u{FFFD}")
  }

  /// Words and phrases are found whatever divides them.
  @Test(arguments: PieceMarks.allCases)
  func lexicaAndPhrases(pieces: PieceMarks) throws {
    let texts: [String] =
      switch pieces {
      case .sentencePiece: ["_", "\u{2581}ab", "c", "\u{2581}d"]
      case .wordPiece: ["_", "ab", "##c", "d"]
      case .continuation: ["_", "ab@@", "c", "d"]
      case .endOfWord: ["_", "ab", "c</w>", "d</w>"]
      case .underscore: ["_", "ab", "c_", "d_"]
      case .byteLevel: ["_", "\u{120}ab", "c", "\u{120}d"]
      }
    let vocabulary = try TokenVocabulary(texts, pieces: pieces)
    let path = posteriors([1, 2, 0, 3], 4)
    let lexicon = try BeamSearchDecoder(vocabulary, lexicon: Lexicon(words: ["abc", "d"]))
    let hypothesis = try lexicon.decode(path, frames: 4)[0]
    #expect(hypothesis.text == "abc d")
    #expect(hypothesis.words.map(\.text) == ["abc", "d"])
    #expect(hypothesis.words.map(\.tokens) == [0..<2, 2..<3])
    let phrases = try BeamSearchDecoder(vocabulary, phrases: PhraseBias(["abc d"], boost: 1))
    #expect(try phrases.decode(path, frames: 4)[0].biasScore == 1)
  }
}
