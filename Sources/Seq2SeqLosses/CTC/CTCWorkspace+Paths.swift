extension CTCWorkspace {
  /// Draws independent samples from the posterior distribution of the paths by backward sampling:
  /// each predecessor is drawn with a probability proportional to its prefix sum. O(count · frames)
  /// after one sweep. If not all prefix sums are kept, each draw needs another sweep.
  func sampledAlignments(
    _ lattice: BandLattice, _ topology: CTCTopology, count: Int,
    using generator: inout SplitMix64
  ) -> [CTCAlignment] {
    if isInvalid { return [CTCAlignment](repeating: CTCAlignment(none: .nan), count: count) }
    let emissions = emissions
    var forward = prefixSums(lattice)
    let posterior = outcome(ofTotal: forward.total).posterior
    guard posterior == .exists else {
      let none = CTCAlignment(none: posterior == .none ? -.infinity : .nan)
      return [CTCAlignment](repeating: none, count: count)
    }
    return (0..<count).map { _ in
      alignment(lattice, topology, &forward, emission: { emissions[$0, $1] }) {
        generator.pick($0)
      }
    }
  }

  /// The entropy of the posterior distribution of the paths, in nats. O(frames · states).
  func entropy(_ lattice: BandLattice) -> Double {
    if isInvalid { return .nan }
    let emissions = emissions
    let rows = LatticeRows<PathEntropy>(forwardMemory, stateCount: lattice.stateCount, kept: 2)
    lattice.start(rows)
    lattice.sweep(0..<frames, of: frames, rows) {
      PathEntropy(weight: emissions[$0, $1], entropy: 0)
    }
    let total = lattice.total(rows, frames: frames)
    return outcome(ofTotal: total.weight).posterior == .exists ? total.entropy : .nan
  }

  private func alignment<Value: Semiring>(
    _ lattice: BandLattice, _ topology: CTCTopology, _ forward: inout PrefixSums<Value>,
    emission: (Int, Int) -> Value, choose: ([Value]) -> Int
  ) -> CTCAlignment {
    let emissions = emissions
    var path = [Int](repeating: 0, count: frames)
    var labelIndices = [Int?](repeating: nil, count: frames)
    var weight = ExtendedRange.one
    lattice.trace(frames: frames, forward: &forward, emission: emission, choose: choose) {
      frame, from, to, column in
      path[frame] = Int(tokens[column])
      labelIndices[frame] = topology.labelIndex(from: from, to: to)
      weight = weight * emissions[frame, column]
    }
    return CTCAlignment(
      tokens: path, labelIndices: labelIndices, logProbability: 0 - loss(ofTotal: weight))
  }
}
