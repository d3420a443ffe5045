// Eight numbers `mantissa · 2^exponent`, mantissas in 1..<2, exponents whole: nothing underflows.

/// The exponent of zero, whose mantissa is any number in 1..<2: far below all that products of probabilities
/// reach, and far from where exponents overflow.
let zeroExponent = -0x1p60

struct ExtendedLanes {
  var mantissa: Lanes
  var exponent: Lanes

  @inline(__always)
  init(mantissa: Lanes, exponent: Lanes) {
    self.mantissa = mantissa
    self.exponent = exponent
  }

  /// A positive mantissa of any size is brought into 1..<2.
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
    // Minus infinity is what clamping took off only from itself.
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
