import LossKernelInterface

/// How a path, one token per frame, collapses to labels.
///
/// A case declares only the facts below. Lattices, best paths, the collapse of paths and the
/// merging in decoders are derived from them; `kernel` selects the kernels.
public enum CTCTopology: String, Sendable, CaseIterable {
  /// Merges repeats, then removes blanks: `a_bb_cc` is `abc` (Graves et al., ICML 2006;
  /// `tf.nn.ctc_loss`, `torch.nn.CTCLoss`).
  case classic
  /// Removes blanks and keeps repeats: `a_bb` is `abb` ("selfless" CTC, arXiv 2110.03098).
  case simplified
  /// Merges repeats and has no blank: every frame emits a label, and `aabcc` is `abc`. This is the
  /// monotonic alignment of speech synthesis (Badlani et al., "One TTS Alignment To Rule Them All",
  /// ICASSP 2022, equation 3).
  ///
  /// The index of the blank is not used, so a label may have it. Two equal labels in a row have no
  /// path; neither do empty labels if there are frames.
  case noBlank = "no_blank"

  /// Whether consecutive frames with the same token are one label.
  public var mergesRepeats: Bool {
    switch self {
    case .classic, .noBlank: true
    case .simplified: false
    }
  }

  /// Whether a frame may emit the blank, which is not a label.
  public var hasBlank: Bool {
    switch self {
    case .classic, .simplified: true
    case .noBlank: false
    }
  }

  /// The kernels of this topology; `nil` if the general engine computes everything.
  var kernel: BandSample.Topology? {
    switch self {
    case .classic: .classic
    case .simplified: .simplified
    case .noBlank: nil
    }
  }

  // MARK: Collapse

  /// Whether a token is the blank; `blank` is the blank's index.
  @inline(__always)
  package func isBlank(_ token: Int, blank: Int) -> Bool { hasBlank && token == blank }

  /// Whether a frame's token begins a label, given the token of the previous frame (-1 before the
  /// first frame).
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

  /// Whether blanks have states of their own. They do if repeats are merged: which token may follow
  /// a label then depends on whether a blank came after the label.
  package var hasBlankStates: Bool { hasBlank && mergesRepeats }

  /// The number of states for `labels` labels.
  ///
  /// With blank states, state 2u is the blank after u labels, and state 2u-1 is label u. Otherwise,
  /// state u means that u labels have been emitted.
  package func stateCount(labels: Int) -> Int { hasBlankStates ? 2 * labels + 1 : labels + 1 }

  /// The states in which a path may end: the last label, and the blank after it if blanks have
  /// states.
  package func finalStates(labels: Int) -> Range<Int> {
    let states = stateCount(labels: labels)
    return (hasBlankStates && labels > 0 ? states - 2 : states - 1)..<states
  }

  /// The lattice of the paths that collapse to `labels`, given as emission columns.
  func lattice(labels: [Int32], blank: Int32) -> BandLattice {
    // For each state, the emissions of the moves into it: from itself, from the state before, and
    // from two states before.
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

  /// The index of the label that a move between two states emits; nil for the blank.
  func labelIndex(from: Int, to: Int) -> Int? {
    if hasBlankStates { return to % 2 == 1 ? to / 2 : nil }
    return to > from || !hasBlank ? to - 1 : nil
  }

  /// Whether the label at `index` may come in the frame directly after the previous label. If
  /// repeats are merged, this requires a different label.
  func mayFollowDirectly(_ labels: [Int32], _ index: Int) -> Bool {
    !mergesRepeats || index == 0 || labels[index] != labels[index - 1]
  }
}
