import Seq2SeqLosses

/// A text that the tokens cannot spell.
public struct UnspellableText: Sendable, Equatable {
  /// The index of the text in the list.
  public let index: Int
  /// The text.
  public let text: String
  /// The reason, such as `no token has "G"`.
  public let problem: String

  static let empty = "empty"
  static let onlySeparators = "only separators"
  static let notOneWord = "a separator in it, where one word is expected"
  static let noTokens = "no tokens spell it"

  static func isEmpty(_ text: String) -> Bool {
    text.unicodeScalars.allSatisfy(\.properties.isWhitespace)
  }
}

extension TokenVocabulary {
  /// The texts that no sequence of tokens can spell. No decoder with this vocabulary can find them.
  ///
  /// Decoders throw an error for phrases and lexica that contain such texts; use this function to
  /// leave them out first. The result is empty if the tokens have no texts.
  ///
  /// - Parameters:
  ///   - texts: Words of a lexicon, or phrases.
  ///   - areWords: Whether the texts are words of a lexicon. If no token separates words, phrases
  ///     may begin and end within a token, but words may not.
  /// - Complexity: O(length of the texts · longest token).
  public func unspellable(
    _ texts: some Sequence<String>, areWords: Bool = false
  ) -> [UnspellableText] {
    guard self.texts != nil else { return [] }
    let check = SpellingCheck(self)
    return texts.enumerated().compactMap { index, text in
      check.problem(text, isWord: areWords).map {
        UnspellableText(index: index, text: text, problem: $0)
      }
    }
  }

  /// A text in a form that the tokens can spell: each word as it is, or its nearest folded form.
  /// Words without such a form are unchanged.
  ///
  /// - Parameters:
  ///   - text: Words separated by white space.
  ///   - folding: Differences between a word and its spelling that are ignored.
  public func folded(_ text: String, _ folding: TextFolding) -> String {
    folded([text], folding)[0]
  }

  /// The same for many texts, which is faster than one call for each.
  ///
  /// - Parameters:
  ///   - texts: Texts of words separated by white space.
  ///   - folding: Differences between a word and its spelling that are ignored.
  public func folded(_ texts: [String], _ folding: TextFolding) -> [String] {
    guard self.texts != nil else { return texts }
    let speller = WordSpeller(self, folding)
    return texts.map { text in
      text.unicodeScalars.split { $0.properties.isWhitespace }.map(String.init).enumerated()
        .map { speller.folded($1, isFirst: $0 == 0) ?? $1 }.filter { !$0.isEmpty }
        .joined(separator: " ")
    }
  }

  /// The tokens that spell a text: the fewest for each word, with separators between words if the
  /// vocabulary has one.
  ///
  /// - Parameters:
  ///   - text: Words separated by white space.
  ///   - folding: Differences between a word and its spelling that are ignored.
  /// - Throws: `InputError` that names the first word that the tokens cannot spell.
  public func tokens(of text: String, folding: TextFolding = []) throws(InputError) -> [Int] {
    try spelling(of: [text], WordSpeller(self, folding)).tokens
  }

  /// The same for many texts, which is faster than one call for each.
  package func tokens(
    ofEach texts: [String], folding: TextFolding
  ) -> [Result<[Int], InputError>] {
    let speller = WordSpeller(self, folding)
    return texts.map { text in
      Result { () throws(InputError) in try spelling(of: [text], speller).tokens }
    }
  }
}

/// Checks whether tokens can spell texts.
private struct SpellingCheck {
  private let vocabulary: TokenVocabulary
  private let speller: TokenSpeller
  /// The symbols that the tokens consist of, and the symbols that are tokens of their own.
  private var known: Set<UInt32> = []
  private var single: Set<UInt32> = []
  /// Whether a token belongs to at most one word.
  private var dividesWords: Bool
  /// The ends of tokens, if a token may belong to several words: a text may then begin within a
  /// token.
  private let endings: SymbolTrie.Frozen
  private var isEnding: Set<Int32> = []

  init(_ vocabulary: TokenVocabulary) {
    self.vocabulary = vocabulary
    speller = TokenSpeller(vocabulary)
    dividesWords = vocabulary.separatesWords
    for token in 0..<vocabulary.count {
      let symbols = vocabulary.symbols[token]
      known.formUnion(symbols)
      if symbols.count == 1 { single.insert(symbols[0]) }
      if symbols.dropFirst().dropLast().contains(TokenVocabulary.boundary) { dividesWords = false }
    }
    var endings = SymbolTrie()
    if !vocabulary.separatesWords {
      for token in 0..<vocabulary.count where token != vocabulary.blank {
        let symbols = vocabulary.symbols[token]
        for start in symbols.indices.dropFirst() {
          isEnding.insert(endings.insert(symbols[start...]))
        }
      }
    }
    self.endings = SymbolTrie.Frozen(endings)
  }

  /// The reason why a text cannot be spelled; nil if it can.
  ///
  /// - Parameter isWord: Whether the text is a word of a lexicon, which must consist of whole
  ///   tokens even if no token separates words.
  func problem(_ text: String, isWord: Bool) -> String? {
    let symbols = vocabulary.symbols(of: text)
    if symbols.isEmpty { return UnspellableText.empty }
    let boundary = TokenVocabulary.boundary
    if symbols.allSatisfy({ $0 == boundary }) { return UnspellableText.onlySeparators }
    guard symbols.allSatisfy(known.contains) else {
      let separator = vocabulary.wordSeparator.unicodeScalars
      let scalar =
        text.unicodeScalars.split(separator: " ").filter { !$0.elementsEqual(separator) }.joined()
        .first { !vocabulary.symbols(within: $0).allSatisfy(known.contains) }
        ?? (text.unicodeScalars.contains(" ") ? " " : nil)
      return scalar.map { "no token has \(quoted(String($0)))" } ?? UnspellableText.noTokens
    }
    if isWord && symbols.contains(boundary) { return UnspellableText.notOneWord }
    guard !symbols.allSatisfy(single.contains) else { return nil }
    guard vocabulary.separatesWords else {
      let isSpelled = isWord ? speller.spell(symbols) != nil : isWithin(symbols)
      return isSpelled ? nil : UnspellableText.noTokens
    }
    guard dividesWords else { return nil }
    for word in symbols.split(separator: boundary) {
      let forms = [
        [boundary] + word, word + [boundary], [boundary] + word + [boundary], Array(word),
      ]
      if forms.allSatisfy({ speller.spell($0) == nil }) { return UnspellableText.noTokens }
    }
    return nil
  }

  /// Whether the symbols are a part of a sequence of tokens: they may begin within the first token
  /// and end within the last.
  private func isWithin(_ symbols: [UInt32]) -> Bool {
    var starts = [Bool](repeating: false, count: symbols.count + 1)
    starts[0] = true
    let endings = endings.view
    var node: Int32 = 0
    for (place, symbol) in symbols.enumerated() {
      node = endings.child(node, symbol)
      if node < 0 { break }
      if place == symbols.count - 1 { return true }
      if isEnding.contains(node) { starts[place + 1] = true }
    }
    return speller.covers(symbols, from: starts)
  }
}
