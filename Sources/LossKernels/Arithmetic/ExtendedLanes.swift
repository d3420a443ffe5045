// Eight numbers `mantissa · 2^exponent`, with mantissas in 1..<2 and integral exponents, so nothing
// underflows.

/// The exponent of zero, whose mantissa may be any number in 1..<2. It is far below the exponents
/// of all products of probabilities, and far from overflow.
let zeroExponent = -0x1p60

struct ExtendedLanes {
  var mantissa: Lanes
  var exponent: Lanes

  @inline(__always)
  init(mantissa: Lanes, exponent: Lanes) {
    self.mantissa = mantissa
    self.exponent = exponent
  }

  /// Normalizes a positive mantissa of any size to 1..<2.
  @inline(__always)
  init(positive mantissa: Lanes, exponent: Lanes) {
    self.mantissa = significand(mantissa)
    self.exponent = sum(exponent, binaryExponent(mantissa))
  }

  /// e^x for x from -2^30 to 2^30; zero at `-inf`.
  @inline(__always)
  init(exponentialOf x: Lanes) {
    let magic = Lanes(repeating: 0x1.8p52)
    let clamped = larger(x, Lanes(repeating: -0x1p30))
    let rounded = multiplyAdd(clamped, Lanes(repeating: 1.4426950408889634), magic)
    let whole = difference(magic, rounded)
    var rest = multiplyAdd(whole, Lanes(repeating: 0x1.62e42feep-1), clamped)
    rest = multiplyAdd(whole, Lanes(repeating: 0x1.a39ef35793c76p-33), rest)
    // Clamping changed only -inf by an infinite amount.
    let exponent = difference(difference(x, clamped), whole)
    self.init(
      positive: Double.exponentialSeries(rest),
      exponent: larger(exponent, Lanes(repeating: zeroExponent)))
  }

  @inline(__always)
  static func * (a: Self, b: Self) -> Self {
    Self(positive: product(a.mantissa, b.mantissa), exponent: sum(a.exponent, b.exponent))
  }

  @inline(__always)
  static func + (a: Self, b: Self) -> Self {
    let exponent = larger(a.exponent, b.exponent)
    return Self(
      positive: sum(
        product(a.mantissa, powerOfTwo(difference(a.exponent, exponent))),
        product(b.mantissa, powerOfTwo(difference(b.exponent, exponent)))),
      exponent: exponent)
  }

  @inline(__always)
  static var zero: Self {
    Self(mantissa: Lanes(repeating: 1), exponent: Lanes(repeating: zeroExponent))
  }
}
