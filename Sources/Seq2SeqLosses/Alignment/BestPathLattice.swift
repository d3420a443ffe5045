/// The states of a best path, each with the column that it emits.
///
/// The states are those of ``CTCTopology/stateCount(labels:)``. A row may have more columns than
/// the vocabulary: one for a wildcard, and one that replaces the blank in gaps between labels.
package struct BestPathLattice: Sendable {
  let topology: CTCTopology
  /// The columns of the labels and of the blank.
  let labels: [Int32]
  let blank: Int
  let finalStates: Range<Int>
  /// The positions that have a gap, in ascending order, and the column that replaces the blank
  /// there.
  let gaps: [Int32]
  let gapColumn: Int
  var stateCount: Int { topology.stateCount(labels: labels.count) }
  /// The number of states of a position, which is also the largest step.
  var reach: Int { topology.hasBlankStates ? 2 : 1 }
  /// Position u is after u labels. It consists of the blank and the next label, or of state u.
  var positionCount: Int { labels.count + 1 }

  /// The lattice of the paths that collapse to `labels`, given as columns.
  ///
  /// - Parameter gaps: The number of labels before each gap, in `0...labels.count` and in ascending
  ///   order.
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

  /// The column of a position's label: with blank states that of the next label, if there is one;
  /// otherwise that of the last label.
  func column(ofPosition position: Int) -> Int32 {
    let label = labelIndex(ofPosition: position)
    return labels.indices.contains(label) ? labels[label] : Int32(blank)
  }

  /// Whether the label before a position may be followed directly by the next one.
  func maySkip(atPosition position: Int) -> Bool {
    let label = labelIndex(ofPosition: position)
    return position > 0 && labels.indices.contains(label)
      && topology.mayFollowDirectly(labels, label)
  }

  /// The index of a position's label: with blank states that of the next label, otherwise that of
  /// the last.
  private func labelIndex(ofPosition position: Int) -> Int {
    topology.hasBlankStates ? position : position - 1
  }

  /// The index of the label that a move between two states emits; nil for the blank.
  package func labelIndex(from: Int, to: Int) -> Int? { topology.labelIndex(from: from, to: to) }

  /// The column that a move between two states emits.
  package func column(from: Int, to: Int) -> Int {
    if let label = labelIndex(from: from, to: to) { return Int(labels[label]) }
    return silence(atPosition: to / reach)
  }

  /// The column that is not a label: that of the blank or of a gap.
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
