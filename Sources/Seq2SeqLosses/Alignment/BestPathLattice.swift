/// The states that a best path moves through, each with the column of rows that it emits.
///
/// They are those of ``CTCTopology/stateCount(labels:)``. Columns may be more than a vocabulary has: a
/// wildcard is one that the rows are given besides. In a gap between labels a column of its own stands for the
/// blank's.
package struct BestPathLattice: Sendable {
  let topology: CTCTopology
  /// The columns of the labels and of the blank.
  let labels: [Int32]
  let blank: Int
  let finalStates: Range<Int>
  /// The positions that have a gap, in ascending order, and the column that it emits instead of the blank.
  let gaps: [Int32]
  let gapColumn: Int
  var stateCount: Int { topology.stateCount(labels: labels.count) }
  /// How many states a position has, which is the largest step as well.
  var reach: Int { topology.hasBlankStates ? 2 : 1 }
  /// Position u is the place after u labels: its blank and the next label, or state u.
  var positionCount: Int { labels.count + 1 }

  /// The paths that collapse to `labels`, all of which are columns.
  ///
  /// - Parameter gaps: After how many labels there are gaps, each in `0...labels.count`, in ascending order.
  package init(
    _ topology: CTCTopology, labels: some Collection<Int32>, blank: Int, gaps: [Int] = [],
    gapColumn: Int? = nil
  ) {
    self.topology = topology
    self.labels = Array(labels)
    self.blank = blank
    self.gaps = gaps.map { Int32($0) }
    self.gapColumn = gapColumn ?? blank
    finalStates = topology.finalStates(labels: labels.count)
  }

  /// The column of a position's label: with blank states that of the next one, if there is any, else that of the
  /// last one.
  func column(ofPosition position: Int) -> Int32 {
    let label = labelIndex(ofPosition: position)
    return labels.indices.contains(label) ? labels[label] : Int32(blank)
  }

  /// Whether the label before that of a position may come right before it.
  func maySkip(atPosition position: Int) -> Bool {
    let label = labelIndex(ofPosition: position)
    return position > 0 && labels.indices.contains(label)
      && topology.mayFollowDirectly(labels, label)
  }

  /// With states for blanks a position's label is the next one, else the last one.
  private func labelIndex(ofPosition position: Int) -> Int {
    topology.hasBlankStates ? position : position - 1
  }

  /// The index of the label that a frame emits by moving from one state to another; nil for the blank.
  package func labelIndex(from: Int, to: Int) -> Int? { topology.labelIndex(from: from, to: to) }

  /// The column that a frame emits by moving from one state to another.
  package func column(from: Int, to: Int) -> Int {
    if let label = labelIndex(from: from, to: to) { return Int(labels[label]) }
    return silence(atPosition: to / reach)
  }

  /// The column of what is no label: the blank's, or a gap's.
  private func silence(atPosition position: Int) -> Int {
    guard !gaps.isEmpty else { return blank }
    var (low, high) = (0, gaps.count)
    while low < high {
      let middle = (low + high) / 2
      if Int(gaps[middle]) < position { low = middle + 1 } else { high = middle }
    }
    return low < gaps.count && Int(gaps[low]) == position ? gapColumn : blank
  }
}
