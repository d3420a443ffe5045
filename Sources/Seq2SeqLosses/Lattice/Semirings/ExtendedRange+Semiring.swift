/// Sums and products of probabilities.
extension ExtendedRange: Semiring {
  /// Probability 0, exactly.
  package static let zero = Self(normalized: 0, exponent: -.infinity)
  /// Probability 1, exactly.
  package static let one = Self(normalized: 1, exponent: 0)

  /// The sum, rounded once; NaN if a term is NaN. O(1).
  @inline(__always)
  package static func + (left: Self, right: Self) -> Self {
    // Shifts both terms, one of them by zero, to avoid a branch.
    let exponent = left.exponent > right.exponent ? left.exponent : right.exponent
    return Self(
      carrying: left.mantissa * powerOfTwo(left.exponent - exponent)
        + right.mantissa * powerOfTwo(right.exponent - exponent),
      exponent: exponent)
  }

  /// The product, rounded once; NaN if a factor is NaN. O(1).
  @inline(__always)
  package static func * (left: Self, right: Self) -> Self {
    Self(carrying: left.mantissa * right.mantissa, exponent: left.exponent + right.exponent)
  }
}
