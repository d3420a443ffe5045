/// An alignment of a reference and a hypothesis with the smallest number of edits.
///
/// The number of edits is the edit distance. Among several such alignments, one is chosen as in
/// rapidfuzz, and therefore as in jiwer: after the common beginning and end have been removed, from
/// the end back, a deletion is preferred to an insertion, and an insertion to a match or a
/// substitution.
public struct EditAlignment: Sendable, Equatable {
  /// One step of an alignment, with the indices of its elements.
  public enum Step: Sendable, Equatable {
    /// Equal elements.
    case match(reference: Int, hypothesis: Int)
    /// Different elements that correspond to each other.
    case substitution(reference: Int, hypothesis: Int)
    /// An element that is missing from the hypothesis. It would come before the hypothesis's
    /// element with the given index.
    case deletion(reference: Int, hypothesis: Int)
    /// An element that is missing from the reference. It would come before the reference's element
    /// with the given index.
    case insertion(reference: Int, hypothesis: Int)
  }

  /// The steps from the beginning to the end.
  public let steps: [Step]

  /// Aligns two sequences.
  ///
  /// Time O(n · m / 64). Memory O(n · m / 4) bits up to 64 MB. Larger problems are divided
  /// (Hirschberg 1975), which may choose a different alignment with the same number of edits.
  ///
  /// - Parameters:
  ///   - reference: The correct sequence.
  ///   - hypothesis: The recognized sequence.
  public init<Element: Hashable>(
    reference: some Collection<Element>, hypothesis: some Collection<Element>
  ) {
    self.init(reference: reference, hypothesis: hypothesis, limit: 1 << 26)
  }

  /// Aligns two sequences with another memory limit, in bytes.
  init<Element: Hashable>(
    reference: some Collection<Element>, hypothesis: some Collection<Element>, limit: Int
  ) {
    let pair = SymbolPair(reference, hypothesis)
    var steps: [Step] = []
    steps.reserveCapacity(max(pair.first.count, pair.second.count))
    Self.align(pair, 0..<pair.first.count, 0..<pair.second.count, limit, &steps)
    self.steps = steps
  }

  /// The number of steps of each kind.
  public var counts: ErrorCounts {
    var counts = ErrorCounts()
    for step in steps {
      switch step {
      case .match: counts.matches += 1
      case .substitution: counts.substitutions += 1
      case .deletion: counts.deletions += 1
      case .insertion: counts.insertions += 1
      }
    }
    return counts
  }

  private static func align(
    _ pair: SymbolPair, _ columns: Range<Int>, _ rows: Range<Int>, _ limit: Int,
    _ steps: inout [Step]
  ) {
    let (inner, innerRows) = pair.trimmed(columns, rows)
    for (column, row) in zip(columns.lowerBound..<inner.lowerBound, rows) {
      steps.append(.match(reference: column, hypothesis: row))
    }
    if inner.isEmpty || innerRows.isEmpty {
      for column in inner {
        steps.append(.deletion(reference: column, hypothesis: innerRows.lowerBound))
      }
      for row in innerRows {
        steps.append(.insertion(reference: inner.lowerBound, hypothesis: row))
      }
    } else if innerRows.count > 1
      && Double((inner.count + 63) / 64) * Double(innerRows.count) * 16 > Double(limit)
    {
      divide(pair, inner, innerRows, limit, &steps)
    } else {
      trace(pair, inner, innerRows, &steps)
    }
    for (column, row) in zip(
      inner.upperBound..<columns.upperBound, innerRows.upperBound..<rows.upperBound)
    {
      steps.append(.match(reference: column, hypothesis: row))
    }
  }

  /// Divides the rows in half, and the columns where a best path crosses from one half to the
  /// other.
  private static func divide(
    _ pair: SymbolPair, _ columns: Range<Int>, _ rows: Range<Int>, _ limit: Int,
    _ steps: inout [Step]
  ) {
    let middle = rows.lowerBound + rows.count / 2
    var upper = BitParallelRows(pair.first[columns], symbols: pair.symbols)
    for row in rows.lowerBound..<middle { _ = upper.advance(pair.second[row]) }
    var lower = BitParallelRows(
      ArraySlice(pair.first[columns].reversed()), symbols: pair.symbols)
    for row in (middle..<rows.upperBound).reversed() { _ = lower.advance(pair.second[row]) }
    let above = upper.distances(from: middle - rows.lowerBound)
    let below = lower.distances(from: rows.upperBound - middle)
    var split = 0
    for column in 0...columns.count
    where above[column] + below[columns.count - column] < above[split]
      + below[columns.count - split]
    {
      split = column
    }
    let column = columns.lowerBound + split
    align(pair, columns.lowerBound..<column, rows.lowerBound..<middle, limit, &steps)
    align(pair, column..<columns.upperBound, middle..<rows.upperBound, limit, &steps)
  }

  private static func trace(
    _ pair: SymbolPair, _ columns: Range<Int>, _ rows: Range<Int>, _ steps: inout [Step]
  ) {
    var table = BitParallelRows(pair.first[columns], symbols: pair.symbols)
    let blocks = table.rises.count
    var (rises, falls): ([UInt64], [UInt64]) = ([], [])
    rises.reserveCapacity(rows.count * blocks)
    falls.reserveCapacity(rows.count * blocks)
    for row in rows {
      _ = table.advance(pair.second[row])
      rises += table.rises
      falls += table.falls
    }
    func isSet(_ bits: [UInt64], _ row: Int, _ column: Int) -> Bool {
      bits[row * blocks + column >> 6] >> UInt64(column & 63) & 1 == 1
    }
    var found: [Step] = []
    var (column, row) = (columns.count, rows.count)
    var reference: Int { columns.lowerBound + column }
    var hypothesis: Int { rows.lowerBound + row }
    while column > 0 || row > 0 {
      if row == 0 || (column > 0 && isSet(rises, row - 1, column - 1)) {
        column -= 1
        found.append(.deletion(reference: reference, hypothesis: hypothesis))
      } else if column == 0 || (row > 1 && isSet(falls, row - 2, column - 1)) {
        row -= 1
        found.append(.insertion(reference: reference, hypothesis: hypothesis))
      } else {
        column -= 1
        row -= 1
        found.append(
          pair.first[reference] == pair.second[hypothesis]
            ? .match(reference: reference, hypothesis: hypothesis)
            : .substitution(reference: reference, hypothesis: hypothesis))
      }
    }
    steps += found.reversed()
  }
}
