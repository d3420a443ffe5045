/// Limits of what a single option or value may add to a score.
enum ScoreLimit {
  /// The largest magnitude of a boost, a bonus, a penalty or a weight: 1e9 nats.
  ///
  /// Beyond it, sums of scores would lose the digits of the log-probabilities, and sums of the
  /// largest numbers would be infinite.
  static let magnitude = 1e9

  /// The largest magnitude of a frame's largest value. Sums over any number of frames that fit in
  /// memory stay finite.
  static let value = 1e290
}
