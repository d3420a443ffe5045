/// The prefix sums of a lattice, which are read from the last frame to the first.
///
/// If all rows together would be large, one row per `segment` frames is kept, and the rows between
/// are computed again, one segment at a time. The bits are the same, in O(√frames · states) memory.
struct PrefixSums<Value: Semiring> {
  /// The sum over all complete paths.
  let total: Value
  private let lattice: BandLattice
  private let frames: Int
  private let segment: Int
  /// The rows after `first...first + segment` frames.
  private let rows: LatticeRows<Value>
  /// The row after `i * segment` frames, at index `i`.
  private let checkpoints: LatticeRows<Value>
  private var first: Int

  /// Computes the sums of all frames. Keeps all rows if they have at most `keptSums` numbers.
  @inline(__always)
  init(
    _ lattice: BandLattice, frames: Int,
    _ memory: (rows: ScratchMemory, checkpoints: ScratchMemory),
    keptSums: Int = .max, emission: (_ frame: Int, _ column: Int) -> Value
  ) {
    let states = lattice.stateCount
    let (count, overflow) = frames.multipliedReportingOverflow(by: states)
    let segment =
      !overflow && count <= keptSums
      ? max(1, frames) : Int(Double(frames).squareRoot().rounded(.up))
    let rows = LatticeRows<Value>(memory.rows, stateCount: states, kept: segment + 1)
    let checkpoints = LatticeRows<Value>(
      memory.checkpoints, stateCount: states, kept: segment < frames ? frames / segment + 1 : 0)
    lattice.start(rows)
    if segment < frames { checkpoints[0].update(from: rows[0], count: states) }
    lattice.sweep(0..<frames, of: frames, rows, emission: emission) { frame in
      let done = frame + 1
      if segment < frames && done.isMultiple(of: segment) {
        checkpoints[done / segment].update(from: rows[done], count: states)
      }
    }
    total = lattice.total(rows, frames: frames)
    first = max(0, frames - segment)
    self.lattice = lattice
    self.frames = frames
    self.segment = segment
    self.rows = rows
    self.checkpoints = checkpoints
  }

  /// The sums after `frame` frames, if all rows are kept.
  subscript(frame: Int) -> UnsafePointer<Value> { UnsafePointer(rows[frame]) }

  /// The sums after `frame` frames. The emissions must be the same as in ``init``.
  @inline(__always)
  mutating func row(
    _ frame: Int, emission: (_ frame: Int, _ column: Int) -> Value
  ) -> UnsafePointer<Value> {
    if frame < first || first + segment < frame { sumUp(to: frame, emission: emission) }
    return UnsafePointer(rows[frame])
  }

  private mutating func sumUp(
    to frame: Int, emission: (_ frame: Int, _ column: Int) -> Value
  ) {
    first = frame / segment * segment
    rows[first].update(from: checkpoints[first / segment], count: lattice.stateCount)
    lattice.sweep(first..<min(first + segment, frames), of: frames, rows, emission: emission)
  }
}

package enum PrefixSumLimit {
  /// The largest number of prefix sums of a sample that are all kept, at 4 to 24 bytes each. If
  /// there are more, they are computed twice; in the kernels that is faster than accessing so much
  /// memory.
  @TaskLocal package static var kept = 1 << 22
}
