/// A grid of nodes (t, u), t frames and u labels into a sample, from (0, 0) to (frames, labels): the lattices
/// of transducers.
///
/// An arc leads from (t, u) to (t + frames, u + labels), where either is above 0. Arcs leave from nodes before
/// the last frame alone, and end exactly at it or before. A topology is a list of arcs, never a loop of its
/// own; a quantity is a ``Semiring``. The two meet only in ``sweep``.
struct GridLattice {
  /// A move, whose emission depends on the node that it leaves.
  struct Arc: Equatable {
    let frames: Int
    let labels: Int
  }

  let frames: Int
  let labels: Int
  let arcs: [Arc]
  /// The frames of the longest arc, and one: the rows that a recursion looks at.
  let window: Int
  var rowLength: Int { labels + 1 }
  var nodeCount: Int { (frames + 1) * rowLength }

  init(frames: Int, labels: Int, arcs: [Arc]) {
    self.frames = frames
    self.labels = labels
    self.arcs = arcs
    window = 1 + (arcs.map(\.frames).max() ?? 0)
  }

  /// The sums over the paths from the first node to each, `[frames + 1, labels + 1]`; or from each to the last
  /// one, where `isReversed`, in the order of the reversed grid: the last node's first.
  ///
  /// This is the one recursion of the grids. `emission(t, u, arc)` is asked for once for each arc that leaves
  /// (t, u) and stays in the grid. O(nodes · arcs).
  @inline(__always)
  func sweep<Value: Semiring>(
    into sums: UnsafeMutablePointer<Value>, isReversed: Bool = false,
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
        sums[frame * rowLength + label] = sum
      }
    }
  }

  /// Calls `body` with every arc of every node and the sum over the complete paths through it, from both
  /// kinds of sums.
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

  /// The sum over all complete paths.
  func total<Value: Semiring>(_ prefixes: UnsafePointer<Value>) -> Value {
    prefixes[nodeCount - 1]
  }
}
