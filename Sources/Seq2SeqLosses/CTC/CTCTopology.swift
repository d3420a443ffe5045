/// How a path of tokens collapses to labels.
public enum CTCTopology: Sendable, CaseIterable {
  /// Repeats are merged, then blanks removed: `a_bb_cc` is `abc` (Graves et al. 2006).
  case classic
  /// Blanks are removed, repeats stay: `a_bb` is `abb` (arXiv 2110.03098).
  case simplified

  /// The lattice of the paths that collapse to `labels`: 2U+1 states (classic) or U+1 (simplified).
  func lattice(labels: [Int], blank: Int) -> BandLattice {
    switch self {
    case .classic:
      var tokens: [Int?] = [blank, nil, nil]
      for (index, label) in labels.enumerated() {
        let skips = index > 0 && labels[index - 1] != label
        tokens += [label, label, skips ? label : nil]
        tokens += [blank, blank, nil]
      }
      return BandLattice(
        tokens: tokens, finalStates: max(0, 2 * labels.count - 1)..<(2 * labels.count + 1))
    case .simplified:
      var tokens: [Int?] = [blank, nil, nil]
      for label in labels { tokens += [blank, label, nil] }
      return BandLattice(tokens: tokens, finalStates: labels.count..<(labels.count + 1))
    }
  }
}
