/// Differences that are ignored when texts are compared.
///
/// The normalized texts are compared scalar by scalar, as in Python and jiwer: `é` as one scalar
/// differs from `é` as two. To treat such texts as equal, convert both to a Unicode normalization
/// form first, with Foundation's `precomposedStringWithCanonicalMapping` or `seq2seq score
/// --normalize nfc`.
public struct TextNormalization: OptionSet, Sendable {
  /// One bit for each option.
  public let rawValue: Int

  /// The options with these bits.
  public init(rawValue: Int) { self.rawValue = rawValue }

  /// Ignores case, by Unicode's full case folding: `ß` equals `SS`, `ς` equals `Σ`.
  public static let lowercase = TextNormalization(rawValue: 1)
  /// Ignores punctuation and symbols (Unicode categories P and S).
  public static let withoutPunctuation = TextNormalization(rawValue: 2)
  /// Ignores white space beyond a single space between words.
  public static let collapsedSpace = TextNormalization(rawValue: 4)

  /// The normalized text.
  public func apply(to text: String) -> String {
    var text = contains(.lowercase) ? CaseFolding.fold(text) : text
    if contains(.withoutPunctuation) {
      text = String(String.UnicodeScalarView(text.unicodeScalars.filter { !Self.isMark($0) }))
    }
    if contains(.collapsedSpace) { text = Self.split(text).joined(separator: " ") }
    return text
  }

  /// The words of the normalized text.
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
