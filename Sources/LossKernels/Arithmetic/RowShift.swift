/// The power of two by which the exponentials of a row are divided: `e^x / 2^shift`.
///
/// A shift fits every row whose largest value is near it. Most rows fit the shift of the row before, so they are read
/// once, without a pass that searches for their largest value.
struct RowShift<Row: RowScalar> {
  /// Why a row has no shift.
  enum Fault {
    /// The row has no largest value, or an infinite one.
    case invalid
    /// The largest value is beyond the range of the kernels.
    case wide
  }

  /// NaN before the first row.
  private(set) var value: Double
  private(set) var constants: ShiftConstants<Row>

  @inline(__always)
  init() {
    value = .nan
    constants = ShiftConstants(shift: 0)
  }

  /// The base-2 logarithm of a row's largest exponential after the division.
  @inline(__always)
  func offset(of largest: Double) -> Double { largest * 1.4426950408889634 - value }

  /// Chooses the shift that makes the largest exponential about 1.
  @inline(__always)
  mutating func center(on largest: Double) -> Fault? {
    guard largest.magnitude < .infinity else { return .invalid }
    guard largest.magnitude <= Row.largestShift else { return .wide }
    take((largest * 1.4426950408889634).rounded(.toNearestOrEven))
    return nil
  }

  /// Uses the shift of an earlier row; NaN: the next row chooses one.
  @inline(__always)
  mutating func take(_ shift: Double) {
    value = shift
    if !shift.isNaN { constants = ShiftConstants(shift: shift) }
  }
}
