/// The mean over paths of a quantity that is additive along a path, together with the total weight
/// of the paths.
///
/// This is the expectation semiring (Eisner 2002), with the mean instead of the weighted sum.
/// Adding two values takes a convex combination of their means, so nothing overflows however small
/// the weights are. If the quantity is a direction `v` on the emissions, the mean is the derivative
/// of `log(weight)` along `v`.
struct Expectation: Semiring {
  let weight: ExtendedRange
  let mean: Double

  static var zero: Self { Self(weight: .zero, mean: 0) }
  static var one: Self { Self(weight: .one, mean: 0) }

  @inline(__always)
  static func + (left: Self, right: Self) -> Self {
    // Not only for speed: the mean of no path is undefined, and would give NaN even times zero.
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
