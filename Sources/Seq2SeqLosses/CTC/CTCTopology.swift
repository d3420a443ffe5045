/// How a path of tokens, one a frame, collapses to labels.
public enum CTCTopology: String, Sendable, CaseIterable {
  /// Repeats are merged, then blanks removed: `a_bb_cc` is `abc` (Graves et al., ICML 2006).
  case classic
  /// Blanks are removed, repeats stay: `a_bb` is `abb` ("selfless" CTC, arXiv 2110.03098).
  case simplified

  /// The lattice of the paths that collapse to `labels`, which are given as emission columns.
  ///
  /// Classic: state 2u is the blank after u labels, state 2u-1 the label u itself; 2U+1 states.
  /// Simplified: state u is "u labels so far"; U+1 states.
  func lattice(labels: some Collection<Int32>, blank: Int32) -> BandLattice {
    var columns: [Int32] = [blank, -1, -1]
    columns.reserveCapacity(6 * labels.count + 3)
    var previous: Int32?
    for label in labels {
      switch self {
      case .classic:
        let skip = previous == nil || previous == label ? -1 : label
        columns += [label, label, skip]
        columns += [blank, blank, -1]
      case .simplified:
        columns += [blank, label, -1]
      }
      previous = label
    }
    let states = columns.count / 3
    let first = self == .classic && !labels.isEmpty ? states - 2 : states - 1
    return BandLattice(columns: columns, startStates: 0..<1, finalStates: first..<states)
  }

  /// The number of states for `labels` labels.
  package func stateCount(labels: Int) -> Int { self == .classic ? 2 * labels + 1 : labels + 1 }

  /// The index of the label that a move from one state to another emits, nil for the blank.
  func labelIndex(from: Int, to: Int) -> Int? {
    switch self {
    case .classic: to % 2 == 1 ? to / 2 : nil
    case .simplified: to > from ? to - 1 : nil
    }
  }
}
