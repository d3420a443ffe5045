/// A time-synchronous lattice: each frame a path stays, or moves on by one or two states.
///
/// `tokens[3 * s + m]` is the vocabulary entry that a move by `m` into state `s` emits, `nil` where
/// there is no such move. Paths start in state 0 before the first frame. A topology is a value of
/// this type, never a loop of its own.
struct BandLattice: Sendable {
  let tokens: [Int?]
  let finalStates: Range<Int>
  var stateCount: Int { tokens.count / 3 }

  /// The sums over path prefixes, `[time + 1, state]`: entry `t` has consumed `t` frames.
  ///
  /// O(time · states).
  func forward<Value: Semiring>(frames: Int, emission: (Int, Int) -> Value) -> [Value] {
    var sums = [Value](repeating: .zero, count: (frames + 1) * stateCount)
    sums[0] = .one
    for frame in 0..<frames {
      for state in 0..<stateCount {
        var sum = Value.zero
        for move in 0...min(2, state) {
          guard let token = tokens[3 * state + move] else { continue }
          sum = sum + sums[frame * stateCount + state - move] * emission(frame, token)
        }
        sums[(frame + 1) * stateCount + state] = sum
      }
    }
    return sums
  }

  /// The sums over path suffixes, `[time + 1, state]`: entry `t` has yet to consume frame `t`.
  func backward<Value: Semiring>(frames: Int, emission: (Int, Int) -> Value) -> [Value] {
    var sums = [Value](repeating: .zero, count: (frames + 1) * stateCount)
    for state in finalStates { sums[frames * stateCount + state] = .one }
    for frame in (0..<frames).reversed() {
      for state in 0..<stateCount {
        var sum = Value.zero
        for move in 0...min(2, stateCount - 1 - state) {
          guard let token = tokens[3 * (state + move) + move] else { continue }
          sum = sum + emission(frame, token) * sums[(frame + 1) * stateCount + state + move]
        }
        sums[frame * stateCount + state] = sum
      }
    }
    return sums
  }

  /// The sum over all complete paths, from the result of ``forward(frames:emission:)``.
  func total<Value: Semiring>(_ forward: [Value], frames: Int) -> Value {
    finalStates.reduce(.zero) { $0 + forward[frames * stateCount + $1] }
  }
}
