import NGramModels
import Seq2SeqLosses

/// The tokens of a model as toolkits write them to files: their texts by index, the blank, and the token between words.
///
/// ```swift
/// let tokens = try TokenFile("<blk> 0\n▁the 1\ns 2\n")
/// let vocabulary = try TokenVocabulary(tokens)
/// ```
///
/// | format | a line | written by |
/// |---|---|---|
/// | ``Format/list`` | a token | torchaudio, flashlight, EasyOCR, many others |
/// | ``Format/indexed`` | a token, white space, its index | k2, icefall, ESPnet, WeNet, sherpa, Kaldi |
/// | ``Format/scored`` | a piece, a tab, its score | SentencePiece's `.vocab` |
/// | ``Format/paddle`` | a character, without the blank and the space | PaddleOCR |
///
/// A `vocab.json` is decoded by a JSON library first, and goes to ``init(indices:count:blank:)`` or
/// ``init(texts:count:blank:)``. Lines end with a line feed, or with a carriage return and a line feed; a byte order mark
/// is skipped. Spaces count: a token may be one.
public struct TokenFile: Sendable, Equatable {
  /// How a file lists tokens.
  public enum Format: String, Sendable, CaseIterable {
    /// A token a line; its index is the number of lines before.
    case list
    /// A token, white space, and its index. A line without a token is the space's.
    case indexed
    /// A piece, a tab, and its score, which is not kept. The piece's index is the number of lines before.
    case scored
    /// A character a line. The blank is put before all, and a space behind all.
    case paddle
  }

  /// The text of each token, by its index.
  public let texts: [String]
  /// The blank's index; nil where no token has a name that toolkits give the blank.
  public let blank: Int?
  /// The text of the token between words.
  public let wordSeparator: String

  /// Reads the content of a file.
  ///
  /// - Parameters:
  ///   - text: The content.
  ///   - format: How it lists tokens. By default it is told by its form: ``Format/indexed`` or ``Format/scored`` where
  ///     every line has an index or a score, else ``Format/list``.
  ///   - count: The number of the model's outputs, if known. A list of single characters without a space and two fewer
  ///     than that is then read as ``Format/paddle``; and Kaldi's disambiguation symbols (`#0`, `#1` and so on) beyond
  ///     it are left out.
  ///   - blank: The blank's index, if known: where the file has one token fewer than the model has outputs, as the
  ///     `.vocab` of a SentencePiece model under a CTC head, the blank is put there.
  /// - Throws: `InputError` naming the line that is not of the format, where indices are not those from 0 up once each,
  ///   or where the number of tokens is not `count`.
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

  /// Tokens with their indices, as a `vocab.json` has them.
  ///
  /// A `Dictionary` has lost tokens that are canonical equivalents, such as é in one scalar and in two: its keys are equal.
  /// Where there may be such, pass pairs.
  ///
  /// - Parameters:
  ///   - indices: The tokens and their indices, in any order.
  ///   - count: The number of the model's outputs, if known.
  ///   - blank: As of ``init(_:format:count:blank:)``.
  /// - Throws: `InputError` where indices are not those from 0 up, once each, a token is there twice, or the number of
  ///   tokens is not `count`.
  public init(
    indices: some Sequence<(key: String, value: Int)>, count: Int? = nil, blank: Int? = nil
  ) throws(InputError) {
    var known: Set<ExactText> = []
    for (text, _) in indices where !known.insert(ExactText(text)).inserted {
      throw InputError("tokens", "\(quoted(text)) is there twice")
    }
    try self.init(
      texts: try Self.ordered(indices.map { ($0.key, $0.value) }), count: count, blank: blank)
  }

  /// Tokens in the order of their indices.
  ///
  /// - Parameters:
  ///   - texts: The tokens.
  ///   - count: The number of the model's outputs, if known.
  ///   - blank: As of ``init(_:format:count:blank:)``.
  /// - Throws: `InputError` where there are none, or where their number is not `count`.
  public init(texts: [String], count: Int? = nil, blank: Int? = nil) throws(InputError) {
    try self.init(texts, "", count: count, blank: blank)
  }

  /// - Parameter source: Where the tokens are, for errors.
  private init(
    _ texts: [String], _ source: String, count: Int?, blank: Int?
  ) throws(InputError) {
    guard !texts.isEmpty else { throw InputError("tokens", "the file has none") }
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
  /// The tokens of a file.
  ///
  /// - Parameters:
  ///   - file: The tokens.
  ///   - blank: The blank's index; the file's by default, or 0 where the file names none.
  ///   - wordSeparator: The token between words; the file's by default.
  ///   - pieces: How the texts say where words begin and end.
  /// - Throws: `InputError` where the blank is none of the tokens.
  public init(
    _ file: TokenFile, blank: Int? = nil, wordSeparator: String? = nil,
    pieces: PieceMarks = .sentencePiece
  ) throws(InputError) {
    try self.init(
      file.texts, blank: blank ?? file.blank ?? 0,
      wordSeparator: wordSeparator ?? file.wordSeparator, pieces: pieces)
  }
}
