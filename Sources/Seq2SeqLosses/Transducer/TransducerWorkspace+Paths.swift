extension TransducerWorkspace {
  /// The most probable path of the topology. O(frames · positions · arcs).
  func bestAlignment(_ sample: TransducerSample) -> TransducerAlignment {
    prepare(sample)
    guard !isInvalid, let group = sample.moves.groups.first else {
      return TransducerAlignment(none: .nan)
    }
    let lattice = sample.lattice(group)
    return withEmissions(lattice, group) { weight in
      // The logarithm of each arc is computed once; following the path computes those along the
      // path again.
      let emission = { (frame: Int, label: Int, arc: Int) in
        BestScore(logarithm: weight(frame, label, arc).logarithm)
      }
      let jump = { (weight: ExtendedRange) in BestScore(logarithm: weight.logarithm) }
      let prefixes = prefixMemory.reserve(BestScore.self, count: lattice.nodeCount)
      lattice.sweep(into: prefixes, jump: jump, emission: emission)
      guard lattice.total(prefixes).logarithm > -.infinity else {
        return TransducerAlignment(none: -.infinity)
      }
      return alignment(sample, group, lattice, prefixes, jump: jump, emission: emission) {
        candidates in
        var best = 0
        for index in candidates.indices
        where candidates[index].logarithm > candidates[best].logarithm { best = index }
        return best
      }
    }
  }

  /// Draws independent samples from the posterior distribution of the topology's paths by backward
  /// sampling. One sweep, then O(frames + labels) per draw.
  func sampledAlignments(
    _ sample: TransducerSample, count: Int, using generator: inout SplitMix64
  ) -> [TransducerAlignment] {
    prepare(sample)
    let none: Double
    if !isInvalid, let group = sample.moves.groups.first {
      let lattice = sample.lattice(group)
      let prefixes = sums(lattice, group, into: prefixMemory)
      let total = lattice.total(prefixes)
      if !total.isZero && total.exponent.magnitude < 0x1p52 {
        return (0..<count).map { _ in
          withEmissions(lattice, group) { emission in
            alignment(sample, group, lattice, prefixes, jump: { $0 }, emission: emission) {
              generator.pick($0)
            }
          }
        }
      }
      none = total.isZero ? -.infinity : .nan
    } else {
      none = .nan
    }
    return [TransducerAlignment](repeating: TransducerAlignment(none: none), count: count)
  }

  /// The entropy of the posterior distribution of the topology's paths, in nats; NaN if there is no
  /// path.
  func entropy(_ sample: TransducerSample) -> Double {
    prepare(sample)
    guard !isInvalid, let group = sample.moves.groups.first else { return .nan }
    let lattice = sample.lattice(group)
    let prefixes = prefixMemory.reserve(PathEntropy.self, count: lattice.nodeCount)
    withEmissions(lattice, group) { weight in
      lattice.sweep(
        into: prefixes, jump: { PathEntropy(weight: $0, entropy: 0) },
        emission: { PathEntropy(weight: weight($0, $1, $2), entropy: 0) })
    }
    let total = lattice.total(prefixes)
    return total.weight.isZero || total.weight.exponent.magnitude >= 0x1p52 ? .nan : total.entropy
  }

  /// The posterior probabilities that a path leaves each node.
  func occupancies(_ sample: TransducerSample) -> TransducerOccupancies.Sample {
    prepare(sample)
    let (loss, shares) = lossAndShares()
    let count = sample.frames * sample.rowLength
    let rest = shares == nil && !(loss == .infinity) ? Double.nan : 0
    var (blank, label) = (
      [Double](repeating: rest, count: count), [Double](repeating: rest, count: count)
    )
    if let shares {
      let arcs = sample.moves.arcs
      for node in 0..<count {
        for (index, arc) in arcs.enumerated() {
          let share = shares[node * arcs.count + index]
          if arc.labels == 1 { label[node] += share } else { blank[node] += share }
        }
      }
    }
    return TransducerOccupancies.Sample(
      unchecked: sample.frames, sample.rowLength, blank, label)
  }

  private func alignment<Value: Semiring>(
    _ sample: TransducerSample, _ group: TransducerMoves.Group, _ lattice: GridLattice,
    _ prefixes: UnsafePointer<Value>, jump: (ExtendedRange) -> Value,
    emission: (Int, Int, Int) -> Value, choose: ([Value]) -> Int
  ) -> TransducerAlignment {
    var steps: [TransducerAlignment.Step] = []
    var logProbability = 0.0
    lattice.trace(prefixes: prefixes, jump: jump, emission: emission, choose: choose) {
      frame, position, index in
      guard let index else {
        logProbability += sample.loss.wildcard?.logWeight ?? 0
        return
      }
      let arc = sample.moves.arcs[group.arcs.lowerBound + index]
      let weight = withEmissions(lattice, group) { $0(frame, position, index) }
      steps.append(
        TransducerAlignment.Step(
          frame: frame, position: position, token: sample.column(arc, position),
          isLabel: arc.labels == 1, frames: arc.frames, logProbability: weight.logarithm))
      logProbability += weight.logarithm
    }
    return TransducerAlignment(steps: steps.reversed(), logProbability: logProbability)
  }
}
