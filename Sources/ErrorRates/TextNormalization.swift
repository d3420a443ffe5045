/// Differences that are ignored when texts are compared.
///
/// What is left is compared scalar by scalar, as Python and jiwer compare: `é` in one scalar is not `é` in two.
/// To compare such texts as equal, bring both into one of Unicode's normalization forms first, with Foundation's
/// `precomposedStringWithCanonicalMapping` or `seq2seq score --normalize nfc`.
public struct TextNormalization: OptionSet, Sendable {
  /// The options as bits.
  public let rawValue: Int

  /// From bits.
  public init(rawValue: Int) { self.rawValue = rawValue }

  /// Differences of case, by Unicode's full case folding: `ß` equals `SS`, `ς` equals `Σ`.
  public static let lowercase = TextNormalization(rawValue: 1)
  /// Punctuation and symbols (Unicode categories P and S).
  public static let withoutPunctuation = TextNormalization(rawValue: 2)
  /// White space beyond a single space between words.
  public static let collapsedSpace = TextNormalization(rawValue: 4)

  /// The text as it is compared.
  public func apply(to text: String) -> String {
    var text = contains(.lowercase) ? CaseFolding.fold(text) : text
    if contains(.withoutPunctuation) {
      text = String(String.UnicodeScalarView(text.unicodeScalars.filter { !Self.isMark($0) }))
    }
    if contains(.collapsedSpace) { text = Self.split(text).joined(separator: " ") }
    return text
  }

  /// The words of a text.
  func words(of text: String) -> [String] { Self.split(apply(to: text)) }

  private static func split(_ text: String) -> [String] {
    text.unicodeScalars.split { $0.properties.isWhitespace }.map(String.init)
  }

  private static func isMark(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation,
      .initialPunctuation, .finalPunctuation, .otherPunctuation, .mathSymbol, .currencySymbol,
      .modifierSymbol, .otherSymbol:
      true
    default: false
    }
  }
}
