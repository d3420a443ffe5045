/// Differences between a text as people write it and as tokens can spell it that a spelling passes over.
///
/// Each word is spelled as it is where the tokens can. Otherwise it is tried in lower case, in upper case, and in any case
/// piece by piece, as near to its own as the tokens allow: `THE` by the tokens `Th` and `e`. In each of them its characters
/// may have other Unicode forms, punctuation may be plain, and punctuation that no token has is left out. The words of the
/// result keep their texts.
public struct TextFolding: OptionSet, Sendable, Hashable {
  /// A bit for each difference.
  public let rawValue: Int

  /// The differences of these bits.
  public init(rawValue: Int) { self.rawValue = rawValue }

  /// `The` may be spelled `the`, `THE` or `tHe`, by the full case mappings of Unicode, which belong to no language: `ß` may
  /// be `ss` and the other way round, `Σ` is `ς` at the end of a word and each of `σ` and `ς` may be the other, and `İ` and
  /// `ı` may be `i`, where no token has them. Accents are no matter of case.
  public static let letterCase = TextFolding(rawValue: 1)
  /// Typographic quotation marks, apostrophes and dashes may be plain ones and the other way round, and punctuation that no
  /// token has is left out.
  public static let punctuation = TextFolding(rawValue: 2)
  /// Characters may be spelled by canonical equivalents: é in one scalar or in two.
  public static let canonicalForm = TextFolding(rawValue: 4)
  /// All of these.
  public static let all: TextFolding = [.letterCase, .punctuation, .canonicalForm]

  /// The plain form of typographic punctuation.
  private static let plain: [Unicode.Scalar: String] = [
    "\u{2018}": "'", "\u{2019}": "'", "\u{201A}": "'", "\u{201B}": "'", "\u{02BC}": "'",
    "\u{FF07}": "'",
    "\u{201C}": "\"", "\u{201D}": "\"", "\u{201E}": "\"", "\u{00AB}": "\"", "\u{00BB}": "\"",
    "\u{2010}": "-", "\u{2011}": "-", "\u{2012}": "-", "\u{2013}": "-", "\u{2014}": "-",
    "\u{2212}": "-",
    "\u{2026}": "...", "\u{00AD}": "", "\u{200B}": "", "\u{FEFF}": "",
  ]

  /// What characters that differ in nothing else have in common.
  func key(of text: String) -> [Character] {
    var text = text
    if contains(.punctuation), let scalar = text.unicodeScalars.first,
      text.unicodeScalars.count == 1, let plain = Self.plain[scalar], !plain.isEmpty
    {
      text = plain
    }
    guard contains(.letterCase) else { return Array(text) }
    // The upper case between: that of ß is SS, that of ς is that of σ, that of ı is that of i.
    text = Self.lowercased(Self.uppercased(Self.lowercased(text)))
    // The lower case of İ has the dot as a mark, except in Turkish.
    if text.unicodeScalars.elementsEqual("i\u{307}".unicodeScalars) { text = "i" }
    return Array(text)
  }

  /// A character without the punctuation in it that no token has, with marks on that.
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

  /// The letters of a Hangul syllable: Unicode's arithmetic (section 3.12), since there are no marks among them.
  static func jamo(of text: String) -> String? {
    guard let first = text.unicodeScalars.first, text.unicodeScalars.count == 1,
      (0xAC00...0xD7A3).contains(first.value)
    else { return nil }
    let index = first.value - 0xAC00
    var values = [0x1100 + index / 588, 0x1161 + index % 588 / 28]
    if index % 28 > 0 { values.append(0x11A7 + index % 28) }
    return String(String.UnicodeScalarView(values.compactMap(Unicode.Scalar.init)))
  }

  /// The lower case by the full mappings of Unicode, among them that of Σ to ς at the end of a word.
  static func lowercased(_ text: String) -> String {
    let scalars = text.unicodeScalars
    return scalars.indices.reduce(into: "") { result, place in
      let isFinal = scalars[place] == "\u{3A3}" && isFinalSigma(scalars, place)
      result += isFinal ? "\u{3C2}" : scalars[place].properties.lowercaseMapping
    }
  }

  /// The upper case by the full mappings of Unicode.
  static func uppercased(_ text: String) -> String {
    text.unicodeScalars.reduce(into: "") { $0 += $1.properties.uppercaseMapping }
  }

  /// Unicode's condition (section 3.13): a cased letter before, and none behind.
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
