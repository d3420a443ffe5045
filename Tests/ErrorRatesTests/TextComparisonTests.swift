import Foundation
import Testing

@testable import ErrorRates

/// Texts are equal if their scalars are equal after normalization.
struct TextComparisonTests {
  private static func rates(
    _ reference: String, _ hypothesis: String, _ normalization: TextNormalization = []
  ) -> [Double] {
    [
      ErrorCounts(wordsOf: reference, hypothesis: hypothesis, normalization: normalization).rate,
      ErrorCounts(charactersOf: reference, hypothesis: hypothesis, normalization: normalization)
        .rate,
    ]
  }

  @Test func scalarsAreCompared() {
    let (composed, decomposed) = ("un caf\u{e9} noir", "un cafe\u{301} noir")
    #expect(Self.rates(composed, decomposed) == [1.0 / 3, 2.0 / 12])
    #expect(Self.rates(composed, decomposed, .lowercase) == [1.0 / 3, 2.0 / 12])
    #expect(Self.rates("\u{212B}", "\u{C5}") == [1, 1])
    #expect(
      WordAlignmentText.text(reference: composed, hypothesis: decomposed).contains("NOIR") == false)
    #expect(WordAlignmentText.text(reference: composed, hypothesis: decomposed).contains("CAF"))
  }

  @Test(arguments: [
    ("ΛΟΓΟΣ", "λογος"), ("STRASSE", "straße"), ("ẞ", "ss"), ("ﬃ", "FFI"), ("Ꭰ", "ꭰ"),
    ("İ", "i\u{307}"), ("ΌΣΟΣ", "όςος"), ("Ǆ", "ǆ"), ("Ա", "ա"), ("\u{1E9E}", "\u{DF}"),
    ("\u{212A}", "k"), ("ŉ", "ʼN"), ("\u{10400}", "\u{10428}"), ("ſ", "S"), ("µ", "μ"),
  ])
  func caseMakesNoDifference(pair: (String, String)) {
    #expect(Self.rates(pair.0, pair.1)[0] > 0)
    #expect(Self.rates(pair.0, pair.1, .lowercase) == [0, 0])
  }

  @Test func whatFoldingLeavesApart() {
    #expect(Self.rates("I", "ı", .lowercase) == [1, 1])
    #expect(Self.rates("é", "e", .lowercase) == [1, 1])
  }

  /// Folding is idempotent, and independent of the original case, for every letter.
  @Test func everyLetter() {
    for value in UInt32(0)...0x1FFFF {
      guard let scalar = Unicode.Scalar(value), value != 0x131 else { continue }
      let folded = CaseFolding.fold(String(scalar))
      #expect(ExactScalars(CaseFolding.fold(folded)) == ExactScalars(folded), "\(value)")
      for form in [scalar.properties.lowercaseMapping, scalar.properties.uppercaseMapping] {
        #expect(ExactScalars(CaseFolding.fold(form)) == ExactScalars(folded), "\(value)")
      }
    }
  }

  private struct ExactScalars: Equatable {
    let scalars: [Unicode.Scalar]
    init(_ text: String) { scalars = Array(text.unicodeScalars) }
  }

  @Test func intervalsOfCorporaWithEmptyReferences() throws {
    var corpus = CorpusErrors([
      ErrorCounts(wordsOf: "", hypothesis: "a"), ErrorCounts(wordsOf: "a b", hypothesis: "a c"),
    ])
    // A quarter of the draws has no reference; the others have 1, 2 or 3 errors in 2 or 4 words.
    let interval = try #require(try corpus.bootstrapInterval())
    #expect(interval == 0.5...1)
    corpus.utterances.removeLast()
    #expect(try corpus.bootstrapInterval() == nil)
    #expect(corpus.rate == .infinity)
    #expect(try CorpusErrors([ErrorCounts()]).bootstrapInterval() == nil)
  }
}
