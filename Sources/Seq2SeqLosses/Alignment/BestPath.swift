import CTCKernelInterface

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
      last..<frames, keepingMoves: pass.reachable(at: last).lowerBound..<lattice.stateCount, read)
    guard let end = pass.bestFinalState() else { return nil }
    score = pass.scores[end]
    var states = [Int32](repeating: 0, count: frames)
    var state = end
    pass.trace(last..<frames, into: &states, from: &state)
    for (start, checkpoint) in zip(starts.dropLast(), checkpoints).reversed() {
      let lowest = max(pass.reachable(at: start).lowerBound, state - lattice.reach * segment)
      pass.restore(checkpoint)
      pass.advance(start..<start + segment, keepingMoves: lowest..<state + 1, read)
      pass.trace(start..<start + segment, into: &states, from: &state)
    }
    // Its memory is read by address.
    withExtendedLifetime(pass) {}
    self.states = states
  }
}

/// The memory of a forward pass.
struct BestPathPass {
  /// Scores before a frame, of the states that matter there.
  struct Checkpoint {
    let states: Range<Int>
    let scores: [Double]
  }

  /// What stands before the first state: two states that no path is in.
  private static let padding = 2

  let lattice: BestPathLattice
  let frames: Int
  let width: Int
  /// The best score of each state.
  let scores: UnsafeMutablePointer<Double>
  private let scratch, emissions, rows, skips: UnsafeMutablePointer<Double>
  private let columns: UnsafeMutablePointer<Int32>
  private let blockLength: Int
  // What the pointers point into.
  private let memory = (0..<6).map { _ in ScratchMemory() }
  private let moveMemory = ScratchMemory()
  private var moves: UnsafeMutablePointer<UInt8>
  private var movesFrom = 0
  private var movesStride = 0

  init(_ lattice: BestPathLattice, frames: Int, width: Int) {
    self.lattice = lattice
    self.frames = frames
    self.width = width
    let states = lattice.stateCount
    // Rows of a block stay in the nearest cache.
    blockLength = max(1, 2048 / max(width, 1))
    scores = memory[0].reserve(Double.self, count: states + Self.padding) + Self.padding
    scratch = memory[1].reserve(Double.self, count: states + Self.padding) + Self.padding
    emissions = memory[2].reserve(Double.self, count: states)
    rows = memory[3].reserve(Double.self, count: blockLength * width)
    skips = memory[4].reserve(Double.self, count: states)
    columns = memory[5].reserve(Int32.self, count: states)
    moves = moveMemory.reserve(UInt8.self, count: 0)
    for state in 0..<states {
      skips[state] = lattice.skips[state]
      columns[state] = lattice.columns[state]
    }
    forgetScores()
    scores[0] = 0
  }

  private func forgetScores() {
    for state in -Self.padding..<lattice.stateCount {
      scores[state] = -.infinity
      scratch[state] = -.infinity
    }
  }

  /// The frames of a segment for which checkpoints and moves together take the least memory, in as many
  /// bytes as their sum `8 · frames · states / n + 2 n²`; all frames where their moves take little.
  static func segment(frames: Int, states: Int) -> Int {
    let (moves, overflow) = frames.multipliedReportingOverflow(by: states)
    if !overflow && moves <= 1 << 26 { return frames }
    var segment = 1 << 10
    while Double(segment) * Double(segment) * Double(segment) < 2 * Double(frames) * Double(states)
    {
      segment += 1 << 10
    }
    return min(segment, frames)
  }

  /// The states that a complete path can be in before a frame.
  func reachable(at frame: Int) -> Range<Int> {
    let lower = max(0, lattice.finalStates.lowerBound - lattice.reach * (frames - frame))
    let upper = min(lattice.stateCount, 1 + lattice.reach * frame)
    return min(lower, upper)..<upper
  }

  func checkpoint(at frame: Int) -> Checkpoint {
    let states = reachable(at: frame)
    return Checkpoint(states: states, scores: states.map { scores[$0] })
  }

  func restore(_ checkpoint: Checkpoint) {
    forgetScores()
    for (state, score) in zip(checkpoint.states, checkpoint.scores) { scores[state] = score }
  }

  /// Takes the scores through frames; keeps the moves into some states, or scores alone.
  mutating func advance(
    _ frames: Range<Int>, keepingMoves states: Range<Int>?,
    _ read: (Range<Int>, UnsafeMutablePointer<Double>) -> Void
  ) {
    let first = states?.lowerBound ?? reachable(at: frames.lowerBound).lowerBound
    let stateCount = states?.upperBound ?? lattice.stateCount
    if let states {
      movesFrom = states.lowerBound
      movesStride = states.count
      moves = moveMemory.reserve(UInt8.self, count: frames.count * states.count)
    }
    // What lies below cannot reach the end.
    for state in first - Self.padding..<first {
      scores[state] = -.infinity
      scratch[state] = -.infinity
    }
    let variant = KernelVariant.current
    for start in stride(from: frames.lowerBound, to: frames.upperBound, by: blockLength) {
      let block = start..<min(start + blockLength, frames.upperBound)
      read(block, rows)
      var pass = BestPathBlock(
        rows: rows, rowStride: width, frames: block.count, scores: scores, scratch: scratch,
        emissions: emissions, columns: columns, skips: skips, stayColumn: lattice.stayColumn,
        first: first, end: min(stateCount, 1 + lattice.reach * (start + 1)),
        growth: lattice.reach, stateCount: stateCount,
        decisions: states == nil ? nil : moves + (start - frames.lowerBound) * movesStride,
        decisionStride: movesStride)
      variant.run(&pass)
    }
  }

  /// The lowest of the best final states; nil where all are impossible.
  func bestFinalState() -> Int? {
    var best: Int?
    for state in lattice.finalStates where scores[state] > -.infinity {
      if let known = best, scores[known] >= scores[state] { continue }
      best = state
    }
    return best
  }

  /// Walks the kept moves back.
  func trace(_ frames: Range<Int>, into states: inout [Int32], from state: inout Int) {
    for frame in frames.reversed() {
      states[frame] = Int32(state)
      state -= Int(moves[(frame - frames.lowerBound) * movesStride + state - movesFrom])
    }
  }
}
