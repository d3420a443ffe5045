/// The states that a best path moves through, each with the column of rows that it emits.
///
/// Classic: state 2u is the blank after u labels, state 2u-1 the label u itself. Simplified: state u is
/// "u labels so far", and to stay is to emit the blank. Columns may be more than a vocabulary has: a
/// wildcard is one that the rows are given besides.
package struct BestPathLattice: Sendable {
  let columns: [Int32]
  /// 0 where the state two before may come before, else `-inf`.
  let skips: [Double]
  let stayColumn: Int?
  let finalStates: Range<Int>
  /// The largest step.
  let reach: Int
  let topology: CTCTopology
  var stateCount: Int { columns.count }

  /// The paths that collapse to `labels`, all of which are columns.
  package init(_ topology: CTCTopology, labels: some Collection<Int32>, blank: Int) {
    self.topology = topology
    var columns = [Int32(blank)]
    var skips = [-Double.infinity]
    columns.reserveCapacity(topology.stateCount(labels: labels.count))
    skips.reserveCapacity(topology.stateCount(labels: labels.count))
    var previous: Int32?
    for label in labels {
      columns.append(label)
      skips.append(previous == nil || previous == label ? -.infinity : 0)
      if topology == .classic {
        columns.append(Int32(blank))
        skips.append(-.infinity)
      }
      previous = label
    }
    self.columns = columns
    self.skips = skips
    stayColumn = topology == .simplified ? blank : nil
    reach = topology == .classic ? 2 : 1
    let last = columns.count - 1
    finalStates = (topology == .classic && !labels.isEmpty ? last - 1 : last)..<last + 1
  }

  /// The index of the label that a frame emits by moving from one state to another; nil for the blank.
  package func labelIndex(from: Int, to: Int) -> Int? { topology.labelIndex(from: from, to: to) }

  /// The column that a frame emits by moving from one state to another.
  package func column(from: Int, to: Int) -> Int {
    if let stayColumn, from == to { return stayColumn }
    return Int(columns[to])
  }
}
