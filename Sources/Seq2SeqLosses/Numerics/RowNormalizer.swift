import CLibrary

/// The logarithm of the sum of a row's exponentials, in two parts that keep their digits where logits are enormous.
package struct RowNormalizer: BitwiseCopyable, Sendable {
  /// The largest value of the row.
  package let largest: Double
  /// The logarithm of the sum of `exp(value - largest)`.
  package let logSum: Double

  /// The normalizer of a row; `nil` where the row has NaN or its largest value is not finite.
  package init?(_ row: UnsafePointer<Double>, count: Int) {
    guard let largest = largestNumber(row, count: count), largest.isFinite else { return nil }
    var sums = SIMD8<Double>(repeating: 0)
    forEachExponential(row, count: count, minus: largest) { sums += $2 }
    self.init(largest: largest, sum: sums.sum())
  }

  /// The normalizer of a row with this largest value and sum of `exp(value - largest)`.
  init(largest: Double, sum: Double) {
    self.largest = largest
    logSum = log(sum)
  }

  /// The logarithm of the softmax where the row has `value`; at most 0 for its values.
  package func logProbability(of value: Double) -> Double { value - largest - logSum }
}
