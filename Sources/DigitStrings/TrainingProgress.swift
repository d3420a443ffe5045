/// What a step of ``DigitStringTraining`` tells its caller.
public struct TrainingProgress: Sendable, Equatable {
  /// Losses and errors on strings of held-out images; see ``DigitGlyphs``.
  public struct Score: Sendable, Equatable {
    /// The mean loss of a string.
    public let loss: Double
    /// Edits per digit of what the network reads, 0 for perfect reading.
    public let characterErrorRate: Double
  }

  /// The number of steps taken.
  public let step: Int
  /// The mean loss of a training string over the steps since the last report.
  public let trainingLoss: Double
  /// The network's score after this step.
  public let heldOut: Score
}
