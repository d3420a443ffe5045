import Seq2SeqLosses

/// The formats of token files: how they are detected and read.
extension TokenFile {
  /// The names that toolkits give the blank, the most certain ones first: wav2vec 2.0's blank is
  /// its padding, and k2's is ε.
  private static let blankNames = [
    "<blk>", "<blank>", "[blank]", "[BLANK]", "<ctc>", "<ctc_blank>", "<eps>", "<pad>", "[PAD]",
  ]

  static func blank(of texts: [String]) -> Int? {
    for name in blankNames {
      if let token = texts.firstIndex(where: { $0.isExactly(name) }) { return token }
    }
    return nil
  }

  /// Whether the file lacks the blank, so that it must be inserted at its index. Not if some token
  /// has one of the blank's names.
  static func lacksBlank(_ texts: [String], count: Int?, blank: Int?) -> Bool {
    guard let blank, (0...texts.count).contains(blank),
      count == nil ? blank == texts.count : count == texts.count + 1
    else { return false }
    // Padding may be an ordinary token in addition to the blank.
    guard let named = Self.blank(of: texts) else { return true }
    return named != blank && ["<pad>", "[PAD]"].contains { texts[named].isExactly($0) }
  }

  /// The space if a token contains one or pieces begin words, else the first token that stands for
  /// a space.
  static func wordSeparator(of texts: [String]) -> String {
    func contains(_ text: String) -> Bool { texts.contains { $0.isExactly(text) } }
    if contains(" ") || texts.contains(where: { $0.unicodeScalars.first == "\u{2581}" }) {
      return " "
    }
    return ["<space>", "<SPACE>", "|"].first(where: contains) ?? " "
  }

  /// The lines, without a byte order mark and without empty lines at the end.
  static func lines(of text: String) -> [String] {
    var scalars = text.unicodeScalars[...]
    if scalars.first == "\u{FEFF}" { scalars.removeFirst() }
    var lines = scalars.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      String(String.UnicodeScalarView(line.last == "\r" ? line.dropLast() : line))
    }
    while lines.last?.isEmpty == true { lines.removeLast() }
    return lines
  }

  /// - Throws: `InputError` if most lines have an index or a score, but some line has none.
  static func format(of lines: [String]) throws(InputError) -> Format {
    let scored = lines.indices.filter { score(of: lines[$0]) != nil }
    let indexed = lines.indices.filter { index(of: lines[$0]) != nil }
    if !lines.isEmpty, indexed.count == lines.count {
      // SentencePiece's BPE models have integer scores, none above 0.
      let indices = lines.compactMap(index)
      return scored.count == lines.count && indices.allSatisfy { $0.value <= 0 } && lines.count > 1
        ? .scored : .indexed
    }
    if !lines.isEmpty, scored.count == lines.count { return .scored }
    for (kind, found) in [("index", indexed), ("score", scored)] where 2 * found.count > lines.count
    {
      let line = lines.indices.first { !found.contains($0) } ?? 0
      throw InputError(
        "tokens",
        "line \(line + 1) has no \(kind), but most lines have one: pass the format, one of "
          + Format.allCases.map(\.rawValue).joined(separator: ", "))
    }
    if lines.count > 1, let first = [0, 1].first(where: { indicesBegin(lines, from: $0) }) {
      throw InputError(
        "tokens",
        "each line begins with its index, from \(first) up, which no format allows: pass the format list if the "
          + "indices belong to the tokens, else put the index after the token")
    }
    return .list
  }

  /// Whether each line consists of its own index, a separator and more text.
  private static func indicesBegin(_ lines: [String], from first: Int) -> Bool {
    lines.enumerated().allSatisfy { place, line in
      let rest = line.unicodeScalars.drop { ("0"..."9").contains($0) }
      return [" ", "\t", ","].contains(rest.first) && rest.count > 1
        && Int(String(line.unicodeScalars.prefix { ("0"..."9").contains($0) })) == first + place
    }
  }

  /// A token and its index; nil for a line of another form.
  static func index(of line: String) -> (text: String, value: Int)? {
    let scalars = line.unicodeScalars.trimmed
    guard let space = scalars.lastIndex(where: { $0 == " " || $0 == "\t" }),
      let value = Int(String(scalars[scalars.index(after: space)...]))
    else { return nil }
    let text = String(scalars[..<space])
    let isBlank = text.unicodeScalars.allSatisfy { $0 == " " || $0 == "\t" }
    return (isBlank ? " " : String(text.unicodeScalars.trimmed), value)
  }

  /// A piece that is followed by a tab and a score; nil for a line of another form.
  private static func score(of line: String) -> String? {
    let scalars = line.unicodeScalars.trimmed
    guard let tab = scalars.lastIndex(of: "\t"),
      let score = Double(String(scalars[scalars.index(after: tab)...])), score.isFinite
    else { return nil }
    return String(scalars[..<tab])
  }

  static func fields(
    of lines: [String]
  ) throws(InputError) -> [(text: String, value: Int)] {
    var fields: [(text: String, value: Int)] = []
    for (number, line) in lines.enumerated() {
      guard let field = index(of: line) else {
        throw InputError("tokens", "line \(number + 1) has no index")
      }
      fields.append((field.text, field.value))
    }
    return fields
  }

  static func pieces(of lines: [String]) throws(InputError) -> [String] {
    var pieces: [String] = []
    for (number, line) in lines.enumerated() {
      guard let piece = score(of: line) else {
        throw InputError("tokens", "line \(number + 1) has no score after a tab")
      }
      pieces.append(piece)
    }
    return pieces
  }

  /// Drops Kaldi's disambiguation symbols at the end, which no model outputs. They tell homophones
  /// in a decoding graph apart.
  static func withoutDisambiguation(_ texts: [String], count: Int) -> [String] {
    var texts = texts
    while texts.count > count, let last = texts.last?.unicodeScalars, last.first == "#",
      last.count > 1,
      last.dropFirst().allSatisfy({ ("0"..."9").contains($0) })
    {
      texts.removeLast()
    }
    return texts
  }

  /// The texts in the order of their indices.
  static func ordered(
    _ fields: [(text: String, value: Int)]
  ) throws(InputError) -> [String] {
    var texts = [String?](repeating: nil, count: fields.count)
    for (text, index) in fields {
      guard texts.indices.contains(index) else {
        throw InputError(
          "tokens", "\(quoted(text)) has index \(index), outside 0..<\(fields.count)")
      }
      if let other = texts[index] {
        throw InputError(
          "tokens", "\(quoted(other)) and \(quoted(text)) both have index \(index)")
      }
      texts[index] = text
    }
    return texts.compactMap { $0 }
  }
}

extension String {
  /// Whether the scalars are equal: canonical equivalents are different tokens.
  fileprivate func isExactly(_ other: String) -> Bool {
    unicodeScalars.elementsEqual(other.unicodeScalars)
  }
}

extension String.UnicodeScalarView {
  /// The scalars without trailing spaces and tabs, such as those between a token and its index.
  fileprivate var trimmed: String.UnicodeScalarView {
    var end = endIndex
    while end > startIndex, [" ", "\t"].contains(self[index(before: end)]) {
      end = index(before: end)
    }
    return String.UnicodeScalarView(self[..<end])
  }
}
