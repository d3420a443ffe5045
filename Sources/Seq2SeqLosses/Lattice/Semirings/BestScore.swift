/// The logarithm of the most probable path's weight: the max-product semiring.
///
/// Logarithms and not ``ExtendedRange``: products of a path are then sums of the same terms in whatever order, and ties
/// between equal paths stay ties as far as additions are exact.
struct BestScore: Semiring {
  let logarithm: Double

  static let zero = Self(logarithm: -.infinity)
  static let one = Self(logarithm: 0)

  @inline(__always)
  static func + (left: Self, right: Self) -> Self {
    left.logarithm >= right.logarithm ? left : right
  }

  @inline(__always)
  static func * (left: Self, right: Self) -> Self {
    Self(logarithm: left.logarithm + right.logarithm)
  }
}
