import LossKernelInterface

/// The exact most probable path through a lattice (Viterbi), in O((frames · states)^(2/3)) memory.
///
/// Long inputs are divided into segments. The forward pass keeps the scores at the beginning of
/// each segment. Then, from the last segment to the first, the moves inside are computed again, but
/// only for states from which the known end of the segment can be reached; this takes a small part
/// of the time of the first pass. Scores are sums of `Double`s. If paths tie, the path is followed
/// from the last frame to the first, and the lowest state is chosen at each frame.
package struct BestPath: Sendable {
  /// The state after each frame, `[frames]`.
  package let states: [Int32]
  /// The sum of the path's log-probabilities.
  package let score: Double

  /// Finds the best path; nil if no path has a probability above zero.
  ///
  /// - Parameters:
  ///   - width: The number of columns of a row.
  ///   - segment: The number of frames of a segment; by default the one that needs the least
  ///     memory.
  ///   - read: Writes the log-probabilities of some frames, `[frames, width]`, without NaN and
  ///     `+inf`.
  package init?(
    _ lattice: BestPathLattice, frames: Int, width: Int, segment: Int? = nil,
    read: (Range<Int>, UnsafeMutablePointer<Double>) -> Void
  ) {
    guard frames > 0 else {
      guard lattice.finalStates.contains(0) else { return nil }
      states = []
      score = 0
      return
    }
    var pass = BestPathPass(lattice, frames: frames, width: width)
    let segment = segment ?? BestPathPass.segment(frames: frames, states: lattice.stateCount)
    let starts = Array(stride(from: 0, to: frames, by: max(1, segment)))
    var checkpoints: [BestPathPass.Checkpoint] = []
    for start in starts.dropLast() {
      checkpoints.append(pass.checkpoint(at: start))
      pass.advance(start..<start + segment, keepingMoves: nil, read)
    }
    let last = starts[starts.count - 1]
    pass.advance(
      last..<frames, keepingMoves: pass.reachable(at: last).lowerBound..<lattice.positionCount,
      read)
    guard let end = pass.bestFinalState() else { return nil }
    score = pass.score(of: end)
    var states = [Int32](repeating: 0, count: frames)
    var state = end
    pass.trace(last..<frames, into: &states, from: &state)
    for (start, checkpoint) in zip(starts.dropLast(), checkpoints).reversed() {
      let position = state / lattice.reach
      let lowest = max(pass.reachable(at: start).lowerBound, position - segment)
      pass.restore(checkpoint)
      pass.advance(start..<start + segment, keepingMoves: lowest..<position + 1, read)
      pass.trace(start..<start + segment, into: &states, from: &state)
    }
    // Its memory is accessed by address, so it must stay alive.
    withExtendedLifetime(pass) {}
    self.states = states
  }
}
