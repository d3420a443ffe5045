import Seq2SeqLosses

/// The errors of many utterances, with totals and confidence intervals.
public struct CorpusErrors: Sendable {
  /// The counts of each utterance.
  public var utterances: [ErrorCounts]

  /// The errors of these utterances.
  public init(_ utterances: [ErrorCounts] = []) { self.utterances = utterances }

  /// The sum of all counts.
  public var total: ErrorCounts { utterances.reduce(ErrorCounts(), +) }

  /// All errors divided by the number of elements of all references; infinity if the references are
  /// empty but there are errors.
  public var rate: Double { total.rate }

  /// A confidence interval of the error rate by the bootstrap: percentiles of the rates of corpora
  /// that are drawn, with replacement, from the utterances (Bisani and Ney, ICASSP 2004).
  ///
  /// A corpus whose references are all empty has no rate, so such draws are ignored.
  ///
  /// - Parameters:
  ///   - confidence: The fraction of the drawn rates in the interval, above 0 and below 1.
  ///   - resamples: The number of corpora that are drawn, 1 to a million.
  ///   - seed: The same seed draws the same corpora.
  /// - Returns: Two finite rates; `nil` if there are no utterances, or if every draw is ignored.
  /// - Throws: `InputError` if `confidence` or `resamples` is out of range.
  public func bootstrapInterval(
    confidence: Double = 0.95, resamples: Int = 1000, seed: UInt64 = 0
  ) throws(InputError) -> ClosedRange<Double>? {
    guard confidence > 0 && confidence < 1 else {
      throw InputError("confidence", "\(confidence) is not between 0 and 1")
    }
    try Self.check(resamples)
    guard !utterances.isEmpty else { return nil }
    var generator = SplitMix64(seed: seed)
    let rates = (0..<resamples).compactMap { _ in
      let drawn = utterances.indices.reduce(ErrorCounts()) { sum, _ in
        sum + utterances[Int.random(in: utterances.indices, using: &generator)]
      }
      return drawn.referenceLength > 0 ? drawn.rate : nil
    }.sorted()
    guard !rates.isEmpty else { return nil }
    let outside = (1 - confidence) / 2
    func percentile(_ part: Double) -> Double {
      rates[min(rates.count - 1, max(0, Int((part * Double(rates.count)).rounded(.down))))]
    }
    return percentile(outside)...percentile(1 - outside)
  }

  /// The fraction of the drawn corpora on which this system makes fewer errors than `other` on the
  /// same utterances.
  ///
  /// - Parameters:
  ///   - other: The errors of the other system, for the same utterances in the same order.
  ///   - resamples: The number of corpora that are drawn, 1 to a million.
  ///   - seed: The same seed draws the same corpora.
  /// - Returns: `nil` if the systems have different numbers of utterances, or none.
  /// - Throws: `InputError` if `resamples` is out of range.
  public func probabilityOfImprovement(
    over other: CorpusErrors, resamples: Int = 1000, seed: UInt64 = 0
  ) throws(InputError) -> Double? {
    try Self.check(resamples)
    guard !utterances.isEmpty, utterances.count == other.utterances.count else { return nil }
    var generator = SplitMix64(seed: seed)
    let wins = (0..<resamples).count { _ in
      utterances.indices.reduce(0) { sum, _ in
        let index = Int.random(in: utterances.indices, using: &generator)
        return sum + utterances[index].errors - other.utterances[index].errors
      } < 0
    }
    return Double(wins) / Double(resamples)
  }

  private static func check(_ resamples: Int) throws(InputError) {
    guard (1...1_000_000).contains(resamples) else {
      throw InputError("resamples", "\(resamples) is outside 1...1000000")
    }
  }
}
