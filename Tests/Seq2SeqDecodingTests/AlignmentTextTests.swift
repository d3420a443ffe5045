import Foundation
import Seq2SeqLosses
import Testing

@testable import Seq2SeqDecoding

/// Parses each format with a small reader that follows its specification.
struct AlignmentTextTests {
  private static let texts = [
    "a --> b", "<i>x</i> & y", "a\n\nb", "-->", "1\r\n2", "\"q\"", "\"\u{301}", "<\u{338}b", ";;c",
    "a----->b", "&lt;", "plain", "x\u{2028}y", " ", "\u{85}",
  ]

  private static var alignment: Alignment {
    var alignment = Alignment(
      tokens: [], words: [], path: [Int](repeating: 0, count: 2 * texts.count),
      frameScores: [], logProbability: 0)
    alignment.words = texts.enumerated().map { index, text in
      var word = Hypothesis.Word(text, tokens: 0..<0)
      word.frames = 2 * index..<2 * index + 1
      word.confidence = 0.5
      return word
    }
    return alignment
  }

  private static func scalars(_ text: String) -> [Unicode.Scalar] { Array(text.unicodeScalars) }

  /// Blocks between blank lines, each as a list of lines.
  private static func blocks(_ text: String) -> [[String]] {
    var blocks: [[String]] = [[]]
    let lines = text.unicodeScalars.split(omittingEmptySubsequences: false) {
      $0 == "\n" || $0 == "\r"
    }
    for line in lines.map(String.init) {
      if line.isEmpty { blocks.append([]) } else { blocks[blocks.count - 1].append(line) }
    }
    return blocks.filter { !$0.isEmpty }
  }

  private static func oneLine(_ text: String) -> String {
    let scalars = text.unicodeScalars.map { scalar -> Unicode.Scalar in
      ["\n", "\r", "\u{2028}", "\u{85}"].contains(scalar) ? " " : scalar
    }
    return String(String.UnicodeScalarView(scalars))
  }

  @Test func webVTT() {
    let blocks = Self.blocks(Self.alignment.webVTT(frameSeconds: 1))
    #expect(blocks[0] == ["WEBVTT"])
    #expect(blocks.count == 1 + Self.texts.count)
    for (block, text) in zip(blocks[1...], Self.texts) {
      guard block.count == 2 else {
        Issue.record("\(block)")
        continue
      }
      #expect(block[0].contains(" --> ") && !block[1].contains("-->"))
      // No tag begins, and escapes are those of the text.
      #expect(!block[1].unicodeScalars.contains("<"))
      var read = block[1]
      for (escape, scalar) in [("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")] {
        read = read.replacingOccurrences(of: escape, with: scalar, options: .literal)
      }
      #expect(Self.scalars(read) == Self.scalars(Self.oneLine(text)))
    }
  }

  @Test func subRip() {
    let blocks = Self.blocks(Self.alignment.subRip(frameSeconds: 1))
    #expect(blocks.count == Self.texts.count)
    for (index, block) in blocks.enumerated() {
      #expect(block.count == 3 && block[0] == "\(index + 1)", "\(block)")
      #expect(block[1].contains(" --> "))
      #expect(!block[2...].contains { $0.contains("-->") })
    }
    #expect(blocks[0][2] == "a -> b" && blocks[9][2] == "a->b" && blocks[11][2] == "plain")
  }

  @Test func ctm() {
    for utterance in ["u 1", ";;u", "", "u\u{A0}2"] {
      let lines = Self.alignment.ctm(utterance: utterance, frameSeconds: 1).unicodeScalars
        .split(separator: "\n").map(String.init)
      #expect(lines.count == Self.texts.count)
      for line in lines {
        let fields = line.unicodeScalars.split { $0.properties.isWhitespace }
        #expect(fields.count == 6 && !line.hasPrefix(";;"), "\(line)")
      }
    }
  }

  /// Praat reads strings between quotes, in which a doubled quote is one, and numbers; all else is ignored.
  @Test func textGrid() {
    let grid = Self.alignment.textGrid(frameSeconds: 1) { String($0) }
    var strings: [String] = []
    var current: String.UnicodeScalarView?
    let scalars = Self.scalars(grid)
    var index = 0
    while index < scalars.count {
      let scalar = scalars[index]
      if current == nil {
        if scalar == "\"" { current = String.UnicodeScalarView() }
      } else if scalar != "\"" {
        current?.append(scalar)
      } else if index + 1 < scalars.count, scalars[index + 1] == "\"" {
        current?.append(scalar)
        index += 1
      } else if let text = current {
        strings.append(String(text))
        current = nil
      }
      index += 1
    }
    #expect(current == nil)
    let read = strings.map(Self.scalars)
    for text in Self.texts { #expect(read.contains(Self.scalars(text)), "\(text)") }
    // The format, its class; three tiers with class and name; each word and the stretch after it; one interval in
    // each of the two tiers that are empty.
    #expect(strings.count == 2 + 3 * 2 + 2 * Self.texts.count + 2)
  }
}
