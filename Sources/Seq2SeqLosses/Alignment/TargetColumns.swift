/// The columns that a best path needs of a vocabulary: the blank, then the labels in the order of their first
/// use.
package struct TargetColumns: Sendable {
  /// The token of each column.
  package private(set) var tokens: [Int32]
  private var columns: [Int: Int32] = [:]

  /// The columns of `labels`.
  package init(_ labels: some Sequence<Int>, blank: Int) {
    tokens = [Int32(blank)]
    columns[blank] = 0
    for label in labels where columns[label] == nil {
      columns[label] = Int32(tokens.count)
      tokens.append(Int32(label))
    }
  }

  /// The column of one of the labels.
  package func column(of label: Int) -> Int32 { columns[label] ?? 0 }
}
