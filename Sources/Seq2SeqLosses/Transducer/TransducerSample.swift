import LossKernelInterface

/// One sample of a transducer: its sizes, its moves, and its rows.
struct TransducerSample {
  let loss: TransducerLoss
  let moves: TransducerMoves
  let frames: Int
  let labels: [Int]
  /// The number of the tokens' columns; the durations' columns follow.
  let vocabulary: Int
  let durationCount: Int
  /// The first of `positionsHeld` positions that have rows, for each frame; empty if all positions
  /// have rows.
  let firstPositions: [Int]
  let positionsHeld: Int
  /// The frames at which each label may be emitted; empty if all are allowed.
  let windows: [Range<Int>]
  /// Reads and widens the row of a node that has one.
  let read: (_ frame: Int, _ position: Int, _ row: UnsafeMutablePointer<Double>) -> Void

  var columnCount: Int { vocabulary + durationCount }
  var rowLength: Int { labels.count + 1 }

  init(
    _ loss: TransducerLoss, _ moves: TransducerMoves, frames: Int, labels: [Int], columns: Int,
    firstPositions: [Int] = [], positionsHeld: Int, windows: [Range<Int>] = [],
    read: @escaping (_ frame: Int, _ position: Int, _ row: UnsafeMutablePointer<Double>) -> Void
  ) {
    self.loss = loss
    self.moves = moves
    self.frames = frames
    self.labels = labels
    durationCount = moves.durationCount
    vocabulary = columns - moves.durationCount
    self.firstPositions = firstPositions
    self.positionsHeld = positionsHeld
    self.windows = windows
    self.read = read
  }

  /// The grid of a group of arcs.
  func lattice(_ group: TransducerMoves.Group) -> GridLattice {
    let jumps = loss.wildcard.flatMap { wildcard in
      frames > 0
        ? GridLattice.Jumps(
          weight: ExtendedRange(exponentialOf: wildcard.logWeight),
          end: wildcard.endsWithBlank ? frames - 1 : frames) : nil
    }
    return GridLattice(
      frames: frames, labels: labels.count,
      arcs: moves.arcs[group.arcs].map { .init(frames: $0.frames, labels: $0.labels) },
      jumps: jumps)
  }

  /// The positions for which a frame has rows.
  func positions(_ frame: Int) -> Range<Int> {
    guard !firstPositions.isEmpty else { return 0..<rowLength }
    let first = firstPositions[frame]
    return first..<min(first + positionsHeld, rowLength)
  }

  /// The column of an arc's token at a position.
  func column(_ arc: GridSample.Arc, _ position: Int) -> Int {
    let column = moves.columns[arc.token]
    return column < 0 ? labels[position] : column
  }

  /// Whether an arc leads to a node, and its label may be emitted at the frame.
  func allows(_ arc: GridSample.Arc, _ frame: Int, _ position: Int) -> Bool {
    let end = frame + arc.frames
    guard end < frames || (end == frames && arc.mayEnd) else { return false }
    guard arc.labels == 1 else { return true }
    return position < labels.count && (windows.isEmpty || windows[position].contains(frame))
  }
}
