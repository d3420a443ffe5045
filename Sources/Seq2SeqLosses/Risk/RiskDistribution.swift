import CLibrary

/// The distribution over an utterance's hypotheses that follows from their losses, and the mean of
/// their risks.
///
/// It works for any model, because only differences of losses matter. With the probabilities `p_n`
/// and the mean risk R, the derivative of R with respect to `-loss_n` is `scoreScale · p_n (r_n -
/// R)`. These derivatives add up to zero, so a term that all losses have in common, such as a
/// softmax's normalizer, has no effect on any derivative.
struct RiskDistribution {
  /// 0 for a hypothesis with an infinite loss; empty if no loss is finite.
  let probabilities: [Double]
  /// `p_n (r_n - R)`.
  let weights: [Double]
  /// R, the mean risk; `+inf` if no loss is finite.
  let mean: Double

  /// The most probable hypothesis; 0 if there is none.
  let best: Int

  private let scale: Double
  private let bestRisk: Double
  private let excess: [Double]
  private let meanExcess: Double

  /// From losses, which are finite or `+inf`.
  init(losses: [Double], risks: [Double], scoreScale: Double) {
    // Computed without products with the scale, which may overflow.
    let best = losses.indices.filter { losses[$0] < .infinity }.max {
      scoreScale < 0 ? losses[$0] < losses[$1] : losses[$0] > losses[$1]
    }
    let largest = best.map { losses[$0] } ?? 0
    self.init(
      shares: losses.map { $0 == .infinity ? 0 : exp(scoreScale * (largest - $0)) },
      risks: risks, scoreScale: scoreScale)
  }

  /// From numbers that are proportional to the probabilities.
  init(shares: [Double], risks: [Double], scoreScale: Double) {
    scale = scoreScale
    best = shares.indices.max { shares[$0] < shares[$1] } ?? 0
    let total = shares.reduce(0, +)
    guard total > 0 else {
      (probabilities, weights, excess, meanExcess, bestRisk) = ([], [], [], 0, 0)
      mean = .infinity
      return
    }
    let probabilities = shares.map { $0 / total }
    // Relative to the risk of the most probable hypothesis, so that the others keep their digits
    // even if it has almost all of the probability.
    let bestRisk = risks[best]
    self.bestRisk = bestRisk
    let excess = risks.map { $0 - bestRisk }
    let meanExcess = zip(probabilities, excess).reduce(0) { $0 + $1.0 * $1.1 }
    self.probabilities = probabilities
    self.excess = excess
    self.meanExcess = meanExcess
    weights = zip(probabilities, excess).map { $0 * ($1 - meanExcess) }
    mean = bestRisk + meanExcess
  }

  /// The mean of the risks minus `risk`.
  func mean(beside risk: Double) -> Double { (bestRisk - risk) + meanExcess }

  /// The hypotheses whose weights matter in a sum of posteriors, in their order. The error is below
  /// `roundoff` times 2^-10 of the largest weight.
  ///
  /// Most hypotheses of a long list do not matter.
  func sequencesThatCount(beyond roundoff: Double) -> [Int] {
    let largest = weights.reduce(0) { max($0, $1.magnitude) }
    let negligible = largest * roundoff * 0x1p-10 / Double(max(1, weights.count))
    return weights.indices.filter { weights[$0] != 0 && weights[$0].magnitude >= negligible }
  }

  /// The derivatives of ``weights`` if each `-loss_n` changes by `slopes[n]`.
  func weightTangents(along slopes: [Double]) -> [Double] {
    // The slope of a hypothesis of probability zero does not matter.
    let slopes = zip(probabilities, slopes).map { $0 == 0 ? 0 : $1 }
    let meanSlope = zip(probabilities, slopes).reduce(0) { $0 + $1.0 * $1.1 }
    let changes = zip(probabilities, slopes).map { scale * $0 * ($1 - meanSlope) }
    let meanChange = zip(changes, excess).reduce(0) { $0 + $1.0 * $1.1 }
    return changes.indices.map {
      changes[$0] * (excess[$0] - meanExcess) - probabilities[$0] * meanChange
    }
  }
}
