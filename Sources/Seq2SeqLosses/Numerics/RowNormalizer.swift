import CLibrary

/// The logarithm of the sum of a row's exponentials, in two parts, so that it keeps its digits for
/// very large logits.
package struct RowNormalizer: BitwiseCopyable, Sendable {
  /// The largest value of the row.
  package let largest: Double
  /// The logarithm of the sum of `exp(value - largest)`.
  package let logSum: Double

  /// The normalizer of a row; `nil` if the row contains NaN or its largest value is not finite.
  package init?(_ row: UnsafePointer<Double>, count: Int) {
    self.init(row, count: count) { largest in
      var sums = SIMD8<Double>(repeating: 0)
      forEachExponential(row, count: count, minus: largest) { sums += $2 }
      return sums.sum()
    }
  }

  /// The same; `sum` computes the sum of `exp(value - largest)`.
  init?(
    _ row: UnsafePointer<Double>, count: Int, sum: (_ largest: Double) -> Double
  ) {
    guard let largest = largestNumber(row, count: count), largest.isFinite else { return nil }
    self.largest = largest
    logSum = log(sum(largest))
  }

  /// The logarithm of the softmax for a value of the row; at most 0.
  package func logProbability(of value: Double) -> Double { value - largest - logSum }
}
