/// How the texts of tokens mark the beginnings and ends of words, and which tokens are bytes.
///
/// | marks | pieces | text |
/// |---|---|---|
/// | ``sentencePiece`` | `▁play` `ing` `<0xE7>` `<0x88>` `<0xBF>` | `playing爿` |
/// | ``wordPiece`` | `play` `##ing` `well` | `playing well` |
/// | ``continuation`` | `play@@` `ing` `well` | `playing well` |
/// | ``endOfWord`` | `play` `ing</w>` `well</w>` | `playing well` |
/// | ``underscore`` | `play` `ing_` `well_` | `playing well` |
/// | ``byteLevel`` | `play` `ing` `Ġwell` `Ġå` `Į` `Ĺ` | `playing well 北` |
///
/// Bytes that are not valid UTF-8 become U+FFFD. A partial hypothesis omits a character until its
/// last byte has been decoded.
public enum PieceMarks: String, Sendable, CaseIterable {
  /// SentencePiece: `▁` begins a word, and `<0x00>` to `<0xFF>` are bytes. Also for tokens without
  /// any marks.
  case sentencePiece = "sentencepiece"
  /// BERT's WordPiece: a piece begins a word unless it begins with `##`.
  case wordPiece = "wordpiece"
  /// subword-nmt: a piece ends a word unless it ends with `@@`.
  case continuation = "subword-nmt"
  /// The first BPE models: `</w>` at the end of a piece ends a word.
  case endOfWord = "end-of-word"
  /// wav2letter's word pieces: `_` at the end of a piece ends a word.
  case underscore
  /// GPT-2 and RoBERTa: every character stands for a byte; `Ġ` is the space.
  case byteLevel = "byte-level"

  /// Whether these texts contain tokens for single bytes, so that texts are compared byte by byte.
  func isOfBytes(_ texts: [String]) -> Bool {
    switch self {
    case .byteLevel: true
    case .sentencePiece: texts.contains { Self.byte(of: $0) != nil }
    case .wordPiece, .continuation, .endOfWord, .underscore: false
    }
  }

  /// The text of a token with `▁` for each beginning or end of a word.
  func unmarked(_ text: String) -> String {
    let scalars = text.unicodeScalars
    func without(prefix: String) -> String? {
      scalars.starts(with: prefix.unicodeScalars)
        ? String(scalars.dropFirst(prefix.unicodeScalars.count)) : nil
    }
    func without(suffix: String) -> String? {
      scalars.reversed().starts(with: suffix.unicodeScalars.reversed())
        ? String(scalars.dropLast(suffix.unicodeScalars.count)) : nil
    }
    switch self {
    case .sentencePiece, .byteLevel: return text
    case .wordPiece: return without(prefix: "##") ?? "\u{2581}" + text
    case .continuation: return without(suffix: "@@") ?? text + "\u{2581}"
    case .endOfWord: return without(suffix: "</w>").map { $0 + "\u{2581}" } ?? text
    case .underscore: return without(suffix: "_").map { $0 + "\u{2581}" } ?? text
    }
  }

  /// The bytes of a token's text if ``isOfBytes(_:)``, with a space for each beginning or end of a
  /// word.
  func bytes(of text: String) -> [UInt8] {
    if self == .byteLevel {
      return text.unicodeScalars.flatMap { scalar in
        Self.byteLevelBytes[scalar].map { [$0] } ?? Array(String(scalar).utf8)
      }
    }
    if let byte = Self.byte(of: text) { return [byte] }
    return text.unicodeScalars.flatMap { $0 == "\u{2581}" ? [0x20] : Array(String($0).utf8) }
  }

  /// The byte of a text such as `<0xE7>`; nil for other texts.
  private static func byte(of text: String) -> UInt8? {
    let units = Array(text.utf8)
    guard units.count == 6, units.starts(with: "<0x".utf8), units[5] == UInt8(ascii: ">") else {
      return nil
    }
    let digits = String(decoding: units[3..<5], as: UTF8.self)
    return digits.allSatisfy(\.isHexDigit) ? UInt8(digits, radix: 16) : nil
  }

  /// GPT-2's alphabet: printable characters of Latin-1 stand for themselves, the other bytes follow
  /// from U+0100 on.
  private static let byteLevelBytes: [Unicode.Scalar: UInt8] = {
    let printable = Array(0x21...0x7E) + Array(0xA1...0xAC) + Array(0xAE...0xFF) as [UInt8]
    var bytes: [Unicode.Scalar: UInt8] = [:]
    for byte in printable { bytes[Unicode.Scalar(byte)] = byte }
    var next: UInt32 = 0x100
    for byte in UInt8.min...UInt8.max where !printable.contains(byte) {
      if let scalar = Unicode.Scalar(next) { bytes[scalar] = byte }
      next += 1
    }
    return bytes
  }()
}
