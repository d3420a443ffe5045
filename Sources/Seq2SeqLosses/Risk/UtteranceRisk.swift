/// The value of one utterance's hypotheses and its derivatives, in the columns that the hypotheses use.
protocol UtteranceDerivatives {
  /// The vocabulary index of each column.
  var tokens: [Int32] { get }
  /// The value, without the reference's part.
  func value() -> Double
  /// The value and its gradient, `[frames, columns]`: zeros if no hypothesis is possible.
  func valueAndGradient() -> (value: Double, gradient: UnsafePointer<Double>)
  /// The Hessian-vector product, `[frames, columns]`, for the direction of a sample.
  func hessianVectorProduct<Source: LogitElement>(
    along direction: StridedBuffer<Source>, _ sample: Int
  ) -> UnsafePointer<Double>
}

/// The implementation in one of the kernels' types.
struct UtteranceRisk<Element: LogitElement>: UtteranceDerivatives {
  let columns: HypothesisColumns<Element>
  let risks: [Double]
  let options: ExpectedRisk

  var tokens: [Int32] { columns.tokens }

  func value() -> Double { value(distribution(columns.sequences.map(columns.loss))) }

  func valueAndGradient() -> (value: Double, gradient: UnsafePointer<Double>) {
    if options.scoreScale == 1, let result = inOnePass() { return result }
    let distribution = distribution(columns.sequences.map(columns.loss))
    let gradient = columns.zeros()
    for sequence in distribution.sequencesThatCount(beyond: Element.unitRoundoff) {
      columns.addPosteriors(
        sequence, times: options.scoreScale * distribution.weights[sequence], to: gradient)
    }
    return (value(distribution), UnsafePointer(gradient))
  }

  /// Both from one pass, which finds each sequence's weight as it goes; `nil` where this lacks range or digits.
  private func inOnePass() -> (value: Double, gradient: UnsafePointer<Double>)? {
    guard let (shares, first, sums) = columns.sharesAndSums(risks: risks) else { return nil }
    let distribution = RiskDistribution(shares: shares, risks: risks, scoreScale: 1)
    // The sums take risks relative to the first one's. If all but a millionth of the probability is another
    // sequence's, the rest would be a small difference of large numbers.
    guard distribution.best == first || distribution.probabilities[distribution.best] < 1 - 0x1p-20
    else { return nil }
    let total = shares.reduce(0, +)
    let mean = distribution.mean(beside: risks[first])
    for index in 0..<columns.count {
      sums[index] = (sums[2 * index] - mean * sums[2 * index + 1]) / total
    }
    return (value(distribution), UnsafePointer(sums))
  }

  func hessianVectorProduct<Source: LogitElement>(
    along direction: StridedBuffer<Source>, _ sample: Int
  ) -> UnsafePointer<Double> {
    // The derivative of a weighted sum of posteriors: both the weights and the posteriors change.
    let direction = columns.columns(of: direction, sample)
    var losses: [Double] = []
    var slopes: [Double] = []
    for sequence in columns.sequences {
      let posteriors = columns.zeros()
      losses.append(columns.addPosteriors(sequence, times: 1, to: posteriors))
      slopes.append(columns.slope(posteriors, along: direction))
    }
    let distribution = distribution(losses)
    let changes = distribution.weightTangents(along: slopes)
    let product = columns.zeros()
    for (sequence, weight) in distribution.weights.enumerated()
    where distribution.probabilities[sequence] > 0 {
      columns.addPosteriors(
        sequence, times: options.scoreScale * changes[sequence], to: product)
      columns.addTangents(
        sequence, along: direction, times: options.scoreScale * weight, to: product)
    }
    return UnsafePointer(product)
  }

  private func distribution(_ losses: [Double]) -> RiskDistribution {
    RiskDistribution(losses: losses, risks: risks, scoreScale: options.scoreScale)
  }

  private func value(_ distribution: RiskDistribution) -> Double {
    switch options.baseline {
    case .none: distribution.mean
    case .mean:
      distribution.mean - (risks.isEmpty ? 0 : risks.reduce(0, +) / Double(risks.count))
    }
  }
}
