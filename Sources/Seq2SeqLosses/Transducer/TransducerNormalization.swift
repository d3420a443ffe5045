/// How a row of the joiner becomes probabilities. Derivatives are by the row's values.
public enum TransducerNormalization: String, Sendable, CaseIterable {
  /// A softmax over the tokens, and one over the durations. Rows hold logits.
  case softmax
  /// A logistic function of the blank's logit, and a softmax over the other tokens times the probability of no blank
  /// (HAT, Variani et al. 2020, arXiv 2003.07705). Rows hold logits.
  case factored
  /// None: rows hold natural logarithms of probabilities, which are free variables. The gradient is minus the posterior
  /// probability that a path uses the entry. Only entries that some path can use are read.
  case none
}

/// A wildcard for speech that is missing from the start or the end of a transcript (W-transducer, Laptev et al. 2023,
/// arXiv 2303.10384).
///
/// Besides its moves, a path may jump from the first node over any number of frames except all of them, and from any frame
/// to the end after the last label.
public struct TransducerWildcard: Sendable, Hashable {
  /// The log-weight of a jump, in nats, added to the path's log-probability.
  public var logWeight: Double
  /// Whether a path that jumps to the end must still emit the blank of the last frame (NeMo's `force_final`) or not
  /// (`allow_ignore`).
  public var endsWithBlank: Bool

  /// A wildcard. By default, jumps have a weight of 1 and end before the last blank, as in NeMo.
  ///
  /// - Parameters:
  ///   - logWeight: The log-weight of a jump, in nats.
  ///   - endsWithBlank: Whether a path that jumps to the end must still emit the blank of the last frame.
  public init(logWeight: Double = 0, endsWithBlank: Bool = true) {
    self.logWeight = logWeight
    self.endsWithBlank = endsWithBlank
  }
}
