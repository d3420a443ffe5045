/// A time-synchronous lattice: in each frame, a path stays in its state or moves up by one or two
/// states.
///
/// `columns[3 * s + m]` is the emission of a move by `m` into state `s`, as a column of the
/// sample's ``Emissions``, or -1 if there is no such move. Paths begin in one of `startStates`
/// before the first frame and end in one of `finalStates` after the last. A topology is a value of
/// this type, and a quantity is a ``Semiring``; ``sweep`` is the only loop over both.
struct BandLattice {
  let columns: [Int32]
  let startStates: Range<Int>
  let finalStates: Range<Int>
  var stateCount: Int { columns.count / 3 }
  /// The largest step of any move.
  let reach: Int

  init(columns: [Int32], startStates: Range<Int>, finalStates: Range<Int>) {
    self.columns = columns
    self.startStates = startStates
    self.finalStates = finalStates
    reach = columns.indices.reduce(0) { columns[$1] < 0 ? $0 : max($0, $1 % 3) }
  }

  /// The same moves with other start and final states.
  func with(startStates: Range<Int>? = nil, finalStates: Range<Int>? = nil) -> BandLattice {
    BandLattice(
      columns: columns, startStates: startStates ?? self.startStates,
      finalStates: finalStates ?? self.finalStates)
  }

  /// The lattice of the reversed paths: state `s` becomes `stateCount - 1 - s`.
  ///
  /// Suffix sums are the prefix sums of this lattice, so one recursion computes both.
  func reversed() -> BandLattice {
    let last = stateCount - 1
    var mirrored = [Int32](repeating: -1, count: columns.count)
    for state in 0...last {
      for move in 0...min(2, state) {
        mirrored[3 * (last - state + move) + move] = columns[3 * state + move]
      }
    }
    return BandLattice(
      columns: mirrored,
      startStates: (last + 1 - finalStates.upperBound)..<(last + 1 - finalStates.lowerBound),
      finalStates: (last + 1 - startStates.upperBound)..<(last + 1 - startStates.lowerBound))
  }

  /// The states that a complete path of `frames` frames can be in after `frame` frames.
  ///
  /// This bound follows from counting steps. States outside it are never computed.
  @inline(__always)
  func reachable(after frame: Int, of frames: Int) -> Range<Int> {
    let lower = max(startStates.lowerBound, finalStates.lowerBound - reach * (frames - frame))
    let upper = min(stateCount, startStates.upperBound + reach * frame, finalStates.upperBound)
    return lower..<max(lower, upper)
  }

  /// Calls `body(from, column)` for every move into `state`, from the lowest state up.
  @inline(__always)
  func forEachMove(into state: Int, _ body: (_ from: Int, _ column: Int) -> Void) {
    columns.withUnsafeBufferPointer { columns in
      var move = min(2, state)
      while move >= 0 {
        let column = columns[3 * state + move]
        if column >= 0 { body(state - move, Int(column)) }
        move -= 1
      }
    }
  }

  /// Calls `body(index, from, to, column)` for every move of a frame that a complete path may take.
  /// `index` is the index of the move in an array `[frames, states, 3]`.
  @inline(__always)
  func forEachMove(
    of frame: Int, frames: Int,
    _ body: (_ index: Int, _ from: Int, _ to: Int, _ column: Int) -> Void
  ) {
    let states = stateCount
    for state in reachable(after: frame + 1, of: frames) {
      forEachMove(into: state) { from, column in
        body((frame * states + state) * 3 + state - from, from, state, column)
      }
    }
  }

  /// The sum over the moves into a state. Moves with the same emission share one multiplication.
  @inline(__always)
  private func sum<Value: Semiring>(
    into state: Int, of previous: UnsafePointer<Value>, emission: (_ column: Int) -> Value
  ) -> Value {
    var sum = Value.zero
    var sources = Value.zero
    var shared = -1
    forEachMove(into: state) { from, column in
      if column == shared {
        sources = sources + previous[from]
      } else {
        if shared >= 0 { sum = sum + sources * emission(shared) }
        sources = previous[from]
        shared = column
      }
    }
    return shared < 0 ? sum : sum + sources * emission(shared)
  }

