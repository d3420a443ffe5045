/// Differences between a text as people write it and as tokens can spell it that a spelling passes over.
///
/// Each word is spelled as it is where the tokens can. Otherwise it is tried with other case, with plain punctuation, with
/// other Unicode forms of its characters, and without the punctuation that no token has. The words of the result keep
/// their texts.
public struct TextFolding: OptionSet, Sendable, Hashable {
  /// A bit for each difference.
  public let rawValue: Int

  /// The differences of these bits.
  public init(rawValue: Int) { self.rawValue = rawValue }

  /// `The` may be spelled `the` or `THE`, by the full case mappings of Unicode.
  public static let letterCase = TextFolding(rawValue: 1)
  /// Typographic quotation marks, apostrophes and dashes may be plain ones, and punctuation that no token has is left out.
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

  /// What a word may be spelled as instead, the nearest first.
  ///
  /// - Parameters:
  ///   - forms: The tokens' characters by what readers see: canonical equivalents are one key.
  ///   - isKnown: Whether tokens have a scalar.
  func variants(
    of word: String, forms: [Character: String], isKnown: (Unicode.Scalar) -> Bool
  ) -> [String] {
    var texts = [word]
    if contains(.letterCase) {
      texts += [
        Self.mapped(word) { $0.lowercaseMapping }, Self.mapped(word) { $0.uppercaseMapping },
      ]
    }
    if contains(.canonicalForm) {
      texts = texts.flatMap { text in
        [
          text,
          text.reduce(into: "") { result, character in
            result.unicodeScalars +=
              (forms[character] ?? Self.jamo(of: character, isKnown) ?? String(character))
              .unicodeScalars
          },
        ]
      }
    }
    guard contains(.punctuation) else { return texts }
    let plain = texts.map { text in
      text.unicodeScalars.reduce(into: "") { result, scalar in
        result.unicodeScalars +=
          isKnown(scalar)
          ? String.UnicodeScalarView([scalar])
          : (Self.plain[scalar] ?? String(scalar)).unicodeScalars
      }
    }
    let bare = plain.map { text in
      String(
        String.UnicodeScalarView(
          text.unicodeScalars.filter { isKnown($0) || !Self.isPunctuation($0) }))
    }
    return texts + plain + bare
  }

  /// The letters of a Hangul syllable, where they are tokens: Unicode's arithmetic (section 3.12), since there are no
  /// marks among them.
  private static func jamo(
    of character: Character, _ isKnown: (Unicode.Scalar) -> Bool
  ) -> String? {
    guard let first = character.unicodeScalars.first, character.unicodeScalars.count == 1,
      (0xAC00...0xD7A3).contains(first.value)
    else { return nil }
    let index = first.value - 0xAC00
    var values = [0x1100 + index / 588, 0x1161 + index % 588 / 28]
    if index % 28 > 0 { values.append(0x11A7 + index % 28) }
    let letters = values.compactMap(Unicode.Scalar.init)
    return letters.allSatisfy(isKnown) ? String(String.UnicodeScalarView(letters)) : nil
  }

  private static func mapped(
    _ text: String, _ mapping: (Unicode.Scalar.Properties) -> String
  ) -> String {
    text.unicodeScalars.reduce(into: "") {
      $0.unicodeScalars += mapping($1.properties).unicodeScalars
    }
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
