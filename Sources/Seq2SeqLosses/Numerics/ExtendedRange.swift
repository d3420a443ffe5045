import CLibrary

/// A non-negative number `mantissa · 2^exponent` that neither underflows nor overflows.
///
/// Sums and products round once each, so a path that is 1e-300 times as likely as its neighbors
/// keeps all its digits. No operation traps. It is the sum-product ``Semiring``.
package struct ExtendedRange: Sendable, Equatable, BitwiseCopyable {
  /// In `[1, 2)`; 0 for zero; NaN for NaN.
  package let mantissa: Double
  /// The power of two, an integral value; `-inf` for zero, any value for NaN.
  ///
  /// It is a `Double` because an `Int` would trap on overflow. A `Double` is exact up to 2^53, and
  /// rounds beyond that.
  package let exponent: Double

  /// A number whose mantissa is already in `[1, 2)`.
  @inline(__always)
  init(normalized mantissa: Double, exponent: Double) {
    self.mantissa = mantissa
    self.exponent = exponent
  }

  /// A number whose mantissa is in `[1, 4)`, zero or NaN.
  @inline(__always)
  init(carrying mantissa: Double, exponent: Double) {
    // The top exponent bit is set from 2 on. A branch would be mispredicted half of the time.
    let carry = mantissa.bitPattern >> 62
    self.mantissa = mantissa * Double(bitPattern: (1.0).bitPattern &- carry << 52)
    self.exponent = exponent + Double(bitPattern: (1.0).bitPattern & (0 &- carry))
  }

  /// The number `value`; NaN if it is negative, infinite or NaN.
  package init(_ value: Double) {
    if value == 0 {
      self = .zero
    } else if value > 0 && value.isFinite {
      self.init(normalized: value.significand, exponent: Double(value.exponent))
    } else {
      self = .nan
    }
  }

  /// e to the power of `x`; zero at `-inf`, NaN at `+inf` and NaN.
  ///
  /// `x · log2(e)` is reduced with a two-part constant. The relative error is below 2^-51 for `|x|
  /// < 1e15`, where a `Double` still has fractions, and 2^-52 · `|x|` beyond.
  package init(exponentialOf x: Double) {
    guard x.isFinite else {
      self = x == -.infinity ? .zero : .nan
      return
    }
    let power = (x * Self.log2e).rounded()
    guard power.magnitude < 0x1p51 else {
      // Consecutive `Double`s are too far apart here for a fraction.
      self = power == .infinity ? .nan : Self(normalized: 1, exponent: power)
      return
    }
    let fraction = (-power).addingProduct(x, Self.log2e) + x * Self.log2eTail
    let scale = exp2(fraction)
    self =
      scale < 1
      ? Self(normalized: scale * 2, exponent: power - 1) : Self(normalized: scale, exponent: power)
  }

  private static let log2e = 1.4426950408889634
  private static let log2eTail = 2.0355273740931033e-17
  private static let ln2 = 0.6931471805599453
  private static let ln2Tail = 2.3190468138462996e-17

  /// Not a number. Any sum or product with NaN is NaN.
  package static let nan = Self(normalized: .nan, exponent: 0)

  /// Whether this is ``nan``.
  package var isNaN: Bool { mantissa.isNaN }

  /// Whether this is 0, or so small that even its logarithm exceeds `Double`'s range.
  package var isZero: Bool { mantissa == 0 || exponent == -.infinity }

  /// The natural logarithm: `-inf` for zero, NaN for NaN.
  ///
  /// Correct to about one rounding of the result, and to an absolute error of 1e-16 near 1.
  package var logarithm: Double {
    if mantissa == 0 { return -.infinity }
    // Near 1 from below (1.99… · 2^-1) the two terms would cancel.
    if exponent == -1 { return log(mantissa / 2) }
    return (exponent * Self.ln2Tail + log(mantissa)).addingProduct(exponent, Self.ln2)
  }

  /// The nearest `Double`; 0 below 2^-1022, infinite above its range.
  package var value: Double { exponent > 1023 ? .infinity : mantissa * Self.powerOfTwo(exponent) }

  /// `self / whole` as a `Double`, for a part of a whole; 0 if it is below 2^-1022.
  @inline(__always)
  func fraction(of whole: ExtendedRange) -> Double {
    mantissa / whole.mantissa * Self.powerOfTwo(exponent - whole.exponent)
  }

  /// The quotient; NaN if the divisor is zero.
  package static func / (left: Self, right: Self) -> Self {
    if right.mantissa == 0 || left.isNaN || right.isNaN { return .nan }
    if left.mantissa == 0 { return .zero }
    let quotient = left.mantissa / right.mantissa
    let exponent = left.exponent - right.exponent
    return quotient < 1
      ? Self(normalized: quotient * 2, exponent: exponent - 1)
      : Self(normalized: quotient, exponent: exponent)
  }

  /// 2^`exponent` for integral exponents up to 1023; 0 below -1022, for `-inf` and for NaN.
  ///
  /// Adding 2^52 leaves the integer in the lowest bits of the pattern, without a branch or a
  /// conversion.
  @inline(__always)
  static func powerOfTwo(_ exponent: Double) -> Double {
    let clamped = exponent > -1023 ? exponent : -1023
    return Double(bitPattern: (clamped + (1023 + 0x1p52)).bitPattern << 52)
  }
}

extension ExtendedRange: Comparable {
  /// Compares the numbers; false if one is NaN.
  package static func < (left: Self, right: Self) -> Bool {
    left.exponent != right.exponent && !left.isNaN && !right.isNaN
      ? left.exponent < right.exponent : left.mantissa < right.mantissa
  }
}
