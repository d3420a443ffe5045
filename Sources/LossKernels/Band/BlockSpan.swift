/// Sums of the two states of slots: of blanks, and of labels.
struct StateArrays {
  let blanks: UnsafeMutablePointer<Double>
  let labels: UnsafeMutablePointer<Double>

  @inline(__always)
  func advanced(by slots: Int) -> StateArrays {
    StateArrays(blanks: blanks + slots, labels: labels + slots)
  }
}

/// A block of sixteen slots during some frames of a tile; pointers are to the block's first slot.
struct BlockSpan<Row: RowScalar> {
  let first: Int
  let end: Int
  /// From one frame to the next, and from one component of a state to the next: all slots.
  let stride: Int
  let emissions: UnsafePointer<Row>
  let blankEmissions: UnsafePointer<Double>
  /// Along which derivatives are taken: of labels, to be centred, and of the blank.
  let directions: UnsafePointer<Row>
  let directionMeans: UnsafePointer<Double>
  let blankRates: UnsafePointer<Double>
  let prefixes: UnsafeMutablePointer<Double>
  /// From one component of a prefix sum to the next.
  let prefixStride: Int
  /// By frame: what the neighbouring block hands over, replaced by what this one does.
  let carries: UnsafeMutablePointer<Double>
  let carryStride: Int
  let states: StateArrays
  let suffixes: StateArrays
  let toBlank: UnsafePointer<Double>
  let toLabel: UnsafePointer<Double>
  let skips: UnsafePointer<Double>

  /// What the neighbouring block handed over.
  @inline(__always)
  func carry<Number: LatticeNumber>(_ frame: Int, _: Number.Type) -> Number.Lane {
    Number.lane(carries + frame, stride: carryStride)
  }

  /// Hands over to the neighbouring block.
  @inline(__always)
  func hand<Number: LatticeNumber>(_ lane: Number.Lane, _ frame: Int, _: Number.Type) {
    Number.save(lane, carries + frame, stride: carryStride)
  }

  /// Keeps prefix sums for the suffix sums to meet.
  @inline(__always)
  func keep<Number: LatticeNumber>(_ number: Number, _ frame: Int, at slot: Int) {
    number.save(prefixes + frame &* stride + slot, stride: prefixStride)
  }

  /// Puts posteriors in the place of the prefix sums.
  @inline(__always)
  func meet<Number: LatticeNumber>(
    _ suffix: Number, _ weights: Lanes, _ frame: Int, at slot: Int
  ) {
    let place = prefixes + frame &* stride + slot
    let prefix = Number(place, stride: prefixStride)
    // Rounded, they fill the front of where the prefix sums were.
    Row.store(
      lanes: product(Number.meet(prefix, suffix), weights),
      UnsafeMutableRawPointer(place).assumingMemoryBound(to: Row.self))
  }
}
