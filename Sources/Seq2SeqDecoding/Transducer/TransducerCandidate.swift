/// A prefix with a further token, which may come into a beam.
struct TransducerCandidate: BitwiseCopyable {
  var score: Double
  /// The parent's paths with the move.
  var paths: TransducerBeam.Paths
  /// The log-probability of the move, and of its token alone.
  var logProbability: Double
  var tokenLogProbability: Double
  var parent: Int32
  var token: Int32
  var word: Int32
  /// The index of what the fusion says of it, -1 for nothing.
  var extended: Int32

  /// Whether it comes before another: by its score, then the older parent, the lower token, the lower word.
  static func precedes(_ left: TransducerCandidate, _ right: TransducerCandidate) -> Bool {
    if left.score != right.score { return left.score > right.score }
    if left.parent != right.parent { return left.parent < right.parent }
    if left.token != right.token { return left.token < right.token }
    return left.word < right.word
  }
}