  /// Writes the sums before the first frame.
  @inline(__always)
  func start<Value: Semiring>(_ rows: LatticeRows<Value>) {
    let row = rows[0]
    for state in 0..<stateCount { row[state] = startStates.contains(state) ? .one : .zero }
  }

  /// Computes the prefix sums after each frame of `range` from those after `range.lowerBound`
  /// frames, in a sample of `frames` frames. Calls `afterFrame(t)` when row `t + 1` is complete.
  ///
  /// This is the only recursion over the time-synchronous lattices. O(range · states).
  @inline(__always)
  func sweep<Value: Semiring>(
    _ range: Range<Int>, of frames: Int, _ rows: LatticeRows<Value>,
    emission: (_ frame: Int, _ column: Int) -> Value, afterFrame: (Int) -> Void = { _ in }
  ) {
    for frame in range {
      let previous = rows[frame]
      let next = rows[frame + 1]
      let band = reachable(after: frame + 1, of: frames)
      for state in 0..<band.lowerBound { next[state] = .zero }
      for state in band {
        next[state] = sum(into: state, of: previous) { emission(frame, $0) }
      }
      for state in band.upperBound..<stateCount { next[state] = .zero }
      afterFrame(frame)
    }
  }

  /// The sum over all complete paths, given that the last row is complete.
  @inline(__always)
  func total<Value: Semiring>(_ rows: LatticeRows<Value>, frames: Int) -> Value {
    var total = Value.zero
    for state in finalStates { total = total + rows[frames][state] }
    return total
  }

  /// Calls `body(frame, to, move, column, value)` for every move of every frame, from the last
  /// frame to the first. `value` is the sum over the complete paths that use the move.
  ///
  /// `backward` is scratch memory for at least two rows.
  @inline(__always)
  func forEachArc<Value: Semiring>(
    frames: Int, forward: inout PrefixSums<Value>, backward: LatticeRows<Value>,
    emission: (_ frame: Int, _ column: Int) -> Value,
    body: (_ frame: Int, _ to: Int, _ move: Int, _ column: Int, _ value: Value) -> Void
  ) {
    let mirror = reversed()
    mirror.start(backward)
    let reversedEmission = { (frame: Int, column: Int) in emission(frames - 1 - frame, column) }
    mirror.sweep(0..<frames, of: frames, backward, emission: reversedEmission) {
      let frame = frames - 1 - $0
      // The suffix sums after this frame are the row that the sweep has just read.
      let suffixes = backward[$0]
      let prefixes = forward.row(frame, emission: emission)
      for state in reachable(after: frame + 1, of: frames) {
        let suffix = suffixes[stateCount - 1 - state]
        var shared = -1
        var tail = Value.zero
        forEachMove(into: state) { from, column in
          if column != shared {
            shared = column
            tail = emission(frame, column) * suffix
          }
          body(frame, state, state - from, column, prefixes[from] * tail)
        }
      }
    }
  }

  /// Follows one complete path from its end. `choose(candidates)` returns the index of a
  /// predecessor (or of a final state), given the values of the paths through each, lowest state
  /// first. `visit` is called with the move of each frame, last frame first.
  func trace<Value: Semiring>(
    frames: Int, forward: inout PrefixSums<Value>,
    emission: (_ frame: Int, _ column: Int) -> Value,
    choose: ([Value]) -> Int,
    visit: (_ frame: Int, _ from: Int, _ to: Int, _ column: Int) -> Void
  ) {
    let last = forward.row(frames, emission: emission)
    var candidates = finalStates.map { last[$0] }
    var moves: [(from: Int, column: Int)] = []
    var state = finalStates.lowerBound + choose(candidates)
    for frame in (0..<frames).reversed() {
      candidates.removeAll(keepingCapacity: true)
      moves.removeAll(keepingCapacity: true)
      let prefixes = forward.row(frame, emission: emission)
      forEachMove(into: state) { from, column in
        candidates.append(prefixes[from] * emission(frame, column))
        moves.append((from, column))
      }
      let move = moves[choose(candidates)]
      visit(frame, move.from, state, move.column)
      state = move.from
    }
  }
}
