/// One path through a sample's frames that collapses to its labels.
public struct CTCAlignment: Sendable, Equatable {
  /// The vocabulary index that each frame emits, `[frames]`; empty if there is no path.
  public let tokens: [Int]
  /// For each frame, the index of its label in the label sequence; nil for the blank.
  ///
  /// It distinguishes one label in two neighboring frames from a repeated label.
  public let labelIndices: [Int?]
  /// The natural logarithm of the path's probability; `-inf` if there is no path, NaN if the
  /// sample's frames contain NaN. The path's posterior log-probability is this plus the loss.
  public let logProbability: Double

  /// The alignment of a sample without a path.
  init(none logProbability: Double) {
    self.init(tokens: [], labelIndices: [], logProbability: logProbability)
  }

  init(tokens: [Int], labelIndices: [Int?], logProbability: Double) {
    self.tokens = tokens
    self.labelIndices = labelIndices
    self.logProbability = logProbability
  }
}
