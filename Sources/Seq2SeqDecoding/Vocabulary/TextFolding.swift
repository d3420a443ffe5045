/// Differences between a text as people write it and its spelling in tokens that are ignored.
///
/// For each word, these forms are tried in order, and the first one that the tokens can spell is
/// used:
///
/// 1. The word as it is.
/// 2. The word with other Unicode forms of its characters, with plain instead of typographic
///    punctuation (or the reverse), and without punctuation that no token has.
/// 3. The same in lower case, then in upper case.
/// 4. The same in mixed case, piece by piece, as close to the word as the tokens allow: `THE` as
///    the tokens `Th` and `e`.
///
/// The words of a result keep their original texts.
public struct TextFolding: OptionSet, Sendable, Hashable {
  /// One bit for each kind of difference.
  public let rawValue: Int

  /// The folding with these bits.
  public init(rawValue: Int) { self.rawValue = rawValue }

  /// Case: `The` may be spelled `the`, `THE` or `tHe`. Case follows Unicode's full,
  /// language-independent mappings. `ß` matches `ss` and the reverse. The lower case of `Σ` is `ς`
  /// at the end of a word, and `σ` and `ς` match each other. `İ` and `ı` match `i` if no token
  /// contains them. Accents are not part of case.
  public static let letterCase = TextFolding(rawValue: 1)
  /// Punctuation: plain and typographic quotation marks, apostrophes and dashes match each other,
  /// and punctuation that no token has is omitted.
  public static let punctuation = TextFolding(rawValue: 2)
  /// Canonical equivalence: é as one scalar matches é as two.
  public static let canonicalForm = TextFolding(rawValue: 4)
  /// All of these differences.
  public static let all: TextFolding = [.letterCase, .punctuation, .canonicalForm]

  /// The plain forms of typographic punctuation.
  private static let plain: [Unicode.Scalar: String] = [
    "\u{2018}": "'", "\u{2019}": "'", "\u{201A}": "'", "\u{201B}": "'", "\u{02BC}": "'",
    "\u{FF07}": "'",
    "\u{201C}": "\"", "\u{201D}": "\"", "\u{201E}": "\"", "\u{00AB}": "\"", "\u{00BB}": "\"",
    "\u{2010}": "-", "\u{2011}": "-", "\u{2012}": "-", "\u{2013}": "-", "\u{2014}": "-",
    "\u{2212}": "-",
    "\u{2026}": "...", "\u{00AD}": "", "\u{200B}": "", "\u{FEFF}": "",
  ]

  /// The folded form of a text: equal for texts that differ only in ways that this folding ignores.
  func key(of text: String) -> [Character] {
    var text = text
    if contains(.punctuation), let scalar = text.unicodeScalars.first,
      text.unicodeScalars.count == 1, let plain = Self.plain[scalar], !plain.isEmpty
    {
      text = plain
    }
    guard contains(.letterCase) else { return Array(text) }
    // By way of the upper case, because that of ß is SS, that of ς is that of σ, and that of ı is
    // that of i.
    text = Self.lowercased(Self.uppercased(Self.lowercased(text)))
    // Except in Turkish, the lower case of İ is i with a combining dot.
    if text.unicodeScalars.elementsEqual("i\u{307}".unicodeScalars) { text = "i" }
    return Array(text)
  }

  /// A character without the punctuation in it that no token has, nor the marks on that
  /// punctuation.
  func bare(_ text: String, _ isKnown: (Unicode.Scalar) -> Bool) -> String {
    guard contains(.punctuation) else { return text }
    var isLeftOut = false
    return String(
      String.UnicodeScalarView(
        text.unicodeScalars.filter { scalar in
          if isKnown(scalar) {
            isLeftOut = false
          } else if Self.isPunctuation(scalar) {
            isLeftOut = true
          } else if !scalar.properties.isVariationSelector {
            isLeftOut = isLeftOut && scalar.properties.generalCategory == .nonspacingMark
          } else {
            return false
          }
          return !isLeftOut
        }))
  }

  /// The letters of a Hangul syllable, by Unicode's arithmetic (section 3.12), because no marks are
  /// involved.
  static func jamo(of text: String) -> String? {
    guard let first = text.unicodeScalars.first, text.unicodeScalars.count == 1,
      (0xAC00...0xD7A3).contains(first.value)
    else { return nil }
    let index = first.value - 0xAC00
    var values = [0x1100 + index / 588, 0x1161 + index % 588 / 28]
    if index % 28 > 0 { values.append(0x11A7 + index % 28) }
    return String(String.UnicodeScalarView(values.compactMap(Unicode.Scalar.init)))
  }

  /// The lower case by Unicode's full mappings, including Σ to ς at the end of a word.
  static func lowercased(_ text: String) -> String {
    let scalars = text.unicodeScalars
    return scalars.indices.reduce(into: "") { result, place in
      let isFinal = scalars[place] == "\u{3A3}" && isFinalSigma(scalars, place)
      result += isFinal ? "\u{3C2}" : scalars[place].properties.lowercaseMapping
    }
  }

  /// The upper case by Unicode's full mappings.
  static func uppercased(_ text: String) -> String {
    text.unicodeScalars.reduce(into: "") { $0 += $1.properties.uppercaseMapping }
  }

  /// Unicode's condition for a final sigma (section 3.13): a cased letter before it, and none after
  /// it.
  private static func isFinalSigma(
    _ scalars: String.UnicodeScalarView, _ place: String.Index
  ) -> Bool {
    let before = scalars[..<place].last { !$0.properties.isCaseIgnorable }
    let behind = scalars[scalars.index(after: place)...].first { !$0.properties.isCaseIgnorable }
    return before?.properties.isCased == true && behind?.properties.isCased != true
  }

  private static func isPunctuation(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation,
      .initialPunctuation, .finalPunctuation, .otherPunctuation, .mathSymbol, .currencySymbol,
      .modifierSymbol, .otherSymbol, .format, .control:
      true
    default: false
    }
  }
}
