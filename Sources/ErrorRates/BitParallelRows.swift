/// The rows of the edit distance table, computed 64 columns at a time (Myers 1999, in blocks as in
/// Hyyrö 2003).
///
/// Columns are positions of the first sequence, rows are positions of the second. A row is stored
/// as the differences between neighboring columns: one bit for +1, one bit for -1.
struct BitParallelRows {
  /// The number of elements of the first sequence.
  let columns: Int
  private let blocks: Int
  // The columns that contain each symbol, as bits, `[symbols, blocks]`. The last row is for symbols
  // that do not occur.
  private let matches: [UInt64]
  private let missing: Int
  /// The differences of the current row: bit i is the difference between columns i and i + 1.
  private(set) var rises: [UInt64]
  private(set) var falls: [UInt64]

  /// The first row, before any element of the second sequence. Symbols are at least 0.
  init(_ first: ArraySlice<Int32>, symbols: Int) {
    columns = first.count
    blocks = (columns + 63) / 64
    missing = symbols
    var matches = [UInt64](repeating: 0, count: (symbols + 1) * blocks)
    for (column, symbol) in first.enumerated() {
      matches[Int(symbol) * blocks + column >> 6] |= 1 << UInt64(column & 63)
    }
    self.matches = matches
    rises = [UInt64](repeating: ~0, count: blocks)
    falls = [UInt64](repeating: 0, count: blocks)
  }

  /// Advances by an element of the second sequence. Returns the change of the last column.
  mutating func advance(_ symbol: Int32) -> Int {
    let row = min(Int(symbol), missing) * blocks
    var (carryRise, carryFall): (UInt64, UInt64) = (1, 0)
    var change = 0
    let last = UInt64(1) << UInt64((columns - 1) & 63)
    rises.withUnsafeMutableBufferPointer { rises in
      falls.withUnsafeMutableBufferPointer { falls in
        matches.withUnsafeBufferPointer { matches in
          for block in 0..<blocks {
            let (rise, fall) = (rises[block], falls[block])
            let match = matches[row + block] | carryFall
            let diagonal = (((match & rise) &+ rise) ^ rise) | match | fall
            var right = fall | ~(diagonal | rise)
            var left = diagonal & rise
            if block == blocks - 1 {
              change = right & last != 0 ? 1 : left & last != 0 ? -1 : 0
            }
            let (nextRise, nextFall) = (right >> 63, left >> 63)
            right = right << 1 | carryRise
            left = left << 1 | carryFall
            rises[block] = left | ~(diagonal | right)
            falls[block] = right & diagonal
            (carryRise, carryFall) = (nextRise, nextFall)
          }
        }
      }
    }
    return change
  }

  /// The distances of the current row, for `columns + 1` prefixes, given the distance `first` of
  /// the empty prefix.
  func distances(from first: Int) -> [Int] {
    var distances = [first]
    distances.reserveCapacity(columns + 1)
    for column in 0..<columns {
      let bit = UInt64(1) << UInt64(column & 63)
      let step = rises[column >> 6] & bit != 0 ? 1 : falls[column >> 6] & bit != 0 ? -1 : 0
      distances.append(distances[column] + step)
    }
    return distances
  }
}
