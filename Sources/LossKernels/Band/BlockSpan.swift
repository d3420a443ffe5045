/// The sums of the two states of each slot, blanks and labels.
struct StateArrays {
  let blanks: UnsafeMutablePointer<Double>
  let labels: UnsafeMutablePointer<Double>

  @inline(__always)
  func advanced(by slots: Int) -> StateArrays {
    StateArrays(blanks: blanks + slots, labels: labels + slots)
  }
}

/// A block of sixteen slots during some frames of a tile. Pointers refer to the first slot of the
/// block.
struct BlockSpan<Row: RowScalar> {
  let first: Int
  let end: Int
  /// The distance between frames, and between components of a state: the number of slots.
  let stride: Int
  let emissions: UnsafePointer<Row>
  let blankEmissions: UnsafePointer<Double>
  /// The direction's entries for the labels, before the mean is subtracted; and for the blank.
  let directions: UnsafePointer<Row>
  let directionMeans: UnsafePointer<Double>
  let blankRates: UnsafePointer<Double>
  let prefixes: UnsafeMutablePointer<Double>
  /// The distance between components of a prefix sum.
  let prefixStride: Int
  /// For each frame, the sum from the neighboring block, which is replaced by this block's.
  let carries: UnsafeMutablePointer<Double>
  let carryStride: Int
  let states: StateArrays
  let suffixes: StateArrays
  let toBlank: UnsafePointer<Double>
  let toLabel: UnsafePointer<Double>
  let skips: UnsafePointer<Double>

  /// The sum from the neighboring block.
  @inline(__always)
  func carry<Number: LatticeNumber>(_ frame: Int, _: Number.Type) -> Number.Lane {
    Number.lane(carries + frame, stride: carryStride)
  }

  /// Passes a sum to the neighboring block.
  @inline(__always)
  func hand<Number: LatticeNumber>(_ lane: Number.Lane, _ frame: Int, _: Number.Type) {
    Number.save(lane, carries + frame, stride: carryStride)
  }

  /// Stores prefix sums for the backward pass.
  @inline(__always)
  func keep<Number: LatticeNumber>(_ number: Number, _ frame: Int, at slot: Int) {
    number.save(prefixes + frame &* stride + slot, stride: prefixStride)
  }

  /// Replaces the prefix sums by posteriors.
  @inline(__always)
  func meet<Number: LatticeNumber>(
    _ suffix: Number, _ weights: Lanes, _ frame: Int, at slot: Int
  ) {
    let place = prefixes + frame &* stride + slot
    let prefix = Number(place, stride: prefixStride)
    // Rounded posteriors are stored at the beginning of the memory of the prefix sums.
    Row.store(
      lanes: product(Number.meet(prefix, suffix), weights),
      UnsafeMutableRawPointer(place).assumingMemoryBound(to: Row.self))
  }
}
