/// The columns of the vocabulary that paths need: the blank, then the labels in the order of their
/// first occurrence.
package struct TargetColumns: Sendable {
  /// The token of each column.
  package private(set) var tokens: [Int32] = []
  private var columnOfToken: [Int32] = []

  /// No columns.
  init() {}

  /// The columns of `labels`. Labels and blank are tokens of the vocabulary. O(vocabulary +
  /// labels).
  package init(_ labels: some Sequence<Int>, blank: Int, vocabulary: Int) {
    assign(labels, blank: blank, vocabulary: vocabulary)
  }

  /// Takes other labels, in the same memory if the vocabulary is as large: O(labels) then.
  mutating func assign(_ labels: some Sequence<Int>, blank: Int, vocabulary: Int) {
    if columnOfToken.count == vocabulary {
      for token in tokens { columnOfToken[Int(token)] = -1 }
    } else {
      columnOfToken = [Int32](repeating: -1, count: vocabulary)
    }
    tokens.removeAll(keepingCapacity: true)
    tokens.append(Int32(blank))
    columnOfToken[blank] = 0
    for label in labels where columnOfToken[label] < 0 {
      columnOfToken[label] = Int32(tokens.count)
      tokens.append(Int32(label))
    }
  }

  /// The column of one of the labels.
  package func column(of label: Int) -> Int32 { columnOfToken[label] }
}
