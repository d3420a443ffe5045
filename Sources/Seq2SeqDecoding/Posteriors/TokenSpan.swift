/// The frames of a token.
public struct TokenSpan: Sendable, Equatable {
  /// The token.
  public var token: Int
  /// The token's frames on the best path; never empty.
  public var frames: Range<Int>
  /// The sum of the token's log-probabilities over these frames.
  public var logProbability: Double
  /// How certain the model is of the token, from 0 to 1; see ``ConfidenceMeasure``.
  public var confidence: Double

  /// The span of a token.
  public init(token: Int, frames: Range<Int>, logProbability: Double, confidence: Double) {
    self.token = token
    self.frames = frames
    self.logProbability = logProbability
    self.confidence = confidence
  }
}
