import NGramModels
import Seq2SeqLosses

/// A token file as toolkits write it: the texts of the tokens by index, the blank, and the token
/// between words.
///
/// ```swift
/// let tokens = try TokenFile("<blk> 0\n▁the 1\ns 2\n")
/// let vocabulary = try TokenVocabulary(tokens)
/// ```
///
/// | format | each line contains | written by |
/// |---|---|---|
/// | ``Format/list`` | a token | torchaudio, flashlight, EasyOCR, many others |
/// | ``Format/indexed`` | a token, white space, its index | k2, icefall, ESPnet, WeNet, sherpa, Kaldi |
/// | ``Format/scored`` | a piece, a tab, its score | SentencePiece's `.vocab` |
/// | ``Format/paddle`` | a character; the blank and the space are not in the file | PaddleOCR |
///
/// Decode a `vocab.json` with a JSON library, and pass the result to ``init(indices:count:blank:)``
/// or ``init(texts:count:blank:)``. Lines end with LF or CRLF; a byte order mark is skipped. Spaces
/// are significant, because a space may be a token.
public struct TokenFile: Sendable, Equatable {
  /// The formats of token files.
  public enum Format: String, Sendable, CaseIterable {
    /// Each line is a token. Its index is the number of lines before it.
    case list
    /// Each line is a token, white space, and its index. A line with only an index is the space.
    case indexed
    /// Each line is a piece, a tab, and its score, which is ignored. The index of the piece is the
    /// number of lines before it.
    case scored
    /// Each line is a character. The blank is added before the first, a space after the last.
    case paddle
  }

  /// The text of each token, by its index.
  public let texts: [String]
  /// The index of the blank; nil if no token has a name that toolkits give the blank.
  public let blank: Int?
  /// The text of the token between words.
  public let wordSeparator: String

  /// Reads the content of a file.
  ///
  /// - Parameters:
  ///   - text: The content.
  ///   - format: The format. By default it is detected: ``Format/indexed`` or ``Format/scored`` if
  ///     every line has an index or a score, else ``Format/list``.
  ///   - count: The number of the model's outputs, if known. A list of single characters that lacks
  ///     a space and has two lines fewer than that is then read as ``Format/paddle``. Kaldi's
  ///     disambiguation symbols (`#0`, `#1` and so on) with indices from `count` on are dropped.
  ///   - blank: The index of the blank, if known. If the file has one token fewer than the model
  ///     has outputs, the blank is inserted there, for example with the `.vocab` of a SentencePiece
  ///     model and a CTC head.
  /// - Throws: `InputError` that names the line, if a line does not fit the format; if the indices
  ///   are not 0, 1, 2 and so on, each once; or if the number of tokens is not `count`.
  /// - Complexity: O(length of the text).
  public init(
    _ text: String, format: Format? = nil, count: Int? = nil, blank: Int? = nil
  ) throws(InputError) {
    let lines = Self.lines(of: text)
    var format = if let format { format } else { try Self.format(of: lines) }
    if format == .list, let count, count == lines.count + 2,
      lines.allSatisfy({ $0.unicodeScalars.count == 1 && $0 != " " })
    {
      format = .paddle
    }
    var texts: [String]
    switch format {
    case .list: texts = lines
    case .indexed:
      texts = try Self.ordered(try Self.fields(of: lines))
      if let count { texts = Self.withoutDisambiguation(texts, count: count) }
    case .scored: texts = try Self.pieces(of: lines)
    case .paddle:
      texts = ["<blank>"] + lines
      if count == nil || count == texts.count + 1 { texts.append(" ") }
    }
    try self.init(
      texts, " in a file of format \(format.rawValue)", count: count, blank: blank)
  }

  /// Tokens with their indices, as in a `vocab.json`.
  ///
  /// Don't make the pairs from a `Dictionary`: its keys merge tokens that are canonical
  /// equivalents, such as é as one scalar and as two.
  ///
  /// - Parameters:
  ///   - indices: The tokens and their indices, in any order.
  ///   - count: The number of the model's outputs, if known.
  ///   - blank: As in ``init(_:format:count:blank:)``.
  /// - Throws: `InputError` if the indices are not 0, 1, 2 and so on, each once; if a token occurs
  ///   twice; or if the number of tokens is not `count`.
  public init(
    indices: some Sequence<(key: String, value: Int)>, count: Int? = nil, blank: Int? = nil
  ) throws(InputError) {
    var known: Set<ExactText> = []
    for (text, _) in indices where !known.insert(ExactText(text)).inserted {
      throw InputError("tokens", "\(quoted(text)) occurs twice")
    }
    try self.init(
      texts: try Self.ordered(indices.map { ($0.key, $0.value) }), count: count, blank: blank)
  }

  /// Tokens in the order of their indices.
  ///
  /// - Parameters:
  ///   - texts: The tokens.
  ///   - count: The number of the model's outputs, if known.
  ///   - blank: As in ``init(_:format:count:blank:)``.
  /// - Throws: `InputError` if there are no tokens, or if their number is not `count`.
  public init(texts: [String], count: Int? = nil, blank: Int? = nil) throws(InputError) {
    try self.init(texts, "", count: count, blank: blank)
  }

  /// - Parameter source: The origin of the tokens, for error messages.
  private init(
    _ texts: [String], _ source: String, count: Int?, blank: Int?
  ) throws(InputError) {
    guard !texts.isEmpty else { throw InputError("tokens", "the file contains no tokens") }
    let isWithoutBlank = Self.lacksBlank(texts, count: count, blank: blank)
    var texts = texts
    if isWithoutBlank, let blank { texts.insert("<blank>", at: blank) }
    if let count, count != texts.count {
      var problem = "\(texts.count)\(source) for \(count) outputs"
      if count == texts.count + 1, Self.blank(of: texts) == nil {
        problem += ": where the blank is missing, give its index, such as 0 or \(texts.count)"
      }
      throw InputError("tokens", problem)
    }
    self.texts = texts
    self.blank = isWithoutBlank ? blank : Self.blank(of: texts)
    wordSeparator = Self.wordSeparator(of: texts)
  }
}

extension TokenVocabulary {
  /// The vocabulary of a token file.
  ///
  /// - Parameters:
  ///   - file: The tokens.
  ///   - blank: The index of the blank. By default that of the file, or 0 if no token is named like
  ///     a blank.
  ///   - wordSeparator: The token between words. By default that of the file.
  ///   - pieces: How the texts mark the beginnings and ends of words.
  /// - Throws: `InputError` if the blank is not an index of a token.
  public init(
    _ file: TokenFile, blank: Int? = nil, wordSeparator: String? = nil,
    pieces: PieceMarks = .sentencePiece
  ) throws(InputError) {
    try self.init(
      file.texts, blank: blank ?? file.blank ?? 0,
      wordSeparator: wordSeparator ?? file.wordSeparator, pieces: pieces)
  }
}
