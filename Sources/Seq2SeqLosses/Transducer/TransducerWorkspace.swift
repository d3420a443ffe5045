import LossKernelInterface

/// The memory of one thread for transducers, and the emissions of its current sample: the general
/// engine.
///
/// It supports any number of moves and numbers of any size. The kernels compute the samples within
/// their range faster.
final class TransducerWorkspace: ThreadMemory {
  private(set) var sample: TransducerSample?
  /// Whether a row that paths leave has no probabilities.
  private(set) var isInvalid = false
  /// `[frames, labels + 1, arcs]`: the weight of each arc; zero if a node does not have it.
  private(set) var emissions: [ExtendedRange] = []
  let prefixMemory = ScratchMemory()
  let suffixMemory = ScratchMemory()
  let kernelMemory = ScratchMemory()
  /// The rows of an additive joiner, besides the grid's memory.
  let rowMemory = ScratchMemory()

  /// Reads a sample. O(frames · positions · vocabulary).
  ///
  /// `visit` is called with the heads of each node that has a row, after they have been read.
  func prepare(
    _ sample: TransducerSample,
    visit: (_ node: Int, _ frame: Int, _ position: Int, _ heads: inout JoinerHeads) -> Void = {
      _, _, _, _ in
    }
  ) {
    self.sample = sample
    let arcs = sample.moves.arcs
    let nodes = sample.frames * sample.rowLength
    emissions.removeAll(keepingCapacity: true)
    emissions.append(
      contentsOf: repeatElement(ExtendedRange.zero, count: nodes * arcs.count))
    isInvalid = false
    var heads = JoinerHeads(sample)
    for frame in 0..<sample.frames {
      for position in sample.positions(frame) {
        guard heads.read(frame, position) else {
          isInvalid = true
          return
        }
        let node = frame * sample.rowLength + position
        for (index, arc) in arcs.enumerated() where sample.allows(arc, frame, position) {
          var emission = heads.probability(ofToken: sample.column(arc, position))
          if arc.duration >= 0 {
            emission = emission * heads.probability(ofDuration: arc.duration)
          }
          if arc.hasFactor {
            emission =
              emission
              * ExtendedRange(normalized: arc.factorMantissa, exponent: arc.factorExponent)
          }
          if emission.isNaN {
            isInvalid = true
            return
          }
          emissions[node * arcs.count + index] = emission
        }
        visit(node, frame, position, &heads)
      }
    }
  }

  /// The sample's loss. O(frames · positions · arcs).
  func loss() -> Double {
    guard let sample, !isInvalid else { return .nan }
    return mean(sample) { group in
      let lattice = sample.lattice(group)
      return loss(ofTotal: lattice.total(sums(lattice, group, into: prefixMemory)))
    }
  }

  /// The weighted mean of the losses of the groups of arcs.
  private func mean(
    _ sample: TransducerSample, _ loss: (TransducerMoves.Group) -> Double
  ) -> Double {
    let groups = sample.moves.groups
    return groups.count == 1
      ? loss(groups[0]) : groups.reduce(0) { $0 + $1.weight * loss($1) }
  }

  /// The sums over the paths of a group's arcs.
  func sums(
    _ lattice: GridLattice, _ group: TransducerMoves.Group, into memory: ScratchMemory,
    isReversed: Bool = false
  ) -> UnsafePointer<ExtendedRange> {
    let sums = memory.reserve(ExtendedRange.self, count: lattice.nodeCount)
    withEmissions(lattice, group) { emission in
      lattice.sweep(into: sums, isReversed: isReversed, jump: { $0 }, emission: emission)
    }
    return UnsafePointer(sums)
  }

  /// Calls `body` with the emissions of a group's arcs.
  func withEmissions<Result>(
    _ lattice: GridLattice, _ group: TransducerMoves.Group,
    _ body: ((_ frame: Int, _ label: Int, _ arc: Int) -> ExtendedRange) -> Result
  ) -> Result {
    let (arcCount, first, rowLength) = (
      sample?.moves.arcs.count ?? 0, group.arcs.lowerBound, lattice.rowLength
    )
    return emissions.withUnsafeBufferPointer { emissions in
      body { frame, label, arc in
        emissions[(frame * rowLength + label) * arcCount + first + arc]
      }
    }
  }

  func loss(ofTotal total: ExtendedRange) -> Double {
    loss(
      ofTotal: total, canExceedOne: sample?.moves.canExceedOne ?? false,
      steps: sample.map { $0.frames + $0.labels.count } ?? 0)
  }

  /// Minus the logarithm of the total weight of all paths.
  func loss(ofTotal total: ExtendedRange, canExceedOne: Bool, steps: Int) -> Double {
    if total.isZero { return .infinity }
    let loss = -total.logarithm
    // A loss further below 0 than our rounding errors comes from the caller's rows.
    if canExceedOne && loss < -0x1p-48 * Double(steps) { return loss }
    // A probability of one, up to rounding.
    return loss <= 0 ? 0 : loss
  }

  /// The sample's loss, and the posterior of each arc, `[frames, labels + 1, arcs]`, times its
  /// group's weight; `nil` if there is no posterior, for which the loss gives the reason.
  func lossAndShares() -> (loss: Double, shares: [Double]?) {
    guard let sample, !isInvalid else { return (.nan, nil) }
    let arcCount = sample.moves.arcs.count
    var shares = [Double](repeating: 0, count: emissions.count)
    var hasPosterior = true
    let loss = mean(sample) { group in
      let lattice = sample.lattice(group)
      let prefixes = sums(lattice, group, into: prefixMemory)
      let total = lattice.total(prefixes)
      let loss = self.loss(ofTotal: total)
      // Larger exponents are rounded. The loss is right, but fractions of the total could be any
      // number.
      guard loss < .infinity, total.exponent.magnitude < 0x1p52 else {
        hasPosterior = false
        return loss
      }
      let suffixes = sums(lattice, group, into: suffixMemory, isReversed: true)
      withEmissions(lattice, group) { emission in
        lattice.forEachArc(prefixes: prefixes, suffixes: suffixes, emission: emission) {
          frame, label, arc, paths in
          shares[(frame * lattice.rowLength + label) * arcCount + group.arcs.lowerBound + arc] =
            group.weight * paths.fraction(of: total)
        }
      }
      return loss
    }
    return (loss, hasPosterior ? shares : nil)
  }

  /// Calls `write` with the gradient's row of each node that has a row. Returns the loss. Without a
  /// posterior, the rows are 0 if there is no path, else NaN.
  func lossAndGradient(
    weight: Double = 1, _ write: (_ frame: Int, _ position: Int, _ row: [Double]) -> Void
  ) -> Double {
    guard let sample else { return .nan }
    let (loss, shares) = lossAndShares()
    var heads = JoinerHeads(sample)
    var row = [Double](
      repeating: shares == nil && !(loss == .infinity) ? .nan : 0, count: sample.columnCount)
    let limit = sample.loss.gradientLimit
    for frame in 0..<sample.frames {
      for position in sample.positions(frame) {
        if let shares {
          _ = heads.read(frame, position)
          let node = NodeShares(
            sample, shares, frame, position, labelFactor: 1 + sample.loss.fastEmit)
          node.gradient(heads, into: &row)
          for column in row.indices {
            if let limit { row[column] = min(limit, max(-limit, row[column])) }
            row[column] *= weight
          }
        }
        write(frame, position, row)
      }
    }
    return loss
  }
}
