import CLibrary

/// The distribution over an utterance's hypotheses that their losses make, and the mean of their risks.
///
/// It serves any model, since only differences of losses count. With `p_n` the probabilities and R the mean risk, the
/// derivative of R by `-loss_n` is `scoreScale · p_n (r_n - R)`. These add up to zero, so whatever is common to
/// all losses, as a softmax's normalizer, has no part in any derivative.
struct RiskDistribution {
  /// 0 for a hypothesis of infinite loss; empty without one of finite loss.
  let probabilities: [Double]
  /// `p_n (r_n - R)`.
  let weights: [Double]
  /// R, the mean risk; `+inf` where there is no hypothesis of finite loss.
  let mean: Double

  /// The likeliest hypothesis; 0 where there is none.
  let best: Int

  private let scale: Double
  private let bestRisk: Double
  private let excess: [Double]
  private let meanExcess: Double

  /// From losses that are numbers or `+inf`.
  init(losses: [Double], risks: [Double], scoreScale: Double) {
    // Not by products with the scale, which may overflow.
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
    // Beside that of the likeliest: where its share is all but one, what is left keeps its digits.
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

  /// The mean of the risks less `risk`.
  func mean(beside risk: Double) -> Double { (bestRisk - risk) + meanExcess }

  /// The hypotheses whose weights have a part in a sum of posteriors, up to an error that is below `roundoff`
  /// times 2^-10 of the largest weight; in their order.
  ///
  /// Of a long list most are as improbable as that.
  func sequencesThatCount(beyond roundoff: Double) -> [Int] {
    let largest = weights.reduce(0) { max($0, $1.magnitude) }
    let negligible = largest * roundoff * 0x1p-10 / Double(max(1, weights.count))
    return weights.indices.filter { weights[$0] != 0 && weights[$0].magnitude >= negligible }
  }

  /// The derivatives of ``weights`` where each `-loss_n` changes by `slopes[n]`.
  func weightTangents(along slopes: [Double]) -> [Double] {
    // A hypothesis of probability zero may have any slope.
    let slopes = zip(probabilities, slopes).map { $0 == 0 ? 0 : $1 }
    let meanSlope = zip(probabilities, slopes).reduce(0) { $0 + $1.0 * $1.1 }
    let changes = zip(probabilities, slopes).map { scale * $0 * ($1 - meanSlope) }
    let meanChange = zip(changes, excess).reduce(0) { $0 + $1.0 * $1.1 }
    return changes.indices.map {
      changes[$0] * (excess[$0] - meanExcess) - probabilities[$0] * meanChange
    }
  }
}
