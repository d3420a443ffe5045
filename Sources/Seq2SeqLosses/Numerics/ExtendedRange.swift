#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A non-negative number `mantissa · 2^exponent` that neither underflows nor overflows.
///
/// The mantissa is in `[1, 2)`, or 0 for zero, or NaN. Every operation rounds once, so its relative
/// error is at most one `Double` rounding whatever the magnitude: a path that is 1e-300 as likely as
/// its neighbours keeps all its digits. It is the sum-product ``Semiring``.
public struct ExtendedRange: Sendable, Equatable {
  /// In `[1, 2)`; 0 for zero.
  public let mantissa: Double
  /// The power of two; 0 for zero.
  public let exponent: Int

  /// The largest `|x|` that ``init(exponentialOf:)`` takes.
  ///
  /// Within it 2^21 factors can be multiplied before the exponent leaves `Int`.
  static let largestLogarithm = 1e12

  init(mantissa: Double, exponent: Int) {
    let isNormal = mantissa > 0
    self.exponent = isNormal ? exponent + Int(mantissa.exponent) : 0
    self.mantissa = isNormal ? mantissa.significand : mantissa
  }

  /// e to the power of `x`: zero at `-inf`, NaN at NaN, `+inf` and where `|x| > 1e12`.
  ///
  /// `x · log2(e)` is reduced with a two-part constant, so the relative error stays near one rounding
  /// also at `x = -1e10`.
  public init(exponentialOf x: Double) {
    if x == -.infinity {
      self.init(mantissa: 0, exponent: 0)
    } else if x.magnitude <= Self.largestLogarithm {
      let log2e = 1.4426950408889634
      let log2eTail = 2.0355273740931033e-17
      let power = (x * log2e).rounded()
      let fraction = (-power).addingProduct(x, log2e) + x * log2eTail
      self.init(mantissa: exp2(fraction), exponent: Int(power))
    } else {
      self.init(mantissa: .nan, exponent: 0)
    }
  }

  /// The natural logarithm: `-inf` for zero, NaN for NaN.
  public var logarithm: Double {
    mantissa == 0 ? -.infinity : Double(exponent) * 0.6931471805599453 + log(mantissa)
  }

  /// The nearest `Double`, zero or infinite outside its range.
  public var value: Double {
    mantissa > 0 ? Double(sign: .plus, exponent: exponent, significand: mantissa) : mantissa
  }

  /// The quotient; NaN where the divisor is zero.
  public static func / (left: Self, right: Self) -> Self {
    if right.mantissa == 0 { return Self(mantissa: .nan, exponent: 0) }
    return Self(
      mantissa: left.mantissa / right.mantissa, exponent: left.exponent - right.exponent)
  }
}

extension ExtendedRange: Semiring {
  /// Probability 0, exactly.
  public static let zero = Self(mantissa: 0, exponent: 0)
  /// Probability 1, exactly.
  public static let one = Self(mantissa: 1, exponent: 0)

  /// The sum, rounded once; NaN where a term is NaN. O(1).
  public static func + (left: Self, right: Self) -> Self {
    if left.mantissa == 0 { return right }
    if right.mantissa == 0 { return left }
    if left.exponent < right.exponent { return right + left }
    // Beyond 64 binary places the smaller term is below half a rounding.
    let shift = min(left.exponent - right.exponent, 64)
    let small = Double(sign: .plus, exponent: -shift, significand: right.mantissa)
    return Self(mantissa: left.mantissa + small, exponent: left.exponent)
  }

  /// The product, rounded once; NaN where a factor is NaN. O(1).
  public static func * (left: Self, right: Self) -> Self {
    Self(mantissa: left.mantissa * right.mantissa, exponent: left.exponent + right.exponent)
  }
}
