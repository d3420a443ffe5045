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

  /// Tokens with these texts; that of the blank does not count.
  ///
  /// - Throws: ``InputError`` where there are no tokens, or the blank is none of them.
  public init(
    _ texts: [String], blank: Int = 0, wordSeparator: String = " "
  ) throws(InputError) {
    try Self.check(count: texts.count, blank: blank)
    self.count = texts.count
    self.blank = blank
    self.texts = texts
    self.wordSeparator = wordSeparator
    symbols = SymbolTable(
      texts.enumerated().map { token, text in
        token == blank ? [] : Self.symbols(of: text, separator: wordSeparator)
      })
    separatesWords = symbols.contains(Self.boundary)
  }

  /// Tokens that are numbers alone.
  ///
  /// - Throws: ``InputError`` where there are no tokens, or the blank is none of them.
  public init(count: Int, blank: Int = 0) throws(InputError) {
    try Self.check(count: count, blank: blank)
    self.count = count
    self.blank = blank
    texts = nil
    wordSeparator = ""
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
  /// - Throws: ``InputError`` where the array has another size.
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
  /// after the other as they are. O(length).
  public func text(of tokens: some Sequence<Int>) -> String {
    guard let texts else { return "" }
    if wordSeparator.isEmpty {
      return tokens.reduce(into: "") { if $1 != blank { $0 += texts[$1] } }
    }
    var text = ""
    var isPending = false
    for token in tokens where token != blank {
      if texts[token] == wordSeparator {
        isPending = !text.isEmpty
        continue
      }
      for scalar in texts[token].unicodeScalars {
        if scalar == Self.wordStart || scalar == " " {
          isPending = !text.isEmpty
        } else {
          if isPending { text.unicodeScalars.append(" ") }
          isPending = false
          text.unicodeScalars.append(scalar)
        }
      }
    }
    return text
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
        symbols[token].contains(Self.boundary)
          ? [Self.boundary] : token == blank ? [] : [Self.symbol(ofToken: token)]
      })
  }

  /// What a text consists of.
  func symbols(of text: String) -> [UInt32] { Self.symbols(of: text, separator: wordSeparator) }

  private static func symbols(of text: String, separator: String) -> [UInt32] {
    if separator.isEmpty { return text.unicodeScalars.map { $0.value + firstSymbol } }
    if text == separator { return [boundary] }
    return text.unicodeScalars.map {
      $0 == wordStart || $0 == " " ? boundary : $0.value + firstSymbol
    }
  }
}
