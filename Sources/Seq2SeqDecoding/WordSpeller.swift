/// Spells words in a vocabulary's tokens, as they are or folded.
struct WordSpeller {
  private let vocabulary: TokenVocabulary
  private let folding: TextFolding
  private let tokens: TokenSpeller
  // The tokens' characters by what readers see, where canonical equivalents are folded.
  private let forms: [Character: String]
  // All that the tokens consist of.
  private let symbols: Set<UInt32>

  init(_ vocabulary: TokenVocabulary, _ folding: TextFolding = []) {
    self.vocabulary = vocabulary
    self.folding = folding
    tokens = TokenSpeller(vocabulary)
    symbols = (0..<vocabulary.count).reduce(into: []) { $0.formUnion(vocabulary.symbols[$1]) }
    var forms: [Character: String] = [:]
    if folding.contains(.canonicalForm), let texts = vocabulary.texts {
      forms = Self.forms(texts)
    }
    self.forms = forms
  }

  /// The characters of the tokens, and those that a letter and up to two marks make which are tokens of their own.
  private static func forms(_ texts: [String]) -> [Character: String] {
    var forms: [Character: String] = [:]
    for text in texts {
      for character in text where forms[character] == nil { forms[character] = String(character) }
    }
    let single = texts.compactMap { $0.unicodeScalars.count == 1 ? $0.unicodeScalars.first : nil }
    let marks = single.filter { $0.properties.canonicalCombiningClass != .notReordered }
    let letters = single.filter { $0.properties.isAlphabetic }
    // More would be no alphabet.
    guard letters.count * marks.count * (marks.count + 1) <= 1 << 20 else { return forms }
    for letter in letters {
      for mark in marks {
        for other in [nil] + marks.map(Optional.some) {
          var text = String(String.UnicodeScalarView([letter, mark]))
          if let other { text.unicodeScalars.append(other) }
          if text.count == 1, let character = text.first, forms[character] == nil {
            forms[character] = text
          }
        }
      }
    }
    return forms
  }

  /// A word as the tokens can spell it: itself, or the nearest of its folded forms; empty for only punctuation that no
  /// token has, and nil where there is none.
  func folded(_ word: String, isFirst: Bool) -> String? {
    if tokens.spell(word: vocabulary.symbols(of: word), isFirst: isFirst) != nil { return word }
    guard !folding.isEmpty else { return nil }
    return folding.variants(of: word, forms: forms, isKnown: isKnown).dropFirst().first {
      $0.isEmpty || tokens.spell(word: vocabulary.symbols(of: $0), isFirst: isFirst) != nil
    }
  }

  /// A word's tokens; none for a word of only punctuation that no token has, and nil for one that cannot be spelled.
  func spell(_ word: String, isFirst: Bool) -> [Int]? {
    guard let text = folded(word, isFirst: isFirst) else { return nil }
    return text.isEmpty ? [] : tokens.spell(word: vocabulary.symbols(of: text), isFirst: isFirst)
  }

  /// Names the first character that no token has, for the text of an error.
  func missing(in text: String) -> String {
    guard let scalar = text.unicodeScalars.first(where: { !isKnown($0) }) else { return "" }
    return ": none has \"\(scalar)\""
  }

  private func isKnown(_ scalar: Unicode.Scalar) -> Bool {
    vocabulary.symbols(within: scalar).allSatisfy(symbols.contains)
  }
}
