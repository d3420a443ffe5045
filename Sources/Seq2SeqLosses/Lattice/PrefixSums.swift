/// The sums over the prefixes of a lattice's paths, to be walked through from the last frame back.
///
/// Where all rows together would be large, one in `segment` is kept and the rows between are summed up
/// again, a segment at a time: the same bits in O(√frames · states) memory.
struct PrefixSums<Value: Semiring> {
  /// The sum over all complete paths.
  let total: Value
  private let lattice: BandLattice
  private let frames: Int
  private let segment: Int
  /// The rows after `first...first + segment` frames, in turn.
  private let rows: LatticeRows<Value>
  /// The row after `i * segment` frames at `i`.
  private let checkpoints: LatticeRows<Value>
  private var first: Int

  /// Sweeps over all frames; keeps all rows if these are at most `keptSums` numbers.
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

  /// The sums after `frame` frames, where all are kept.
  subscript(frame: Int) -> UnsafePointer<Value> { UnsafePointer(rows[frame]) }

  /// The sums after `frame` frames, of the emissions that ``init`` saw.
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
  /// The number of a sample's prefix sums that are all kept, 4 to 24 bytes each. More are summed up
  /// twice; in the kernels that is faster than to wait for memory.
  @TaskLocal package static var kept = 1 << 22
}
