/// Reads n-gram models in the ARPA format, as written by lmplz, SRILM and IRSTLM.
///
/// Fields are separated by tabs or spaces, the words of an n-gram by spaces (or tabs). Back-offs
/// may be missing. If pruning has removed an n-gram but kept a longer one that begins with it, the
/// missing n-gram is added with its back-off weights, which changes no score. A byte order mark is
/// skipped.
///
/// A line may have at most 4 MiB, at most 1,000 consecutive lines may be blank, and `\data\` must
/// come within 1,000 lines. A file that begins like a model but never ends is thus rejected early.
struct ARPAReader {
  static let longestLine = 1 << 22
  static let mostBlankLines = 1000

  private let bytes: UnsafeRawBufferPointer
  private let path: String
  private var position = 0
  private var line = 0

  init(_ bytes: UnsafeRawBufferPointer, path: String) {
    self.bytes = bytes
    self.path = path
  }

  /// Reads the n-grams and the words; word 0 is `<unk>`.
  mutating func read() throws(NGramModelError) -> (table: HashedNGrams, words: [String]) {
    try checkEncoding()
    let counts = try readCounts()
    // A line has at least two bytes, so a larger count must not allocate memory.
    guard counts[0] <= bytes.count / 2 else {
      throw error("\(counts[0]) unigrams in a file of \(bytes.count) bytes")
    }
    var words = ["<unk>"]
    var indices: [ExactText: UInt32] = [ExactText("<unk>"): 0]
    // Lines of real models are longer than 16 bytes, and the counts may be wrong.
    let expected = min(counts[0], bytes.count / 16) + 1
    words.reserveCapacity(expected)
    indices.reserveCapacity(expected)
    var unigrams: [NGramWeights] = [NGramWeights(logProbability: -100, backOff: 0)]
    var hasUnknown = false
    try readSection(1, counts[0]) { (reader, fields, weights) throws(NGramModelError) in
      let word = try reader.text(fields[1])
      if word == "<unk>" || word == "<UNK>" {
        guard !hasUnknown else { throw reader.error("\(word) occurs twice") }
        hasUnknown = true
        unigrams[0] = weights
        indices[ExactText(word)] = 0
        return
      }
      guard indices.updateValue(UInt32(words.count), forKey: ExactText(word)) == nil else {
        throw reader.error("\"\(word.prefix(40))\" occurs twice")
      }
      words.append(word)
      unigrams.append(weights)
    }
    var table = HashedNGrams(order: counts.count, wordCount: words.count)
    for (word, weights) in unigrams.enumerated() { table[UInt32(word)] = weights }
    var isKnown = [Bool](repeating: true, count: words.count)
    for length in 2...max(counts.count, 2) where length <= counts.count {
      try readSection(length, counts[length - 1]) {
        (reader, fields, weights) throws(NGramModelError) in
        var ngram: [UInt32] = []
        for field in fields[1...] {
          let word = try reader.text(field)
          guard let index = indices[ExactText(word)] else {
            throw reader.error("\"\(word.prefix(40))\" is not among the unigrams")
          }
          ngram.append(index)
        }
        let number = Self.number(of: ngram[...], adding: &table, &isKnown)
        guard !isKnown[Int(number)] else { throw reader.error("the n-gram occurs twice") }
        isKnown[Int(number)] = true
        table[number] = weights
        // The n-gram without its last word is now a context.
        let context = Self.number(of: ngram.dropLast(), adding: &table, &isKnown)
        if table[context].backOff.bitPattern == 0x8000_0000 { table[context].backOff = 0 }
      }
    }
    try readEnd()
    return (table, words)
  }

  /// The number of an n-gram. A new n-gram gets the weights that backing off gives it.
  private static func number(
    of ngram: ArraySlice<UInt32>, adding table: inout HashedNGrams, _ isKnown: inout [Bool]
  ) -> UInt32 {
    if let number = table.number(of: ngram) { return number }
    let suffix = number(of: ngram.dropFirst(), adding: &table, &isKnown)
    let number = table.add(ngram[ngram.startIndex], before: suffix)
    isKnown.append(false)
    let backOff = table.number(of: ngram.dropLast()).map { table[$0].backOff } ?? 0
    table[number] = NGramWeights(
      logProbability: backOff + table[suffix].logProbability, backOff: -0.0)
    return number
  }

  private mutating func readCounts() throws(NGramModelError) -> [Int] {
    while true {
      guard line < Self.mostBlankLines, let line = try nextLine() else {
        throw error("no \\data\\")
      }
      if trimmed(line) == "\\data\\" { break }
    }
    var counts: [Int] = []
    while true {
      let before = (position, self.line)
      guard let text = try nextText() else { throw error("ends in the header") }
      guard text.hasPrefix("ngram ") || text.hasPrefix("ngram\t") else {
        (position, self.line) = before
        break
      }
      let parts = text.dropFirst(6).split(separator: "=", omittingEmptySubsequences: false)
      guard parts.count == 2, let order = Int(Self.trim(parts[0])),
        let count = Int(Self.trim(parts[1])), order == counts.count + 1, count >= 0
      else { throw error("\"\(text.prefix(60))\" is not the count of \(counts.count + 1)-grams") }
      guard order <= NGramModel.largestOrder else {
        throw error("order \(order) is more than \(NGramModel.largestOrder)")
      }
      counts.append(count)
    }
    guard !counts.isEmpty else { throw error("no counts of n-grams") }
    return counts
  }

