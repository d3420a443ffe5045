/// What each token adds to a text: letters, and ``TokenVocabulary/boundary`` between words.
struct SymbolTable: Sendable {
  private let symbols: [UInt32]
  // Where those of each token begin, `[tokens + 1]`.
  private let starts: [Int32]
  /// How many symbols the longest token has.
  let longest: Int

  init(_ rows: [[UInt32]]) {
    symbols = rows.flatMap { $0 }
    var starts: [Int32] = [0]
    for row in rows { starts.append(starts[starts.count - 1] + Int32(row.count)) }
    self.starts = starts
    longest = rows.reduce(0) { max($0, $1.count) }
  }

  /// The symbols of a token.
  subscript(token: Int) -> ArraySlice<UInt32> {
    @inline(__always) get { symbols[Int(starts[token])..<Int(starts[token + 1])] }
  }

  /// The number of tokens.
  var count: Int { starts.count - 1 }

  func contains(_ symbol: UInt32) -> Bool { symbols.contains(symbol) }
}
