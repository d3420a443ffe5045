/// One path through a sample's frames that collapses to its labels.
public struct CTCAlignment: Sendable, Equatable {
  /// The vocabulary index that each frame emits, `[frames]`; empty where there is no path.
  public let tokens: [Int]
  /// For each frame the index, in the label sequence, of the label it emits; nil for the blank.
  ///
  /// Two neighbouring frames of one label are told from a repeated label by this index.
  public let labelIndices: [Int?]
  /// The natural logarithm of the path's probability; `-inf` where no path is possible, NaN where
  /// the sample's frames hold NaN. Not of its posterior: subtract minus the loss for that.
  public let logProbability: Double

  /// What stands for the alignment of a sample that has none.
  init(none logProbability: Double) {
    self.init(tokens: [], labelIndices: [], logProbability: logProbability)
  }

  init(tokens: [Int], labelIndices: [Int?], logProbability: Double) {
    self.tokens = tokens
    self.labelIndices = labelIndices
    self.logProbability = logProbability
  }
}
