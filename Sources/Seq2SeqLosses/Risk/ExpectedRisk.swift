/// How the risks of an utterance's hypotheses become one number: the choices of minimum risk training.
///
/// With the hypotheses y_n, their risks r_n and their probabilities `P(y_n)` by the model, the value is
///
///     Σ p_n · (r_n - b) + referenceWeight · loss(reference),   p_n = P(y_n)^s / Σ_m P(y_m)^s
///
/// where s is ``scoreScale`` and b the ``baseline``. Lists of n best: Prabhavalkar et al. 2018,
/// arXiv 1712.01818, equations 3 and 5; for transducers arXiv 2007.13802.
public struct ExpectedRisk: Sendable, Equatable {
  /// What is subtracted from each risk. As the p_n add up to one it changes the value, not its derivatives.
  public enum Baseline: String, Sendable, CaseIterable {
    /// Nothing: the value is an expected number of errors, if risks are those.
    case none
    /// The mean of the risks of the utterance's distinct hypotheses, as in the paper: below zero where the
    /// model prefers the better ones.
    case mean
  }

  /// What log-probabilities are multiplied by before they are normalised, a number without unit; 1 for the
  /// model's own distribution, less to flatten it (what k2 calls temperature is its inverse).
  public var scoreScale = 1.0
  /// What is subtracted from each risk.
  public var baseline = Baseline.mean
  /// How much of the reference's own loss, in nats, is added; the paper has 0.01, where risks are numbers of words.
  public var referenceWeight = 0.0

  /// A choice; nothing is checked until it sees a batch.
  public init(
    scoreScale: Double = 1, baseline: Baseline = .mean, referenceWeight: Double = 0
  ) {
    self.scoreScale = scoreScale
    self.baseline = baseline
    self.referenceWeight = referenceWeight
  }

  /// Throws unless these are numbers, and there are the references that they need.
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