  private mutating func readSection(
    _ length: Int, _ count: Int,
    _ body: (inout ARPAReader, [Range<Int>], NGramWeights) throws(NGramModelError) -> Void
  ) throws(NGramModelError) {
    guard let text = try nextText() else { throw error("ends before the \(length)-grams") }
    guard text == "\\\(length)-grams:" else {
      throw error("\"\(text.prefix(60))\" where the \(length)-grams should begin")
    }
    var fields: [Range<Int>] = []
    for index in 0..<count {
      var blanks = -1
      fields.removeAll(keepingCapacity: true)
      while fields.isEmpty {
        guard let line = try nextLine() else {
          throw error("ends after \(index) of \(count) \(length)-grams")
        }
        split(line, into: &fields)
        blanks += 1
        guard blanks <= Self.mostBlankLines else { throw tooManyBlankLines }
      }
      guard fields.count == length + 1 || fields.count == length + 2 else {
        throw error("\(fields.count) fields where \(length)-grams have \(length + 1) or one more")
      }
      let logProbability = try number(fields[0])
      guard logProbability <= 0 else { throw error("a log-probability of \(logProbability)") }
      var backOff: Float = -0.0
      if fields.count == length + 2 {
        backOff = try number(fields[length + 1])
        // Without a back-off weight, it is a context only if a longer n-gram begins with it.
        if backOff == 0 { backOff = -0.0 }
        fields.removeLast()
      }
      try body(
        &self, fields, NGramWeights(logProbability: logProbability, backOff: backOff))
    }
  }

  private mutating func readEnd() throws(NGramModelError) {
    guard let text = try nextText() else { throw error("ends before \\end\\") }
    guard text == "\\end\\" else {
      throw error("\"\(text.prefix(60))\" where \\end\\ should be")
    }
  }

  private func number(_ field: Range<Int>) throws(NGramModelError) -> Float {
    let text = String(decoding: bytes[field.prefix(64)], as: UTF8.self)
    if field.count <= 64, let number = Float(text), !number.isNaN, number < .infinity {
      return number
    }
    throw error("\"\(text.prefix(40))\" is not a number")
  }

  private func text(_ field: Range<Int>) throws(NGramModelError) -> String {
    guard let text = String(validating: bytes[field], as: UTF8.self) else {
      throw error("a word that is not UTF-8")
    }
    return text
  }

  private func error(_ problem: String) -> NGramModelError {
    NGramModelError(path, line: line, problem)
  }

  private var tooManyBlankLines: NGramModelError {
    error("more than \(Self.mostBlankLines) blank lines in a row")
  }

  /// Skips UTF-8's byte order mark.
  private mutating func checkEncoding() throws(NGramModelError) {
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
    if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
      throw NGramModelError(path, "text in UTF-16 or UTF-32; ARPA files are UTF-8")
    }
  }

  /// The next line without its line end.
  private mutating func nextLine() throws(NGramModelError) -> Range<Int>? {
    guard position < bytes.count else { return nil }
    let start = position
    let limit = min(bytes.count, start + Self.longestLine + 1)
    while position < limit && bytes[position] != 0x0A { position += 1 }
    let end = position
    line += 1
    guard end - start <= Self.longestLine else {
      throw error("a line of more than \(Self.longestLine) bytes")
    }
    position += 1
    return start..<end
  }

  /// The next line that is not blank, as text.
  private mutating func nextText() throws(NGramModelError) -> String? {
    for _ in 0...Self.mostBlankLines {
      guard let line = try nextLine() else { return nil }
      let text = trimmed(line)
      if !text.isEmpty { return text }
    }
    throw tooManyBlankLines
  }

  private static func isSpace(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte == 0x09 || byte == 0x0D
  }

  private func split(_ line: Range<Int>, into fields: inout [Range<Int>]) {
    fields.removeAll(keepingCapacity: true)
    var start = line.lowerBound
    for index in line.lowerBound...line.upperBound {
      guard index == line.upperBound || Self.isSpace(bytes[index]) else { continue }
      if index > start { fields.append(start..<index) }
      start = index + 1
    }
  }

  /// The line as text, truncated if it is long.
  private func trimmed(_ line: Range<Int>) -> String {
    var (start, end) = (line.lowerBound, line.upperBound)
    while start < end && Self.isSpace(bytes[start]) { start += 1 }
    while end > start && Self.isSpace(bytes[end - 1]) { end -= 1 }
    return String(decoding: bytes[start..<min(end, start + 200)], as: UTF8.self)
  }

  private static func trim(_ text: Substring) -> Substring {
    var text = text
    while text.first == " " || text.first == "\t" { text.removeFirst() }
    while text.last == " " || text.last == "\t" { text.removeLast() }
    return text
  }
}
