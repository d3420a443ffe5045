import Seq2SeqLosses

/// What the columns of the posteriors stand for: the texts of the tokens, the blank, and where words end.
///
/// A word ends at the separator (`" "`, or `"|"` with many speech models), and begins at `"▁"` within
/// sentence pieces. With an empty separator no token separates words, not even one that has a space: for
/// scripts without spaces.
public struct TokenVocabulary: Sendable {
  /// The number of tokens, the blank among them.
  public let count: Int
  /// The column of the blank.
  public let blank: Int
  /// The text of each token, `[count]`; nil where tokens are numbers alone.
  public let texts: [String]?
  /// The text of the token between words; empty where no token separates words.
  public let wordSeparator: String

  /// Whether any token but the blank begins or ends a word.
  public let separatesWords: Bool

  let symbols: SymbolTable

  /// How the texts say where words begin and end.
  public let pieces: PieceMarks
  /// Whether texts are compared by their bytes, since some tokens are bytes; else by their scalars.
  let isOfBytes: Bool

  /// Tokens with these texts; that of the blank does not count.
  ///
  /// - Throws: `InputError` where there are no tokens, or the blank is none of them.
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
    // Marks of words are marks where no other token separates them, too.
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

  /// Tokens that are numbers alone.
  ///
  /// - Throws: `InputError` where there are no tokens, or the blank is none of them.
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
  /// - Throws: `InputError` where the array has another size.
  func layout<Element>(of array: [Element], frames: Int) throws(InputError) -> LogitsLayout {
    let layout = try LogitsLayout(batch: 1, time: frames, vocabulary: count)
    // Cannot overflow: the layout has checked it.
    guard array.count == frames * count else {
      throw InputError(
        "logProbabilities", "\(array.count) values for \(frames) frames of \(count) tokens")
    }
    return layout
  }

  /// What a sequence of tokens reads: separators as spaces, none at the ends.
  ///
  /// Blanks are passed over. Without ``texts`` the result is empty; without a separator texts are put one
  /// after the other as they are. Bytes that are not UTF-8 become U+FFFD. O(length).
  public func text(of tokens: some Sequence<Int>) -> String { text(of: tokens, isWhole: true) }

  /// What the tokens read, without the character that their last bytes begin unless that `isWhole`.
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
  /// Between two words.
  static let boundary: UInt32 = 0
  private static let firstSymbol: UInt32 = 1
  private static let wordStart: Unicode.Scalar = "\u{2581}"

  /// The symbol of a token that stands for itself.
  static func symbol(ofToken token: Int) -> UInt32 { UInt32(token) + firstSymbol }

  /// The tokens as a lexicon of tokens has them: themselves, but for those that separate words.
  var symbolsOfTokens: SymbolTable {
    SymbolTable(
      (0..<count).map { token in
        let own = symbols[token]
        if token == blank { return [] }
        if isBoundaryAlone(token) { return [Self.boundary] }
        // A mark that begins or ends a word, and the token itself.
        return (own.first == Self.boundary ? [Self.boundary] : [])
          + [Self.symbol(ofToken: token)] + (own.last == Self.boundary ? [Self.boundary] : [])
      })
  }

  /// What a text consists of. The separator's own text, alone or between spaces, separates words; within a word it is
  /// letters.
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

  /// What a word of a text with white space between words consists of: within it one boundary at a place, none at its
  /// ends.
  func symbols(ofWord word: String) -> [UInt32] {
    let symbols = symbols(of: word)
    guard symbols.contains(Self.boundary) else { return symbols }
    return Array(symbols.split(separator: Self.boundary).joined(separator: [Self.boundary]))
  }

  /// What a scalar is within a text: that of the separator is a letter there, unless it is a space.
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
