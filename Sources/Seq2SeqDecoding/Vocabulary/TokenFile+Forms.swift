import Seq2SeqLosses

/// What the forms of token files have in common, and what tells them apart.
extension TokenFile {
  /// What toolkits call the blank, the surest names first: wav2vec 2.0's blank is its padding, and k2's is ε.
  private static let blankNames = [
    "<blk>", "<blank>", "[blank]", "[BLANK]", "<ctc>", "<ctc_blank>", "<eps>", "<pad>", "[PAD]",
  ]

  static func blank(of texts: [String]) -> Int? {
    for name in blankNames {
      if let token = texts.firstIndex(where: { $0.isExactly(name) }) { return token }
    }
    return nil
  }

  /// Whether the blank belongs at its index, as one output that no token is for; not where a token is called so.
  static func lacksBlank(_ texts: [String], count: Int?, blank: Int?) -> Bool {
    guard let blank, (0...texts.count).contains(blank),
      count == nil ? blank == texts.count : count == texts.count + 1
    else { return false }
    // Padding may be a token beside the blank.
    guard let named = Self.blank(of: texts) else { return true }
    return named != blank && ["<pad>", "[PAD]"].contains { texts[named].isExactly($0) }
  }

  /// The space where there is one or where pieces begin words, else the first of the marks that stand for it.
  static func wordSeparator(of texts: [String]) -> String {
    func contains(_ text: String) -> Bool { texts.contains { $0.isExactly(text) } }
    if contains(" ") || texts.contains(where: { $0.unicodeScalars.first == "\u{2581}" }) {
      return " "
    }
    return ["<space>", "<SPACE>", "|"].first(where: contains) ?? " "
  }

  /// The lines, without a byte order mark and without empty ones at the end.
  static func lines(of text: String) -> [String] {
    var scalars = text.unicodeScalars[...]
    if scalars.first == "\u{FEFF}" { scalars.removeFirst() }
    var lines = scalars.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      String(String.UnicodeScalarView(line.last == "\r" ? line.dropLast() : line))
    }
    while lines.last?.isEmpty == true { lines.removeLast() }
    return lines
  }

  /// - Throws: `InputError` where most lines have an index or a score, and one has none.
  static func format(of lines: [String]) throws(InputError) -> Format {
    let scored = lines.indices.filter { score(of: lines[$0]) != nil }
    let indexed = lines.indices.filter { index(of: lines[$0]) != nil }
    if !lines.isEmpty, indexed.count == lines.count {
      // BPE models of SentencePiece have whole numbers, none of them above 0.
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
        "line \(line + 1) has no \(kind), as most lines have: say the format, one of "
          + Format.allCases.map(\.rawValue).joined(separator: ", "))
    }
    if lines.count > 1, let first = [0, 1].first(where: { indicesBegin(lines, from: $0) }) {
      throw InputError(
        "tokens",
        "each line begins with its index, from \(first) up, which no format has: say the format list if the "
          + "tokens do, else put the index behind the token")
    }
    return .list
  }

  /// Whether each line is its own index, a separator and more.
  private static func indicesBegin(_ lines: [String], from first: Int) -> Bool {
    lines.enumerated().allSatisfy { place, line in
      let rest = line.unicodeScalars.drop { ("0"..."9").contains($0) }
      return [" ", "\t", ","].contains(rest.first) && rest.count > 1
        && Int(String(line.unicodeScalars.prefix { ("0"..."9").contains($0) })) == first + place
    }
  }

  /// A token and its index.
  static func index(of line: String) -> (text: String, value: Int)? {
    let scalars = line.unicodeScalars.trimmed
    guard let space = scalars.lastIndex(where: { $0 == " " || $0 == "\t" }),
      let value = Int(String(scalars[scalars.index(after: space)...]))
    else { return nil }
    let text = String(scalars[..<space])
    let isBlank = text.unicodeScalars.allSatisfy { $0 == " " || $0 == "\t" }
    return (isBlank ? " " : String(text.unicodeScalars.trimmed), value)
  }

  /// A piece with a score behind a tab.
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

  /// Leaves out the symbols at the end that no model emits, which tell homophones in a graph apart.
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

  /// The texts by their indices.
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
  /// Whether both have the same scalars: canonical equivalents are different tokens.
  fileprivate func isExactly(_ other: String) -> Bool {
    unicodeScalars.elementsEqual(other.unicodeScalars)
  }
}

extension String.UnicodeScalarView {
  /// Without the spaces and tabs at the end, as between a token and its index.
  fileprivate var trimmed: String.UnicodeScalarView {
    var end = endIndex
    while end > startIndex, [" ", "\t"].contains(self[index(before: end)]) {
      end = index(before: end)
    }
    return String.UnicodeScalarView(self[..<end])
  }
}
