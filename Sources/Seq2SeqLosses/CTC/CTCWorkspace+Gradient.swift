extension CTCWorkspace {
  /// The loss of the paths of one lattice. It keeps two rows. O(frames · states).
  func loss(_ lattice: BandLattice) -> Double {
    if isInvalid { return .nan }
    let emissions = emissions
    let rows = LatticeRows<ExtendedRange>(
      forwardMemory, stateCount: lattice.stateCount, kept: 2)
    lattice.start(rows)
    lattice.sweep(0..<frames, of: frames, rows, emission: { emissions[$0, $1] })
    return loss(ofTotal: lattice.total(rows, frames: frames))
  }

  /// The prefix sums of a lattice; all of them are in memory if `keepsAll`.
  func prefixSums(
    _ lattice: BandLattice, keepsAll: Bool = false
  ) -> PrefixSums<ExtendedRange> {
    let emissions = emissions
    return PrefixSums(
      lattice, frames: frames, (forwardMemory, checkpointMemory),
      keptSums: keepsAll ? .max : keptSums, emission: { emissions[$0, $1] })
  }

  /// Memory of `[frames, columns]` zeros for ``addOccupancies(_:times:to:)``.
  func zeroOccupancies() -> UnsafeMutablePointer<Double> {
    let occupancies = occupancyMemory.reserve(Double.self, count: frames * columnCount)
    occupancies.update(repeating: 0, count: frames * columnCount)
    return occupancies
  }

  /// Adds `weight` times the posterior of each column in each frame; adds nothing if there is no
  /// posterior.
  ///
  /// O(frames · states).
  func addOccupancies(
    _ lattice: BandLattice, times weight: Double = 1, to occupancies: UnsafeMutablePointer<Double>
  ) -> CTCOutcome {
    if isInvalid { return outcome(ofTotal: .nan) }
    var forward = prefixSums(lattice)
    let total = forward.total
    let outcome = outcome(ofTotal: total)
    guard outcome.posterior == .exists else { return outcome }
    let (emissions, columnCount) = (emissions, columnCount)
    let backward = LatticeRows<ExtendedRange>(
      backwardMemory, stateCount: lattice.stateCount, kept: 2)
    lattice.forEachArc(
      frames: frames, forward: &forward, backward: backward, emission: { emissions[$0, $1] }
    ) { frame, _, _, column, paths in
      occupancies[frame * columnCount + column] += weight * paths.fraction(of: total)
    }
    return outcome
  }
}
