/// The log-probability of the most probable path: the max-product semiring.
///
/// It uses logarithms rather than ``ExtendedRange``. The scores of two paths with the same factors
/// are then sums of the same terms, so ties remain ties as far as additions are exact.
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
