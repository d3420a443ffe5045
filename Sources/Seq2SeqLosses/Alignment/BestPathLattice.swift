/// The states that a best path moves through, each with the column of rows that it emits.
///
/// Classic: state 2u is the blank after u labels, state 2u-1 the label u itself. Simplified: state u is
/// "u labels so far", and to stay is to emit the blank. Columns may be more than a vocabulary has: a
/// wildcard is one that the rows are given besides.
package struct BestPathLattice: Sendable {
  let topology: CTCTopology
  /// The columns of the labels and of the blank.
  let labels: [Int32]
  let blank: Int
  let finalStates: Range<Int>
  var stateCount: Int { topology.stateCount(labels: labels.count) }
  /// How many states a position has, which is the largest step as well.
  var reach: Int { topology == .classic ? 2 : 1 }
  /// Position u is the place after u labels: its blank and the next label, or state u.
  var positionCount: Int { labels.count + 1 }

  /// The paths that collapse to `labels`, all of which are columns.
  package init(_ topology: CTCTopology, labels: some Collection<Int32>, blank: Int) {
    self.topology = topology
    self.labels = Array(labels)
    self.blank = blank
    let end = topology.stateCount(labels: labels.count)
    finalStates = (topology == .classic && !labels.isEmpty ? end - 2 : end - 1)..<end
  }

  /// The column of a position's label: in the classic topology that of the next one, if there is any, in
  /// the simplified one that of the last one.
  func column(ofPosition position: Int) -> Int32 {
    let label = topology == .classic ? position : position - 1
    return labels.indices.contains(label) ? labels[label] : Int32(blank)
  }

  /// Whether the label before that of a position may come right before it (classic).
  func maySkip(atPosition position: Int) -> Bool {
    position > 0 && position < labels.count && labels[position] != labels[position - 1]
  }

  /// The index of the label that a frame emits by moving from one state to another; nil for the blank.
  package func labelIndex(from: Int, to: Int) -> Int? { topology.labelIndex(from: from, to: to) }

  /// The column that a frame emits by moving from one state to another.
  package func column(from: Int, to: Int) -> Int {
    switch topology {
    case .classic: to % 2 == 0 ? blank : Int(labels[to / 2])
    case .simplified: from == to ? blank : Int(labels[to - 1])
    }
  }
}
