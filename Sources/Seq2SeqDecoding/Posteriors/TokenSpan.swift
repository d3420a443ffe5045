/// Where a token is heard or seen.
public struct TokenSpan: Sendable, Equatable {
  /// The token.
  public var token: Int
  /// Its frames on the best path; never empty.
  public var frames: Range<Int>
  /// The sum of its log-probabilities over these frames.
  public var logProbability: Double
  /// How sure the posteriors are of it, 0 to 1.
  public var confidence: Double

  /// A token's place.
  public init(token: Int, frames: Range<Int>, logProbability: Double, confidence: Double) {
    self.token = token
    self.frames = frames
    self.logProbability = logProbability
    self.confidence = confidence
  }
}
