/// Spells words with the tokens of a vocabulary, as they are or folded.
struct WordSpeller: Sendable {
  private let vocabulary: TokenVocabulary
  private let folding: TextFolding
  private let tokens: TokenSpeller
  // The characters of the tokens, with and without case; nil without a folding.
  private var cased, uncased: FoldedCharacters?
  // The symbols that the tokens consist of.
  private let symbols: Set<UInt32>

  init(_ vocabulary: TokenVocabulary, _ folding: TextFolding = []) {
    self.vocabulary = vocabulary
    self.folding = folding
    tokens = TokenSpeller(vocabulary)
    let count = vocabulary.texts?.count ?? 0
    symbols = (0..<count).reduce(into: []) { $0.formUnion(vocabulary.symbols[$1]) }
    guard !folding.isEmpty, count > 0 else { return }
    // Tokens of bytes that are not whole characters have nothing to fold.
    let texts = (0..<count).map { vocabulary.text(of: [$0]) }
      .filter { !$0.unicodeScalars.contains("\u{FFFD}") }
    cased = FoldedCharacters(texts, folding.subtracting(.letterCase))
    if folding.contains(.letterCase) { uncased = FoldedCharacters(texts, folding) }
  }

  /// Whether tokens mark the beginnings or ends of words (apart from a separator).
  var marksWords: Bool { tokens.hasBeginnings || tokens.hasEndings }

  /// A word in a form that the tokens can spell: as it is, or its nearest folded form. Empty for a
  /// word of only separators or punctuation that no token has; nil if there is no such form.
  func folded(_ word: String, isFirst: Bool) -> String? {
    let symbols = vocabulary.symbols(ofWord: word)
    if symbols.isEmpty { return "" }
    if tokens.spell(word: symbols, isFirst: isFirst) != nil { return word }
    return spellFolded(word, isFirst: isFirst).map { vocabulary.text(of: $0) }
  }

  /// The tokens of a word: none for a word of only separators or punctuation that no token has; nil
  /// for a word that cannot be spelled.
  ///
  /// - Complexity: O(length · tokens that match at a place).
  func spell(_ word: String, isFirst: Bool) -> [Int]? {
    let symbols = vocabulary.symbols(ofWord: word)
    if symbols.isEmpty { return [] }
    return tokens.spell(word: symbols, isFirst: isFirst) ?? spellFolded(word, isFirst: isFirst)
  }

  /// Tries the word with its own case, in lower case, in upper case, then in mixed case.
  private func spellFolded(_ word: String, isFirst: Bool) -> [Int]? {
    guard let cased else { return nil }
    func spell(_ word: String, _ characters: FoldedCharacters) -> [Int]? {
      let lattice = lattice(word, characters)
      return lattice.isEmpty ? [] : tokens.spell(word: lattice, isFirst: isFirst)
    }
    if let spelled = spell(word, cased) { return spelled }
    guard let uncased else { return nil }
    let lowercase = TextFolding.lowercased(word)
    if let spelled = spell(lowercase, cased) { return spelled }
    let uppercase = TextFolding.uppercased(word)
    // The upper case of ß is that of ss, so the upper case of a word with ß is not its nearest
    // form.
    if TextFolding.lowercased(uppercase) == lowercase, let spelled = spell(uppercase, cased) {
      return spelled
    }
    return spell(word, uncased)
  }

  private func lattice(_ word: String, _ characters: FoldedCharacters) -> SpellingLattice {
    // Marks of words at the ends of a word say only that it is a word.
    let isMark = { (scalar: Unicode.Scalar) in
      vocabulary.symbols(within: scalar) == [TokenVocabulary.boundary]
    }
    let scalars = word.unicodeScalars.drop(while: isMark)
    let end = scalars.lastIndex { !isMark($0) }.map { scalars.index(after: $0) } ?? scalars.endIndex
    return SpellingLattice(
      String(scalars[..<end]), characters,
      symbols: { $0.unicodeScalars.flatMap(vocabulary.symbols(within:)) }, isKnown: isKnown)
  }

  /// Names the first character that no token has, for an error message.
  func missing(in text: String) -> String {
    if let characters = uncased ?? cased {
      return lattice(text, characters).missing.map { ": none has \(quoted(String($0)))" } ?? ""
    }
    guard let scalar = text.unicodeScalars.first(where: { !isKnown($0) }) else { return "" }
    return ": none has \(quoted(String(scalar)))"
  }

  private func isKnown(_ scalar: Unicode.Scalar) -> Bool {
    vocabulary.symbols(within: scalar).allSatisfy(symbols.contains)
  }
}
