/// How the risks of an utterance's hypotheses become one number: the options of minimum risk training.
///
/// With hypotheses y_n, their risks r_n and their probabilities `P(y_n)` by the model, the value is
///
///     Σ p_n · (r_n - b) + referenceWeight · loss(reference),   p_n = P(y_n)^s / Σ_m P(y_m)^s
///
/// where s is ``scoreScale`` and b the ``baseline``. Sources: Prabhavalkar et al. 2018, arXiv 1712.01818, equations 3
/// and 5; for transducers Guo et al. 2020, arXiv 2007.13802.
public struct ExpectedRisk: Sendable, Equatable {
  /// The number that is subtracted from each risk. The p_n sum to one, so this changes the value, not its derivatives.
  public enum Baseline: String, Sendable, CaseIterable {
    /// Nothing: if risks are numbers of errors, the value is their expectation.
    case none
    /// The mean of the risks of the utterance's distinct hypotheses, as in the paper: the value is below zero if the model
    /// prefers the better hypotheses.
    case mean
  }

  /// A factor of log-probabilities before they are normalized over the hypotheses: 1 for the model's own distribution,
  /// less to flatten it. k2's temperature is its inverse.
  public var scoreScale = 1.0
  /// The number that is subtracted from each risk.
  public var baseline = Baseline.mean
  /// The weight of the reference's loss, in nats, that is added; 0.01 in the paper, whose risks are numbers of wrong
  /// words.
  public var referenceWeight = 0.0

  /// Options; nothing is checked until a loss sees them.
  ///
  /// - Parameters:
  ///   - scoreScale: A factor of log-probabilities before they are normalized.
  ///   - baseline: The number that is subtracted from each risk.
  ///   - referenceWeight: The weight of the reference's loss, 0 or more.
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
