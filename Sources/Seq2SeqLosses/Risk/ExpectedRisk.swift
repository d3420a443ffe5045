/// The options of minimum risk training: how the risks of an utterance's hypotheses are combined.
///
/// With the hypotheses y_n, their risks r_n and their probabilities `P(y_n)` according to the
/// model, the value is
///
///     Σ p_n · (r_n - b) + referenceWeight · loss(reference),   p_n = P(y_n)^s / Σ_m P(y_m)^s
///
/// where s is ``scoreScale`` and b the ``baseline``. Sources: Prabhavalkar et al. 2018, arXiv
/// 1712.01818, equations 3 and 5 (n-best lists); arXiv 2007.13802 (transducers).
public struct ExpectedRisk: Sendable, Equatable {
  /// The number that is subtracted from each risk. Because the p_n add up to one, it changes the
  /// value but not its derivatives.
  public enum Baseline: String, Sendable, CaseIterable {
    /// Zero: the value is the expected risk.
    case none
    /// The mean of the risks of the utterance's distinct hypotheses, as in the paper. The value is
    /// then negative if the model prefers the better hypotheses.
    case mean
  }

  /// The factor of log-probabilities before they are normalized. 1 is the model's own distribution;
  /// smaller values flatten it. k2's `temperature` is the inverse.
  public var scoreScale = 1.0
  /// The number that is subtracted from each risk.
  public var baseline = Baseline.mean
  /// The weight of the reference's own loss, which is in nats. The paper uses 0.01, with risks that
  /// are numbers of words.
  public var referenceWeight = 0.0

  /// Options. Nothing is checked until they are used with a batch.
  public init(
    scoreScale: Double = 1, baseline: Baseline = .mean, referenceWeight: Double = 0
  ) {
    self.scoreScale = scoreScale
    self.baseline = baseline
    self.referenceWeight = referenceWeight
  }

  /// Throws unless the options are finite, and the references are there if they are needed.
  func check(hasReferences: Bool) throws(InputError) {
    for (name, value) in [("scoreScale", scoreScale), ("referenceWeight", referenceWeight)]
    where !value.isFinite {
      throw InputError(name, "\(value) is not finite")
    }
    guard referenceWeight >= 0 else {
      throw InputError("referenceWeight", "\(referenceWeight) is negative")
    }
    guard hasReferences || referenceWeight == 0 else {
      throw InputError("references", "none, with a referenceWeight of \(referenceWeight)")
    }
  }
}
