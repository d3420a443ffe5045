/// The columns that paths need of a vocabulary: the blank, then the labels in the order of their first use.
package struct TargetColumns: Sendable {
  /// The token of each column.
  package private(set) var tokens: [Int32]
  private var columnOfToken: [Int32]

  /// The columns of `labels`, which are tokens of the vocabulary, as the blank is. O(vocabulary + labels).
  package init(_ labels: some Sequence<Int>, blank: Int, vocabulary: Int) {
    tokens = [Int32(blank)]
    columnOfToken = [Int32](repeating: -1, count: vocabulary)
    columnOfToken[blank] = 0
    for label in labels where columnOfToken[label] < 0 {
      columnOfToken[label] = Int32(tokens.count)
      tokens.append(Int32(label))
    }
  }

  /// The column of one of the labels.
  package func column(of label: Int) -> Int32 { columnOfToken[label] }
}
