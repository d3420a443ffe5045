import CTCKernelInterface

/// How a path of tokens, one a frame, collapses to labels.
///
/// Lattices, best paths, the collapse of paths and what decoders merge are derived from the facts that a case declares
/// here; the kernels of a topology are chosen by `kernel`.
public enum CTCTopology: String, Sendable, CaseIterable {
  /// Repeats are merged, then blanks removed: `a_bb_cc` is `abc` (Graves et al., ICML 2006).
  case classic
  /// Blanks are removed, repeats stay: `a_bb` is `abb` ("selfless" CTC, arXiv 2110.03098).
  case simplified

  /// Whether a token that is repeated from frame to frame is one label.
  public var mergesRepeats: Bool {
    switch self {
    case .classic: true
    case .simplified: false
    }
  }

  /// The kernels of this topology.
  var kernel: KernelSample.Topology {
    switch self {
    case .classic: .classic
    case .simplified: .simplified
    }
  }

  // MARK: Collapse

  /// Whether a frame's token begins a label after the token of the frame before, the blank before the first.
  @inline(__always)
  package func beginsLabel(_ token: Int, after previous: Int, blank: Int) -> Bool {
    token != blank && !(mergesRepeats && token == previous)
  }

  /// The labels that a path collapses to.
  func labels(of path: some Sequence<Int>, blank: Int) -> [Int] {
    var labels: [Int] = []
    var previous = blank
    for token in path {
      if beginsLabel(token, after: previous, blank: blank) { labels.append(token) }
      previous = token
    }
    return labels
  }

  // MARK: Lattice

  /// Whether blanks have states apart from the labels': where repeats are merged, what may follow a label depends on
  /// whether a blank came after it.
  package var hasBlankStates: Bool { mergesRepeats }

  /// The number of states for `labels` labels.
  ///
  /// With blank states, state 2u is the blank after u labels and state 2u-1 the label u itself; else state u is "u
  /// labels so far".
  package func stateCount(labels: Int) -> Int { hasBlankStates ? 2 * labels + 1 : labels + 1 }

  /// The states that a path may end in: the last label, and the blank after it if that has a state.
  package func finalStates(labels: Int) -> Range<Int> {
    let states = stateCount(labels: labels)
    return (hasBlankStates && labels > 0 ? states - 2 : states - 1)..<states
  }

  /// The lattice of the paths that collapse to `labels`, which are given as emission columns.
  func lattice(labels: some Collection<Int32>, blank: Int32) -> BandLattice {
    // For each state, what a frame emits that stays in it, comes from the one before, and from the one before that.
    var columns: [Int32] = [blank, -1, -1]
    columns.reserveCapacity(6 * labels.count + 3)
    var previous: Int32?
    for label in labels {
      if hasBlankStates {
        let skip = previous == nil || previous == label ? -1 : label
        columns += [label, label, skip]
        columns += [blank, blank, -1]
      } else {
        columns += [blank, label, -1]
      }
      previous = label
    }
    return BandLattice(
      columns: columns, startStates: 0..<1, finalStates: finalStates(labels: labels.count))
  }

  /// The index of the label that a move from one state to another emits, nil for the blank.
  func labelIndex(from: Int, to: Int) -> Int? {
    hasBlankStates ? (to % 2 == 1 ? to / 2 : nil) : (to > from ? to - 1 : nil)
  }
}
