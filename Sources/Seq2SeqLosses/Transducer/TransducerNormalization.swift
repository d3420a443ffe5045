/// How a row of the joiner becomes probabilities, and so what derivatives are taken with respect to.
public enum TransducerNormalization: String, Sendable, CaseIterable {
  /// By a softmax over the tokens (and one over the durations); derivatives are w.r.t. the logits.
  case softmax
  /// The blank by a logistic function of its logit, all other tokens by a softmax of theirs times what the blank
  /// leaves (HAT, Variani et al. 2020, arXiv 2003.07705); derivatives are w.r.t. the logits.
  case factored
  /// Not at all: rows hold natural logarithms of probabilities, taken as free variables; derivatives are w.r.t.
  /// these, minus the share of paths that use each. Only entries that some path could use are read.
  case none
}

/// What a transcript may leave out: frames at its start and at its end (W-transducer, Laptev et al. 2023,
/// arXiv 2303.10384).
///
/// Besides its moves, a path may jump from the first node over any number of frames, but not over all, and, once
/// all labels are out, from any frame to the end.
public struct TransducerWildcard: Sendable, Hashable {
  /// What a jump adds to a path's log-probability, in nats.
  public var logWeight: Double
  /// Whether a path that jumps to the end must still emit the blank of the last frame (NeMo's `force_final`), or is
  /// done (`allow_ignore`).
  public var endsWithBlank: Bool

  /// Jumps that cost nothing and end before the last blank, as NeMo's by default.
  public init(logWeight: Double = 0, endsWithBlank: Bool = true) {
    self.logWeight = logWeight
    self.endsWithBlank = endsWithBlank
  }
}
