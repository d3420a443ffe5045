import CLibrary

/// A compensated sum (Neumaier 1974): as precise as if it were computed in twice the precision.
struct CompensatedSum {
  private var high = 0.0
  private var low = 0.0

  /// The sum, rounded once; infinite if it is out of range.
  var value: Double { high.isFinite ? high + low : high }

  @inline(__always)
  mutating func add(_ term: Double) {
    let sum = high + term
    let rounded = sum - high
    // The rounding error of the addition, whichever term is larger (Knuth's two-sum).
    low += (high - (sum - rounded)) + (term - rounded)
    high = sum
  }

  /// Adds the logarithm of `mantissa · 2^exponent`, for a positive mantissa and an integral
  /// exponent.
  mutating func addLogarithm(mantissa: Double, exponent: Double) {
    // Chooses a mantissa around 1, so that the logarithms of numbers near 1 keep their digits.
    let isLarge = mantissa.significand > 1.4142135623730951
    let reduced = isLarge ? mantissa.significand / 2 : mantissa.significand
    let power = exponent + Double(mantissa.exponent) + (isLarge ? 1 : 0)
    let product = power * Self.ln2
    add(product)
    add((-product).addingProduct(power, Self.ln2) + power * Self.ln2Tail)
    add(log(reduced))
  }

  private static let ln2 = 0.6931471805599453
  private static let ln2Tail = 2.3190468138462996e-17
}
