/// How much a single option or value may add to a score.
enum ScoreLimit {
  /// The largest magnitude of a boost, a bonus, a penalty or a weight: 1e9 nats.
  ///
  /// Sums of more would have no digits left for the posteriors, and of the largest numbers be infinite.
  static let magnitude = 1e9

  /// The largest magnitude of a frame's largest value: sums over all frames that fit in memory stay finite.
  static let value = 1e290
}
