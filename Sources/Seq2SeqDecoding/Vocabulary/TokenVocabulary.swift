import Seq2SeqLosses

/// The meaning of the columns of a model's output: the texts of the tokens, the blank, and the
/// separation of words.
///
/// Words are separated by a token (`" "`, or `"|"` in many speech models), or begin with `"▁"` in
/// SentencePiece models. If the separator is empty, no token separates words, not even a token with
/// a space. Use this for scripts that are written without spaces.
public struct TokenVocabulary: Sendable {
  /// The number of tokens, including the blank.
  public let count: Int
  /// The index of the blank.
  public let blank: Int
  /// The text of each token, `[count]`; nil if the tokens have no texts.
  public let texts: [String]?
  /// The text of the token between words; empty if no token separates words.
  public let wordSeparator: String

  /// Whether any token except the blank separates words, or begins or ends one.
  public let separatesWords: Bool

  let symbols: SymbolTable

  /// How the texts mark the beginnings and ends of words.
  public let pieces: PieceMarks
  /// Whether texts are compared by bytes, because some tokens are bytes; otherwise they are
  /// compared by scalars.
  let isOfBytes: Bool

  /// Tokens with these texts. The text of the blank is ignored.
  ///
  /// - Parameters:
  ///   - texts: The text of each token, by index.
  ///   - blank: The index of the blank.
  ///   - wordSeparator: The text of the token between words; empty if no token separates words.
  ///   - pieces: How the texts mark the beginnings and ends of words.
  /// - Throws: `InputError` if there are no tokens, or if the blank is not an index of a token.
  public init(
    _ texts: [String], blank: Int = 0, wordSeparator: String = " ",
    pieces: PieceMarks = .sentencePiece
  ) throws(InputError) {
    try Self.check(count: texts.count, blank: blank)
    self.count = texts.count
    self.blank = blank
    self.texts = texts
    self.wordSeparator = wordSeparator
    self.pieces = pieces
    let isOfBytes = pieces.isOfBytes(texts)
    self.isOfBytes = isOfBytes
    // Marks of words separate words even if there is no separator token.
    let hasWords = !wordSeparator.isEmpty || pieces != .sentencePiece
    symbols = SymbolTable(
      texts.enumerated().map { token, text in
        if token == blank { return [] }
        if hasWords && text.unicodeScalars.elementsEqual(wordSeparator.unicodeScalars) {
          return [Self.boundary]
        }
        return isOfBytes
          ? pieces.bytes(of: text).map { Self.symbol(of: $0, hasWords) }
          : pieces.unmarked(text).unicodeScalars.map { Self.symbol(of: $0, hasWords) }
      })
    separatesWords = symbols.contains(Self.boundary)
  }

  /// Tokens without texts.
  ///
  /// - Parameters:
  ///   - count: The number of tokens, including the blank.
  ///   - blank: The index of the blank.
  /// - Throws: `InputError` if there are no tokens, or if the blank is not an index of a token.
  public init(count: Int, blank: Int = 0) throws(InputError) {
    try Self.check(count: count, blank: blank)
    self.count = count
    self.blank = blank
    texts = nil
    wordSeparator = ""
    pieces = .sentencePiece
    isOfBytes = false
    separatesWords = false
    symbols = SymbolTable(oneEach: (0..<count).lazy.map(Self.symbol(ofToken:)))
  }

  private static func check(count: Int, blank: Int) throws(InputError) {
    guard count > 0 else { throw InputError("vocabulary", "no tokens") }
    guard count <= LogitsLayout.largestAxis else {
      throw InputError("vocabulary", "\(count) is more than \(LogitsLayout.largestAxis)")
    }
    guard (0..<count).contains(blank) else {
      throw InputError("blank", "\(blank) is outside 0..<\(count)")
    }
  }

  /// The layout of an array of one sequence, `[frames, vocabulary]`.
  ///
  /// - Throws: `InputError` if the array has another size.
  func layout<Element>(of array: [Element], frames: Int) throws(InputError) -> LogitsLayout {
    let layout = try LogitsLayout(batch: 1, time: frames, vocabulary: count)
    // Cannot overflow: the layout has checked the product.
    guard array.count == frames * count else {
      throw InputError(
        "logProbabilities", "\(array.count) values for \(frames) frames of \(count) tokens")
    }
    return layout
  }

