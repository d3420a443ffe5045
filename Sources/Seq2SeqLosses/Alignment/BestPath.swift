import LossKernelInterface

/// The most probable path through a lattice (Viterbi), exact, in memory that grows with the cube root of
/// frames times states, squared.
///
/// Long inputs are walked in segments: scores are kept before each, and the moves of one segment at a time
/// are found again from the last back, in the states that its end can be reached from. That costs a small
/// part of the first walk. Sums are of `Double`s; where paths tie the lowest state wins at each frame,
/// from the last frame back.
package struct BestPath: Sendable {
  /// The state after each frame, `[frames]`.
  package let states: [Int32]
  /// The sum of the path's log-probabilities.
  package let score: Double

  /// The best path; nil where none has a probability above zero.
  ///
  /// - Parameters:
  ///   - width: How many columns a row has.
  ///   - segment: How many frames a segment has; by default what needs the least memory.
  ///   - read: Writes the log-probabilities of frames, `[frames, width]`; no NaN, no `+inf`.
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
    // Its memory is read by address.
    withExtendedLifetime(pass) {}
    self.states = states
  }
}
