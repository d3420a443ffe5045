/// A prefix with one more token, which may come into a beam.
struct TransducerCandidate: BitwiseCopyable {
  var score: Double
  /// The parent's paths with the move.
  var paths: TransducerBeam.Paths
  /// The log-probability of the move, and of its token alone.
  var logProbability: Double
  var tokenLogProbability: Double
  var extended: PrefixExtension

  /// Whether it comes before another: by its score, then as the extensions do.
  static func precedes(_ left: TransducerCandidate, _ right: TransducerCandidate) -> Bool {
    if left.score != right.score { return left.score > right.score }
    return PrefixExtension.precedes(left.extended, right.extended)
  }
}
