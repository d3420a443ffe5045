import LossKernelInterface

/// The forward pass that finds a best path, with its memory.
struct BestPathPass {
  /// The scores before a frame, for the positions that a complete path can be in.
  struct Checkpoint {
    let positions: Range<Int>
    let labels, blanks: [Double]
  }

  /// The number of places before the first position. Their scores are `-inf`.
  private static let padding = 1

  let lattice: BestPathLattice
  let frames: Int
  let width: Int
  // The best scores of each position's label and blank, and the memory for those after the next
  // frame.
  private let labels, newLabels: UnsafeMutablePointer<Double>
  private let blanks, newBlanks: UnsafeMutablePointer<Double>?
  private let emissions, rows, skips: UnsafeMutablePointer<Double>
  private let columns, gaps: UnsafeMutablePointer<Int32>
  private let blockLength: Int
  // Owns the memory that the pointers refer to.
  private let memory = (0..<9).map { _ in ScratchMemory() }
  private let moveMemory = ScratchMemory()
  private var moves: UnsafeMutablePointer<UInt8>
  private var movesFrom = 0
  private var movesStride = 0

  init(_ lattice: BestPathLattice, frames: Int, width: Int) {
    self.lattice = lattice
    self.frames = frames
    self.width = width
    let count = lattice.positionCount
    // The rows of a block fit in the first-level cache.
    blockLength = max(1, 2048 / max(width, 1))
    rows = memory[0].reserve(Double.self, count: blockLength * width)
    emissions = memory[1].reserve(Double.self, count: count)
    skips = memory[2].reserve(Double.self, count: count)
    columns = memory[3].reserve(Int32.self, count: count)
    labels = memory[4].reserve(Double.self, count: count + Self.padding) + Self.padding
    newLabels = memory[5].reserve(Double.self, count: count + Self.padding) + Self.padding
    let hasBlanks = lattice.topology.hasBlankStates
    blanks =
      hasBlanks
      ? memory[6].reserve(Double.self, count: count + Self.padding) + Self.padding : nil
    newBlanks =
      hasBlanks
      ? memory[7].reserve(Double.self, count: count + Self.padding) + Self.padding : nil
    moves = moveMemory.reserve(UInt8.self, count: 0)
    gaps = memory[8].reserve(Int32.self, count: lattice.gaps.count)
    for (index, position) in lattice.gaps.enumerated() { gaps[index] = position }
    for position in 0..<count {
      skips[position] = lattice.maySkip(atPosition: position) ? 0 : -.infinity
      columns[position] = lattice.column(ofPosition: position)
    }
    forgetScores(of: -Self.padding..<count)
    (blanks ?? labels)[0] = 0
  }

  private func forgetScores(of positions: Range<Int>) {
    for array in [labels, newLabels, blanks, newBlanks] {
      guard let array else { continue }
      (array + positions.lowerBound).update(repeating: -.infinity, count: positions.count)
    }
  }

  /// The number of frames per segment for which checkpoints and moves together take the least
  /// memory; they take `8 · frames · states / n + 2 n²` bytes. All frames if the moves of all
  /// frames take little memory.
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

  /// The positions that a complete path can be in before a frame.
  func reachable(at frame: Int) -> Range<Int> {
    let last = lattice.finalStates.lowerBound / lattice.reach
    let upper = min(lattice.positionCount, 1 + frame)
    return min(max(0, last - (frames - frame)), upper)..<upper
  }

  func checkpoint(at frame: Int) -> Checkpoint {
    let positions = reachable(at: frame)
    return Checkpoint(
      positions: positions, labels: positions.map { labels[$0] },
      blanks: blanks.map { blanks in positions.map { blanks[$0] } } ?? [])
  }

  func restore(_ checkpoint: Checkpoint) {
    forgetScores(of: -Self.padding..<lattice.positionCount)
    for (index, position) in checkpoint.positions.enumerated() {
      labels[position] = checkpoint.labels[index]
      if let blanks { blanks[position] = checkpoint.blanks[index] }
    }
  }

  /// Computes the scores after some frames. Keeps the moves into some positions, or only the
  /// scores.
  mutating func advance(
    _ frames: Range<Int>, keepingMoves positions: Range<Int>?,
    _ read: (Range<Int>, UnsafeMutablePointer<Double>) -> Void
  ) {
    let first = positions?.lowerBound ?? reachable(at: frames.lowerBound).lowerBound
    let positionCount = positions?.upperBound ?? lattice.positionCount
    if let positions {
      movesFrom = positions.lowerBound
      movesStride = positions.count
      moves = moveMemory.reserve(
        UInt8.self, count: frames.count * lattice.reach * positions.count)
    }
    // Lower positions cannot reach the end.
    forgetScores(of: first - Self.padding..<first)
    let variant = KernelVariant.current
    for start in stride(from: frames.lowerBound, to: frames.upperBound, by: blockLength) {
      let block = start..<min(start + blockLength, frames.upperBound)
      read(block, rows)
      var pass = BestPathBlock(
        rows: rows, rowStride: width, frames: block.count, blank: lattice.blank,
        hasBlank: lattice.topology.hasBlank, blanks: blanks,
        labels: labels, newBlanks: newBlanks, newLabels: newLabels, emissions: emissions,
        columns: columns, skips: skips, first: first,
        // Without blank states, states come after a frame; with them, before it.
        end: min(positionCount, start + 2), positionCount: positionCount,
        decisions: positions == nil
          ? nil : moves + (start - frames.lowerBound) * lattice.reach * movesStride,
        decisionStride: movesStride, gaps: gaps, gapCount: lattice.gaps.count,
        gapColumn: lattice.gapColumn)
      variant.run(&pass)
    }
  }

  /// The best score of a path that ends in a state.
  func score(of state: Int) -> Double {
    guard let blanks else { return labels[state] }
    return state % 2 == 0 ? blanks[state / 2] : labels[state / 2]
  }

  /// The lowest of the best final states; nil if none is possible.
  func bestFinalState() -> Int? {
    var best: Int?
    for state in lattice.finalStates where score(of: state) > -.infinity {
      if let known = best, score(of: known) >= score(of: state) { continue }
      best = state
    }
    return best
  }

  /// Follows the kept moves backwards.
  func trace(_ frames: Range<Int>, into states: inout [Int32], from state: inout Int) {
    let reach = lattice.reach
    for frame in frames.reversed() {
      states[frame] = Int32(state)
      // If a position has two states, the blank's comes first.
      let row = (frame - frames.lowerBound) * reach + state % reach
      state -= Int(moves[row * movesStride + state / reach - movesFrom])
    }
  }
}
