/// What of two texts makes no difference.
public struct TextNormalization: OptionSet, Sendable {
  /// The options as bits.
  public let rawValue: Int

  /// From bits.
  public init(rawValue: Int) { self.rawValue = rawValue }

  /// Case makes none: texts become lower case, by Unicode's full mapping.
  public static let lowercase = TextNormalization(rawValue: 1)
  /// Punctuation (Unicode categories P and S) is left out.
  public static let withoutPunctuation = TextNormalization(rawValue: 2)
  /// White space becomes single spaces, none at the ends.
  public static let collapsedSpace = TextNormalization(rawValue: 4)

  /// The text as it is compared.
  public func apply(to text: String) -> String {
    var text = contains(.lowercase) ? text.lowercased() : text
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
