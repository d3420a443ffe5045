import Foundation
import Seq2SeqLosses
import Testing

@testable import DigitStrings

@Suite struct DigitStringTests {
  @Test func heldOutImagesAreNeverTrainedOn() throws {
    let glyphs = try DigitGlyphs()
    #expect(glyphs.training.count + glyphs.heldOut.count == 1345)
    #expect(glyphs.heldOut.count == 269)
    #expect(Set(glyphs.training).isDisjoint(with: glyphs.heldOut))
    for part in [glyphs.training, glyphs.heldOut] {
      #expect(Set(part.map(\.digit)) == Set(0...9))
      #expect(part.allSatisfy { $0.ink.count == 64 && $0.ink.allSatisfy { ink in 0...1 ~= ink } })
    }
  }

  @Test func stringsAreMadeOfGlyphsAndGaps() throws {
    let glyphs = try DigitGlyphs()
    var generator = SplitMix64(seed: 7)
    for _ in 0..<20 {
      let string = DigitStringStyle.plain.string(of: glyphs.training, using: &generator)
      #expect((3...10).contains(string.digits.count))
      #expect(string.image.rows == 8)
      let gapColumns = string.image.columns - 8 * string.digits.count
      #expect((0...3 * (string.digits.count + 1)).contains(gapColumns))
    }
    // Without gaps the image is the glyph itself.
    let single = DigitStringStyle(length: 1...1, gap: 0...0)
      .string(of: [glyphs.training[3]], using: &generator)
    #expect(single.image.ink == glyphs.training[3].ink)
    #expect(single.digits == [glyphs.training[3].digit])
  }

  @Test func seedDecidesTheString() throws {
    let glyphs = try DigitGlyphs().training
    func string(seed: UInt64) -> DigitString {
      var generator = SplitMix64(seed: seed)
      return DigitStringStyle.augmented.string(of: glyphs, using: &generator)
    }
    #expect(string(seed: 1) == string(seed: 1))
    #expect(string(seed: 1) != string(seed: 2))
    #expect(string(seed: 1).image.ink.allSatisfy { 0...1 ~= $0 })
  }

  @Test func errorRateIsPerReferenceLabel() {
    #expect(characterErrorRate(hypotheses: [[1], [2, 3]], references: [[1], [2, 4, 5]]) == 0.5)
    #expect(characterErrorRate(hypotheses: [], references: []) == 0)
  }

  @Test func bestPathCollapses() {
    let path = [10, 3, 3, 10, 3, 7, 7, 10]
    let logits = path.flatMap { token in (0..<11).map { $0 == token ? Float(2) : 0 } }
    #expect(DigitVocabulary.likeliestTokens(logits) == path)
    #expect(CTCDigitReader.collapse(path) == [3, 3, 7])
    let posteriors = DigitVocabulary.posteriors(logits)
    for start in stride(from: 0, to: logits.count, by: 11) {
      let sum = posteriors[start..<start + 11].reduce(0, +)
      #expect(abs(sum - 1) < 1e-6)
    }
  }
}
