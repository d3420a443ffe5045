/// The mean over paths of a quantity that adds up along a path, beside the paths' total weight.
///
/// This is the expectation semiring (Eisner 2002) with the mean in place of the weighted sum: joining
/// takes a convex combination, so nothing overflows however small the weights. With the
/// direction `v` on the emissions, the mean is the derivative of `log(weight)` along `v`.
struct Expectation<Mean: PathMean>: Semiring {
  let weight: ExtendedRange
  let mean: Mean

  static var zero: Self { Self(weight: .zero, mean: .zero) }
  static var one: Self { Self(weight: .one, mean: .zero) }

  @inline(__always)
  static func + (left: Self, right: Self) -> Self {
    // Not only for speed: the mean of no path must not enter, not even times zero.
    if right.weight.isZero { return left }
    if left.weight.isZero { return right }
    let weight = left.weight + right.weight
    return Self(
      weight: weight,
      mean: left.mean.scaled(by: left.weight.fraction(of: weight))
        + right.mean.scaled(by: right.weight.fraction(of: weight)))
  }

  @inline(__always)
  static func * (left: Self, right: Self) -> Self {
    Self(weight: left.weight * right.weight, mean: left.mean + right.mean)
  }
}

/// What can be averaged over paths: one number, or several in the lanes of a vector.
protocol PathMean: Sendable, BitwiseCopyable {
  static var zero: Self { get }
  static func + (left: Self, right: Self) -> Self
  func scaled(by factor: Double) -> Self
}

extension Double: PathMean {
  @inline(__always)
  func scaled(by factor: Double) -> Double { self * factor }
}

extension SIMD8<Double>: PathMean {
  @inline(__always)
  func scaled(by factor: Double) -> Self { self * factor }
}
