/// A progress report of ``DigitStringTraining``.
public struct TrainingProgress: Sendable, Equatable {
  /// Losses and errors on strings of held-out images; see ``DigitGlyphs``.
  public struct Score: Sendable, Equatable {
    /// The mean loss of a string.
    public let loss: Double
    /// The number of edits divided by the number of digits; 0 if all strings are read correctly.
    public let characterErrorRate: Double
  }

  /// The number of steps taken.
  public let step: Int
  /// The mean loss of a training string over the steps since the last report.
  public let trainingLoss: Double
  /// The network's score after this step.
  public let heldOut: Score
}