  /// The text of a sequence of tokens: words with one space between them, and no spaces at the
  /// ends.
  ///
  /// Blanks are skipped. The text is empty if the tokens have no ``texts``. Without a separator the
  /// texts of the tokens follow one another directly. Bytes that are not valid UTF-8 become U+FFFD.
  /// O(length).
  public func text(of tokens: some Sequence<Int>) -> String { text(of: tokens, isWhole: true) }

  /// The text of the tokens. If `isWhole` is false, a character whose last bytes are missing is
  /// omitted.
  func text(of tokens: some Sequence<Int>, isWhole: Bool) -> String {
    guard texts != nil else { return "" }
    var text = TextAssembly(isOfBytes: isOfBytes)
    let symbols = symbols.view
    for token in tokens where token != blank {
      for symbol in symbols[token] {
        if symbol == Self.boundary {
          text.separate()
        } else {
          text.append(symbol - Self.firstSymbol)
        }
      }
    }
    return text.read(isWhole: isWhole)
  }
}

extension TokenVocabulary {
  /// The symbol of a separation between two words.
  static let boundary: UInt32 = 0
  private static let firstSymbol: UInt32 = 1
  private static let wordStart: Unicode.Scalar = "\u{2581}"

  /// The symbol of a token without a text.
  static func symbol(ofToken token: Int) -> UInt32 { UInt32(token) + firstSymbol }

  /// The symbols of the tokens in a lexicon whose words are spelled by token indices: one for each
  /// token, and a boundary for tokens that separate words.
  var symbolsOfTokens: SymbolTable {
    SymbolTable(
      (0..<count).map { token in
        let own = symbols[token]
        if token == blank { return [] }
        if isBoundaryAlone(token) { return [Self.boundary] }
        // The boundary that the token marks, and the token itself.
        return (own.first == Self.boundary ? [Self.boundary] : [])
          + [Self.symbol(ofToken: token)] + (own.last == Self.boundary ? [Self.boundary] : [])
      })
  }

  /// The symbols of a text. The separator's own text separates words if it stands alone or between
  /// spaces; within a word it consists of letters.
  func symbols(of text: String) -> [UInt32] {
    let hasWords = !wordSeparator.isEmpty || pieces != .sentencePiece
    let scalars = text.unicodeScalars
    let separator = wordSeparator.unicodeScalars
    if hasWords && scalars.elementsEqual(separator) { return [Self.boundary] }
    func symbols(_ scalars: some Sequence<Unicode.Scalar>) -> [UInt32] {
      isOfBytes
        ? scalars.flatMap(self.symbols(within:)) : scalars.map { Self.symbol(of: $0, hasWords) }
    }
    guard hasWords, let first = separator.first, first != " ", scalars.contains(first),
      scalars.contains(" ")
    else { return symbols(scalars) }
    return Array(
      scalars.split(separator: " ", omittingEmptySubsequences: false)
        .map { $0.elementsEqual(separator) ? [] : symbols($0) }
        .joined(separator: [Self.boundary]))
  }

  /// The symbols of a word: at most one boundary at any place inside, and none at the ends.
  func symbols(ofWord word: String) -> [UInt32] {
    let symbols = symbols(of: word)
    guard symbols.contains(Self.boundary) else { return symbols }
    return Array(symbols.split(separator: Self.boundary).joined(separator: [Self.boundary]))
  }

  /// The symbols of a scalar inside a text. The separator's scalar is a letter there, unless it is
  /// a space.
  func symbols(within scalar: Unicode.Scalar) -> [UInt32] {
    let hasWords = !wordSeparator.isEmpty || pieces != .sentencePiece
    return isOfBytes && scalar != Self.wordStart
      ? String(scalar).utf8.map { Self.symbol(of: $0, hasWords) }
      : [Self.symbol(of: scalar, hasWords)]
  }

  private static func symbol(of scalar: Unicode.Scalar, _ hasWords: Bool) -> UInt32 {
    hasWords && (scalar == wordStart || scalar == " ") ? boundary : scalar.value + firstSymbol
  }

  private static func symbol(of byte: UInt8, _ hasWords: Bool) -> UInt32 {
    hasWords && byte == 0x20 ? boundary : UInt32(byte) + firstSymbol
  }
}
