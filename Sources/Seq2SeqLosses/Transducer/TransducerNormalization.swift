/// How a row of the joiner is converted to probabilities. Derivatives are with respect to the row.
public enum TransducerNormalization: String, Sendable, CaseIterable {
  /// A softmax over the tokens, and one over the durations.
  case softmax
  /// A logistic function of the blank's logit, and a softmax of the other tokens times the
  /// remaining probability (HAT, Variani et al. 2020, arXiv 2003.07705).
  case factored
  /// None: rows contain natural logarithms of probabilities, which are used as they are. The
  /// derivative is minus the posterior that a path uses an entry. Only entries that some path can
  /// use are read.
  case none
}

/// Speech that may be missing from the transcript at the beginning and the end of a sample
/// (W-transducer, Laptev et al. 2023, arXiv 2303.10384).
///
/// In addition to its moves, a path may jump from the first node over any number of frames, but not
/// over all. After the last label, it may jump from any frame to the end.
public struct TransducerWildcard: Sendable, Hashable {
  /// Added to a path's log-probability for each jump, in nats.
  public var logWeight: Double
  /// Whether a path that jumps to the end must still emit the blank of the last frame (NeMo's
  /// `force_final`), or ends directly (`allow_ignore`).
  public var endsWithBlank: Bool

  /// Jumps without a cost that end before the last blank, as by default in NeMo.
  public init(logWeight: Double = 0, endsWithBlank: Bool = true) {
    self.logWeight = logWeight
    self.endsWithBlank = endsWithBlank
  }
}
