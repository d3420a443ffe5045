extension CTCWorkspace {
  /// The derivative of each occupancy along a direction of the log-probabilities, both
  /// `[frames, columns]`; 0 where there is no posterior.
  ///
  /// With the direction as what adds up along a path, a move's posterior ξ changes by
  /// ξ · (mean over the paths through it - mean over all paths). O(frames · states).
  func occupancyTangents(
    _ lattice: BandLattice, along direction: UnsafePointer<Double>,
    into tangents: UnsafeMutablePointer<Double>
  ) -> CTCOutcome {
    let (emissions, columnCount) = (emissions, columnCount)
    tangents.update(repeating: 0, count: frames * columnCount)
    if isInvalid { return outcome(ofTotal: .nan) }
    let emission = { (frame: Int, column: Int) in
      Expectation(
        weight: emissions[frame, column], mean: direction[frame * columnCount + column])
    }
    let forward = LatticeRows<Expectation<Double>>(
      forwardMemory, stateCount: lattice.stateCount, kept: frames + 1)
    lattice.start(forward)
    lattice.sweep(0..<frames, of: frames, forward, emission: emission)
    let total = lattice.total(forward, frames: frames)
    let outcome = outcome(ofTotal: total.weight)
    guard outcome.posterior == .exists else { return outcome }
    let backward = LatticeRows<Expectation<Double>>(
      backwardMemory, stateCount: lattice.stateCount, kept: 2)
    lattice.forEachArc(
      frames: frames, forward: forward, backward: backward, emission: emission
    ) { frame, _, _, column, paths in
      let posterior = paths.weight.fraction(of: total.weight)
      // Zero times the mean of no path must stay zero.
      guard posterior > 0 else { return }
      tangents[frame * columnCount + column] += posterior * (paths.mean - total.mean)
    }
    return outcome
  }

  /// The covariances of "frame t emits column k" and "frame u emits column l" over the posterior of
  /// the paths, each unordered pair of frames once: `body(t, k, u, l, covariance)` with `t < u`.
  ///
  /// For each (t, k) the paths' prefixes carry the probability that they emitted k at t, eight
  /// columns at a time; nothing before t has a tangent, and what comes after needs no suffix tangent.
  /// `posteriors` and `occupancies` are those of ``movePosteriors(_:)``.
  /// O(frames² · columns · states).
  func forEachCovariance(
    _ lattice: BandLattice, _ posteriors: MovePosteriors,
    body: (_ t: Int, _ k: Int, _ u: Int, _ l: Int, _ covariance: Double) -> Void
  ) {
    typealias Lanes = SIMD8<Double>
    let (emissions, columnCount) = (emissions, columnCount)
    let states = lattice.stateCount
    let rows = LatticeRows<Expectation<Lanes>>(tangentMemory, stateCount: states, kept: 2)
    let sums = directionMemory.reserve(Lanes.self, count: columnCount)
    for start in 0..<frames {
      for firstColumn in stride(from: 0, to: columnCount, by: Lanes.scalarCount) {
        var occupancies = Lanes.zero
        for lane in 0..<min(Lanes.scalarCount, columnCount - firstColumn) {
          occupancies[lane] = posteriors.occupancies[start * columnCount + firstColumn + lane]
        }
        for state in 0..<states {
          rows[start][state] = Expectation(
            weight: posteriors.prefixes[start][state], mean: .zero)
        }
        lattice.sweep(
          start..<frames, of: frames, rows,
          emission: { frame, column in
            var mean = Lanes.zero
            let lane = column - firstColumn
            if frame == start && (0..<Lanes.scalarCount).contains(lane) { mean[lane] = 1 }
            return Expectation(weight: emissions[frame, column], mean: mean)
          },
          afterFrame: { frame in
            // Row `frame` has just been read: the tangents of the sources of this frame's moves.
            guard frame > start else { return }
            sums.update(repeating: .zero, count: columnCount)
            for state in lattice.reachable(after: frame + 1, of: frames) {
              lattice.forEachMove(into: state) { from, column in
                let posterior = posteriors.moves[(frame * states + state) * 3 + state - from]
                if posterior > 0 {
                  sums[column] += posterior * (rows[frame][from].mean - occupancies)
                }
              }
            }
            for column in 0..<columnCount {
              for lane in 0..<min(Lanes.scalarCount, columnCount - firstColumn) {
                body(start, firstColumn + lane, frame, column, sums[column][lane])
              }
            }
          })
      }
    }
  }

  /// The posteriors of all moves and the occupancies; nil where there is no posterior.
  func movePosteriors(
    _ lattice: BandLattice
  ) -> (outcome: CTCOutcome, posteriors: MovePosteriors?) {
    if isInvalid { return (outcome(ofTotal: .nan), nil) }
    let (forward, total) = prefixSums(lattice)
    let outcome = outcome(ofTotal: total)
    guard outcome.posterior == .exists else { return (outcome, nil) }
    let (emissions, columnCount) = (emissions, columnCount)
    let states = lattice.stateCount
    let moves = arcMemory.reserve(Double.self, count: frames * states * 3)
    moves.update(repeating: 0, count: frames * states * 3)
    let occupancies = zeroOccupancies()
    let backward = LatticeRows<ExtendedRange>(backwardMemory, stateCount: states, kept: 2)
    lattice.forEachArc(
      frames: frames, forward: forward, backward: backward, emission: { emissions[$0, $1] }
    ) { frame, to, move, column, paths in
      let posterior = paths.fraction(of: total)
      moves[(frame * states + to) * 3 + move] = posterior
      occupancies[frame * columnCount + column] += posterior
    }
    return (outcome, MovePosteriors(prefixes: forward, moves: moves, occupancies: occupancies))
  }
}

/// The posterior probability of every move, and what it was made from.
struct MovePosteriors {
  let prefixes: LatticeRows<ExtendedRange>
  /// `[frame, state, move]` for the move by `move` into `state`.
  let moves: UnsafePointer<Double>
  /// `[frame, column]`.
  let occupancies: UnsafePointer<Double>

  init(
    prefixes: LatticeRows<ExtendedRange>, moves: UnsafeMutablePointer<Double>,
    occupancies: UnsafeMutablePointer<Double>
  ) {
    self.prefixes = prefixes
    self.moves = UnsafePointer(moves)
    self.occupancies = UnsafePointer(occupancies)
  }
}
