/// The smallest number of substitutions, deletions and insertions that turn one sequence into the
/// other (Levenshtein 1966).
///
/// Elements are compared by `==`. For texts pass `unicodeScalars`, because the `==` of `Character`
/// treats canonical equivalents as equal. Time O(n · m / 64), memory O(n + m), for any length.
///
/// - Parameters:
///   - reference: A sequence.
///   - hypothesis: Another sequence. The distance is symmetric.
public func editDistance<Element: Hashable>(
  _ reference: some Collection<Element>, _ hypothesis: some Collection<Element>
) -> Int {
  let pair = SymbolPair(reference, hypothesis)
  return pair.distance(0..<pair.first.count, 0..<pair.second.count)
}

/// Two sequences as integers, such that equal elements have equal integers.
struct SymbolPair {
  let first: [Int32]
  let second: [Int32]
  let symbols: Int

  init<Element: Hashable>(
    _ first: some Collection<Element>, _ second: some Collection<Element>
  ) {
    var numbers: [Element: Int32] = [:]
    self.first = first.map { element in
      let number = numbers[element] ?? Int32(numbers.count)
      numbers[element] = number
      return number
    }
    symbols = numbers.count
    let unknown = Int32(numbers.count)
    // Elements that occur only in the second sequence share a number, because they are never
    // compared with each other.
    self.second = second.map { numbers[$0] ?? unknown }
  }

  /// The ranges without the common beginning and the common end.
  func trimmed(_ columns: Range<Int>, _ rows: Range<Int>) -> (Range<Int>, Range<Int>) {
    var (columns, rows) = (columns, rows)
    while let column = columns.first, let row = rows.first, first[column] == second[row] {
      columns.removeFirst()
      rows.removeFirst()
    }
    while let column = columns.last, let row = rows.last, first[column] == second[row] {
      columns.removeLast()
      rows.removeLast()
    }
    return (columns, rows)
  }

  func distance(_ columns: Range<Int>, _ rows: Range<Int>) -> Int {
    let (columns, rows) = trimmed(columns, rows)
    if columns.isEmpty || rows.isEmpty { return columns.count + rows.count }
    var table = BitParallelRows(first[columns], symbols: symbols)
    return rows.reduce(columns.count) { $0 + table.advance(second[$1]) }
  }
}
