/// A grid of nodes (t, u), t frames and u labels into a sample, from (0, 0) to (frames, labels): the lattices
/// of transducers.
///
/// An arc leads from (t, u) to (t + frames, u + labels), where either is above 0. Arcs leave from nodes before
/// the last frame alone, and end exactly at it or before. A topology is a list of arcs, never a loop of its
/// own; a quantity is a ``Semiring``. The two meet only in ``sweep``. Which arcs a node has not, their
/// emissions of zero tell.
struct GridLattice {
  /// A move, whose emission depends on the node that it leaves.
  struct Arc: Equatable {
    let frames: Int
    let labels: Int
  }

  /// Moves over several frames that emit nothing: from the first node to each of its position, and from each of the
  /// last position to the frame `end`.
  struct Jumps {
    let weight: ExtendedRange
    let end: Int
  }

  let frames: Int
  let labels: Int
  let arcs: [Arc]
  var jumps: Jumps?
  var rowLength: Int { labels + 1 }
  var nodeCount: Int { (frames + 1) * rowLength }

  init(frames: Int, labels: Int, arcs: [Arc], jumps: Jumps? = nil) {
    self.frames = frames
    self.labels = labels
    self.arcs = arcs
    self.jumps = jumps
  }

  /// The sums over the paths from the first node to each, `[frames + 1, labels + 1]`; or from each to the last
  /// one, where `isReversed`, in the order of the reversed grid: the last node's first.
  ///
  /// This is the one recursion of the grids. `emission(t, u, arc)` is asked for once for each arc that leaves
  /// (t, u) and stays in the grid; `jump` makes a value of a jump's weight. O(nodes · arcs).
  @inline(__always)
  func sweep<Value: Semiring>(
    into sums: UnsafeMutablePointer<Value>, isReversed: Bool = false,
    jump: (ExtendedRange) -> Value,
    emission: (_ frame: Int, _ label: Int, _ arc: Int) -> Value
  ) {
    for frame in 0...frames {
      for label in 0...labels {
        var sum = frame == 0 && label == 0 ? Value.one : Value.zero
        for (index, arc) in arcs.enumerated() {
          let (fromFrame, fromLabel) = (frame - arc.frames, label - arc.labels)
          guard fromFrame >= 0, fromLabel >= 0 else { continue }
          // The node that the arc leaves: reversed, that is where it leads to.
          let (sourceFrame, sourceLabel) =
            isReversed ? (frames - frame, labels - label) : (fromFrame, fromLabel)
          guard sourceFrame < frames else { continue }
          sum =
            sum + sums[fromFrame * rowLength + fromLabel]
            * emission(sourceFrame, sourceLabel, index)
        }
        if let jumps {
          let weight = jump(jumps.weight)
          forEachJump(into: frame, label, jumps, isReversed: isReversed) {
            sum = sum + sums[$0] * weight
          }
        }
        sums[frame * rowLength + label] = sum
      }
    }
  }

  /// Calls `body` with the place of each node from which a jump leads to (frame, label), in the order of the grid
  /// or of the reversed one.
  @inline(__always)
  private func forEachJump(
    into frame: Int, _ label: Int, _ jumps: Jumps, isReversed: Bool, _ body: (Int) -> Void
  ) {
    if isReversed {
      let (from, position) = (frames - frame, labels - label)
      if from == 0 && position == 0 && frames > 1 {
        for to in (1..<frames).reversed() { body((frames - to) * rowLength + labels) }
      }
      if position == labels && from < frames - 1 { body((frames - jumps.end) * rowLength) }
    } else {
      if label == 0 && 0 < frame && frame < frames { body(0) }
      if label == labels && frame == jumps.end {
        for from in 0..<max(0, frames - 1) { body(from * rowLength + labels) }
      }
    }
  }

  /// Calls `body` with every arc of every node and the sum over the complete paths through it, from both
  /// kinds of sums; not with jumps.
  @inline(__always)
  func forEachArc<Value: Semiring>(
    prefixes: UnsafePointer<Value>, suffixes: UnsafePointer<Value>,
    emission: (_ frame: Int, _ label: Int, _ arc: Int) -> Value,
    body: (_ frame: Int, _ label: Int, _ arc: Int, _ paths: Value) -> Void
  ) {
    for frame in 0..<frames {
      for label in 0...labels {
        for (index, arc) in arcs.enumerated() {
          let (toFrame, toLabel) = (frame + arc.frames, label + arc.labels)
          guard toFrame <= frames, toLabel <= labels else { continue }
          let suffix = suffixes[(frames - toFrame) * rowLength + labels - toLabel]
          let paths =
            prefixes[frame * rowLength + label] * emission(frame, label, index) * suffix
          body(frame, label, index, paths)
        }
      }
    }
  }

  /// Walks one complete path from its end: `choose(candidates)` picks the index of a predecessor given the values of
  /// the paths through each, the arcs' in their order, then the jumps'; `visit` gets each node that the path leaves
  /// and the arc it takes, `nil` for a jump, last first.
  func trace<Value: Semiring>(
    prefixes: UnsafePointer<Value>, jump: (ExtendedRange) -> Value,
    emission: (_ frame: Int, _ label: Int, _ arc: Int) -> Value,
    choose: ([Value]) -> Int, visit: (_ frame: Int, _ label: Int, _ arc: Int?) -> Void
  ) {
    var (frame, label) = (frames, labels)
    var candidates: [Value] = []
    var moves: [(place: Int, arc: Int?)] = []
    while frame > 0 || label > 0 {
      candidates.removeAll(keepingCapacity: true)
      moves.removeAll(keepingCapacity: true)
      for (index, arc) in arcs.enumerated() {
        let (fromFrame, fromLabel) = (frame - arc.frames, label - arc.labels)
        guard fromFrame >= 0, fromLabel >= 0, fromFrame < frames else { continue }
        let place = fromFrame * rowLength + fromLabel
        candidates.append(prefixes[place] * emission(fromFrame, fromLabel, index))
        moves.append((place, index))
      }
      if let jumps {
        let weight = jump(jumps.weight)
        forEachJump(into: frame, label, jumps, isReversed: false) {
          candidates.append(prefixes[$0] * weight)
          moves.append(($0, nil))
        }
      }
      let move = moves[choose(candidates)]
      (frame, label) = (move.place / rowLength, move.place % rowLength)
      visit(frame, label, move.arc)
    }
  }

  /// The sum over all complete paths.
  func total<Value: Semiring>(_ prefixes: UnsafePointer<Value>) -> Value {
    prefixes[nodeCount - 1]
  }
}
