/// The mean over paths of a quantity that adds up along a path, beside the paths' total weight.
///
/// This is the expectation semiring (Eisner 2002) with the mean in place of the weighted sum: joining
/// takes a convex combination, so nothing overflows however small the weights. With the
/// direction `v` on the emissions, the mean is the derivative of `log(weight)` along `v`.
struct Expectation: Semiring {
  let weight: ExtendedRange
  let mean: Double

  static var zero: Self { Self(weight: .zero, mean: 0) }
  static var one: Self { Self(weight: .one, mean: 0) }

  @inline(__always)
  static func + (left: Self, right: Self) -> Self {
    // Not only for speed: the mean of no path must not enter, not even times zero.
    if right.weight.isZero { return left }
    if left.weight.isZero { return right }
    let weight = left.weight + right.weight
    return Self(
      weight: weight,
      mean: left.mean * left.weight.fraction(of: weight)
        + right.mean * right.weight.fraction(of: weight))
  }

  @inline(__always)
  static func * (left: Self, right: Self) -> Self {
    Self(weight: left.weight * right.weight, mean: left.mean + right.mean)
  }
}
