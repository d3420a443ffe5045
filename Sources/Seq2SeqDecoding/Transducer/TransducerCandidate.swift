/// A candidate for a beam: a prefix with one more token.
struct TransducerCandidate: BitwiseCopyable {
  var score: Double
  /// The parent's paths, extended by the move.
  var paths: TransducerBeam.Paths
  /// The log-probability of the move, and of its token alone.
  var logProbability: Double
  var tokenLogProbability: Double
  var extended: PrefixExtension

  /// Whether it precedes another candidate: by its score, then in the order of extensions.
  static func precedes(_ left: TransducerCandidate, _ right: TransducerCandidate) -> Bool {
    if left.score != right.score { return left.score > right.score }
    return PrefixExtension.precedes(left.extended, right.extended)
  }
}
