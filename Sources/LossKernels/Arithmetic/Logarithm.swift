/// The natural logarithms of positive normal numbers, by the series of artanh((m - √2) / (m + √2))
/// for mantissas m in 1..<2. The truncation error is below 1e-17.
@inline(__always)
func logarithm(_ x: Lanes) -> Lanes {
  let mantissa = significand(x)
  let root = Lanes(repeating: 1.4142135623730951)
  let ratio = quotient(difference(mantissa, root), sum(mantissa, root))
  let square = product(ratio, ratio)
  var series = Lanes(repeating: 2 / 21)
  series = multiplyAdd(series, square, Lanes(repeating: 2 / 19))
  series = multiplyAdd(series, square, Lanes(repeating: 2 / 17))
  series = multiplyAdd(series, square, Lanes(repeating: 2 / 15))
  series = multiplyAdd(series, square, Lanes(repeating: 2 / 13))
  series = multiplyAdd(series, square, Lanes(repeating: 2 / 11))
  series = multiplyAdd(series, square, Lanes(repeating: 2 / 9))
  series = multiplyAdd(series, square, Lanes(repeating: 2 / 7))
  series = multiplyAdd(series, square, Lanes(repeating: 2 / 5))
  series = multiplyAdd(series, square, Lanes(repeating: 2 / 3))
  series = multiplyAdd(series, square, Lanes(repeating: 2))
  // Half a power of two more, for the √2.
  let exponent = sum(binaryExponent(x), Lanes(repeating: 0.5))
  return multiplyAdd(exponent, Lanes(repeating: 0.6931471805599453), product(series, ratio))
}
