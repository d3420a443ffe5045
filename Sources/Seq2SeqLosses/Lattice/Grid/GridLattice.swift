/// The lattice of a transducer: a grid of nodes (t, u), after t frames and u labels, from (0, 0) to
/// (frames, labels).
///
/// An arc leads from (t, u) to (t + frames, u + labels), where at least one of its two steps is
/// above 0. Arcs leave only nodes before the last frame, and end at most exactly at it. A topology
/// is a list of arcs, and a quantity is a ``Semiring``; ``sweep`` is the only loop over both. An
/// arc that a node lacks has an emission of zero.
struct GridLattice {
  /// A move. Its emission depends on the node that it leaves.
  struct Arc: Equatable {
    let frames: Int
    let labels: Int
  }

  /// Moves over several frames that emit nothing: from the first node to any node of its position,
  /// and from any node of the last position to the frame `end`.
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

  /// Computes the sums over the paths from the first node to each node, `[frames + 1, labels + 1]`.
  /// If `isReversed`, computes the sums over the paths from each node to the last, in reverse
  /// order: the last node comes first.
  ///
  /// This is the only recursion over the grids. `emission(t, u, arc)` is called once for each arc
  /// that leaves (t, u) and stays in the grid. `jump` converts the weight of a jump to a value.
  /// O(nodes · arcs).
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
          // The node that the arc leaves; in the reversed grid, this is the node that it leads to.
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

  /// Calls `body` with the index of each node from which a jump leads to (frame, label), in the
  /// order of the grid, or of the reversed grid.
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

  /// Calls `body` with every arc of every node and the sum over the complete paths that use the
  /// arc, from prefix and suffix sums. Jumps are not included.
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

  /// Follows one complete path from its end. `choose(candidates)` returns the index of a
  /// predecessor, given the values of the paths through each: first those of the arcs, then those
  /// of the jumps. `visit` is called with each node that the path leaves and with the arc it takes,
  /// `nil` for a jump, from last to first.
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
