extension CTCWorkspace {
  /// The derivative of each occupancy along a direction of the log-probabilities, both `[frames,
  /// columns]`; 0 if there is no posterior. Also returns the posterior mean, over the paths, of the
  /// direction's sum along a path; NaN if there is no posterior.
  ///
  /// The posterior ξ of a move changes by ξ · (mean over the paths through it - mean over all
  /// paths). O(frames · states).
  func occupancyTangents(
    _ lattice: BandLattice, along direction: UnsafePointer<Double>,
    into tangents: UnsafeMutablePointer<Double>
  ) -> (outcome: CTCOutcome, mean: Double) {
    let (emissions, columnCount) = (emissions, columnCount)
    tangents.update(repeating: 0, count: frames * columnCount)
    if isInvalid { return (outcome(ofTotal: .nan), .nan) }
    let emission = { (frame: Int, column: Int) in
      Expectation(
        weight: emissions[frame, column], mean: direction[frame * columnCount + column])
    }
    var forward = PrefixSums<Expectation>(
      lattice, frames: frames, (forwardMemory, checkpointMemory), keptSums: keptSums,
      emission: emission)
    let total = forward.total
    let outcome = outcome(ofTotal: total.weight)
    guard outcome.posterior == .exists else { return (outcome, .nan) }
    let backward = LatticeRows<Expectation>(
      backwardMemory, stateCount: lattice.stateCount, kept: 2)
    lattice.forEachArc(
      frames: frames, forward: &forward, backward: backward, emission: emission
    ) { frame, _, _, column, paths in
      let posterior = paths.weight.fraction(of: total.weight)
      // Zero times the mean of no path must be zero.
      guard posterior > 0 else { return }
      tangents[frame * columnCount + column] += posterior * (paths.mean - total.mean)
    }
    return (outcome, total.mean)
  }

  /// Writes minus the covariances of different frames to both of their places, `[frames,
  /// vocabulary]` twice.
  func writeCovariances(
    _ lattice: BandLattice, _ posteriors: MovePosteriors, to matrix: SquareMatrix
  ) {
    let (tokens, vocabulary) = (tokens, sample.vocabulary)
    tokens.withUnsafeBufferPointer { tokens in
      forEachCovariance(lattice, posteriors) { t, k, u, l, covariance in
        let row = t * vocabulary + Int(tokens[k])
        let column = u * vocabulary + Int(tokens[l])
        matrix.set(row, column, 0 - covariance)
        matrix.set(column, row, 0 - covariance)
      }
    }
  }

  /// The covariances of "frame t emits column k" and "frame u emits column l" over the posterior of
  /// the paths. Each unordered pair of frames is visited once: `body(t, k, u, l, covariance)` with
  /// `t < u`.
  ///
  /// For each (t, k), each state keeps the probability that a path to it emitted k in frame t,
  /// eight columns at a time. This is a weighted mean over the moves into the state. States before
  /// frame t have no such probability, and what follows a state does not depend on it. O(frames² ·
  /// columns · states).
  @inline(__always)
  private func forEachCovariance(
    _ lattice: BandLattice, _ posteriors: MovePosteriors,
    body: (_ t: Int, _ k: Int, _ u: Int, _ l: Int, _ covariance: Double) -> Void
  ) {
    typealias Lanes = SIMD8<Double>
    let columnCount = columnCount
    let states = lattice.stateCount
    let means = LatticeRows<Lanes>(tangentMemory, stateCount: states, kept: 2)
    let sums = directionMemory.reserve(Lanes.self, count: columnCount)
    for start in 0..<frames {
      for firstColumn in stride(from: 0, to: columnCount, by: Lanes.scalarCount) {
        let lanes = min(Lanes.scalarCount, columnCount - firstColumn)
        var occupancies = Lanes.zero
        for lane in 0..<lanes {
          occupancies[lane] = posteriors.occupancies[start * columnCount + firstColumn + lane]
        }
        means[start + 1].update(repeating: .zero, count: states)
        lattice.forEachMove(of: start, frames: frames) { move, _, to, column in
          let lane = column - firstColumn
          if (0..<lanes).contains(lane) { means[start + 1][to][lane] += posteriors.shares[move] }
        }
        for frame in start + 1..<max(start + 1, frames) {
          let (before, after) = (means[frame], means[frame + 1])
          sums.update(repeating: .zero, count: columnCount)
          after.update(repeating: .zero, count: states)
          lattice.forEachMove(of: frame, frames: frames) { move, from, to, column in
            let posterior = posteriors.moves[move]
            guard posterior > 0 else { return }
            let mean = before[from]
            sums[column] += Lanes(repeating: posterior) * (mean - occupancies)
            after[to] += Lanes(repeating: posteriors.shares[move]) * mean
          }
          for column in 0..<columnCount {
            for lane in 0..<lanes {
              body(start, firstColumn + lane, frame, column, sums[column][lane])
            }
          }
        }
      }
    }
  }

  /// The posteriors of all moves and the occupancies; nil if there is no posterior.
  func movePosteriors(
    _ lattice: BandLattice
  ) -> (outcome: CTCOutcome, posteriors: MovePosteriors?) {
    if isInvalid { return (outcome(ofTotal: .nan), nil) }
    var forward = prefixSums(lattice, keepsAll: true)
    let total = forward.total
    let outcome = outcome(ofTotal: total)
    guard outcome.posterior == .exists else { return (outcome, nil) }
    let (emissions, columnCount) = (emissions, columnCount)
    let states = lattice.stateCount
    let moves = arcMemory.reserve(Double.self, count: frames * states * 3)
    moves.update(repeating: 0, count: frames * states * 3)
    let occupancies = zeroOccupancies()
    let backward = LatticeRows<ExtendedRange>(backwardMemory, stateCount: states, kept: 2)
    lattice.forEachArc(
      frames: frames, forward: &forward, backward: backward, emission: { emissions[$0, $1] }
    ) { frame, to, move, column, paths in
      let posterior = paths.fraction(of: total)
      moves[(frame * states + to) * 3 + move] = posterior
      occupancies[frame * columnCount + column] += posterior
    }
    let shares = shareMemory.reserve(Double.self, count: frames * states * 3)
    for frame in 0..<frames {
      lattice.forEachMove(of: frame, frames: frames) { move, from, to, column in
        let sum = forward[frame + 1][to]
        shares[move] =
          sum.isZero ? 0 : (forward[frame][from] * emissions[frame, column]).fraction(of: sum)
      }
    }
    return (outcome, MovePosteriors(moves: moves, shares: shares, occupancies: occupancies))
  }
}

/// The posterior probability of every move, `[frame, state, move]`, for the move by `move` into
/// `state`.
struct MovePosteriors {
  /// The probability among all paths.
  let moves: UnsafePointer<Double>
  /// The probability among the prefixes that end in the move's state.
  let shares: UnsafePointer<Double>
  /// `[frame, column]`.
  let occupancies: UnsafePointer<Double>

  init(
    moves: UnsafeMutablePointer<Double>, shares: UnsafeMutablePointer<Double>,
    occupancies: UnsafeMutablePointer<Double>
  ) {
    self.moves = UnsafePointer(moves)
    self.shares = UnsafePointer(shares)
    self.occupancies = UnsafePointer(occupancies)
  }
}
