/// The symbols that each token adds to a text: letters, and ``TokenVocabulary/boundary`` between
/// words.
struct SymbolTable: Sendable {
  private let symbols: FrozenArray<UInt32>
  // The index of each token's first symbol, `[tokens + 1]`.
  private let starts: FrozenArray<Int32>
  /// The number of symbols of the longest token.
  let longest: Int

  init(_ rows: [[UInt32]]) {
    symbols = FrozenArray(rows.flatMap { $0 })
    var starts: [Int32] = [0]
    for row in rows { starts.append(starts[starts.count - 1] + Int32(row.count)) }
    self.starts = FrozenArray(starts)
    longest = rows.reduce(0) { max($0, $1.count) }
  }

  /// One symbol for each token.
  init(oneEach symbols: some Sequence<UInt32>) {
    self.symbols = FrozenArray(Array(symbols))
    starts = FrozenArray((0...Int32(self.symbols.view.count)).map { $0 })
    longest = 1
  }

  /// The number of tokens.
  var count: Int { starts.view.count - 1 }

  /// The symbols of a token.
  subscript(token: Int) -> [UInt32] { Array(view[token]) }

  func contains(_ symbol: UInt32) -> Bool { symbols.view.contains(symbol) }

  /// The table for inner loops.
  var view: View { View(symbols: symbols.view, starts: starts.view) }

  struct View: BitwiseCopyable {
    fileprivate let symbols: UnsafeBufferPointer<UInt32>
    fileprivate let starts: UnsafeBufferPointer<Int32>

    /// The symbols of a token.
    subscript(token: Int) -> UnsafeBufferPointer<UInt32> {
      @inline(__always) get {
        let first = Int(starts[token])
        return UnsafeBufferPointer(
          start: symbols.baseAddress.unsafelyUnwrapped + first,
          count: Int(starts[token + 1]) - first)
      }
    }
  }
}
