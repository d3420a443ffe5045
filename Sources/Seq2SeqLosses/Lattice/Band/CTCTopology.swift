import LossKernelInterface

/// How a path of tokens, one a frame, collapses to labels.
///
/// Lattices, best paths, the collapse of paths and what decoders merge are derived from the facts that a case declares
/// here; the kernels of a topology are chosen by `kernel`.
public enum CTCTopology: String, Sendable, CaseIterable {
  /// Repeats are merged, then blanks removed: `a_bb_cc` is `abc` (Graves et al., ICML 2006).
  case classic
  /// Blanks are removed, repeats stay: `a_bb` is `abb` ("selfless" CTC, arXiv 2110.03098).
  case simplified
  /// Repeats are merged, and there is no blank: each label has at least one frame, and `aabcc` is `abc`. The monotonic
  /// alignment of speech synthesis (Badlani et al., "One TTS Alignment To Rule Them All", ICASSP 2022, equation 3).
  ///
  /// The index of the blank has no part; a label may have it. Two equal labels in a row have no path, nor has an
  /// empty label of some frames.
  case noBlank = "no_blank"

  /// Whether a token that is repeated from frame to frame is one label.
  public var mergesRepeats: Bool {
    switch self {
    case .classic, .noBlank: true
    case .simplified: false
    }
  }

  /// Whether a frame may emit the blank, which is no label.
  public var hasBlank: Bool {
    switch self {
    case .classic, .simplified: true
    case .noBlank: false
    }
  }

  /// The kernels of this topology; `nil` where the general engine does all of it.
  var kernel: BandSample.Topology? {
    switch self {
    case .classic: .classic
    case .simplified: .simplified
    case .noBlank: nil
    }
  }

  // MARK: Collapse

  /// Whether a token is the blank of a vocabulary that has it at `blank`.
  @inline(__always)
  package func isBlank(_ token: Int, blank: Int) -> Bool { hasBlank && token == blank }

  /// Whether a frame's token begins a label after the token of the frame before; -1 before the first frame.
  @inline(__always)
  package func beginsLabel(_ token: Int, after previous: Int, blank: Int) -> Bool {
    !isBlank(token, blank: blank) && !(mergesRepeats && token == previous)
  }

  /// The labels that a path collapses to.
  func labels(of path: some Sequence<Int>, blank: Int) -> [Int] {
    var labels: [Int] = []
    var previous = -1
    for token in path {
      if beginsLabel(token, after: previous, blank: blank) { labels.append(token) }
      previous = token
    }
    return labels
  }

  // MARK: Lattice

  /// Whether blanks have states apart from the labels': where repeats are merged, what may follow a label depends on
  /// whether a blank came after it.
  package var hasBlankStates: Bool { hasBlank && mergesRepeats }

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
  func lattice(labels: [Int32], blank: Int32) -> BandLattice {
    // For each state, what a frame emits that stays in it, comes from the one before, and from the one before that.
    var columns: [Int32] = [hasBlank ? blank : -1, -1, -1]
    columns.reserveCapacity(6 * labels.count + 3)
    for (index, label) in labels.enumerated() {
      let direct = mayFollowDirectly(labels, index) ? label : -1
      if hasBlankStates {
        columns += [label, label, index == 0 ? -1 : direct]
        columns += [blank, blank, -1]
      } else {
        columns += [hasBlank ? blank : label, direct, -1]
      }
    }
    return BandLattice(
      columns: columns, startStates: 0..<1, finalStates: finalStates(labels: labels.count))
  }

  /// The index of the label that a move from one state to another emits, nil for the blank.
  func labelIndex(from: Int, to: Int) -> Int? {
    if hasBlankStates { return to % 2 == 1 ? to / 2 : nil }
    return to > from || !hasBlank ? to - 1 : nil
  }

  /// Whether the label at `index` may come in the frame after the label before it: where repeats are merged, only
  /// another one.
  func mayFollowDirectly(_ labels: [Int32], _ index: Int) -> Bool {
    !mergesRepeats || index == 0 || labels[index] != labels[index - 1]
  }
}
