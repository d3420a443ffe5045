/// One path of a transducer through a sample's frames and labels.
public struct TransducerAlignment: Sendable, Equatable {
  /// A move of the path.
  public struct Step: Sendable, Equatable {
    /// The frame and the position (the labels before) that it leaves.
    public let frame, position: Int
    /// The vocabulary index that it emits: a blank, or the label at ``position``.
    public let token: Int
    /// Whether it emits a label.
    public let isLabel: Bool
    /// The frames that it takes; 0 for a label of the standard topology.
    public let frames: Int
    /// The natural logarithm of its probability; for a topology with durations, of both its token's and its
    /// duration's.
    public let logProbability: Double
  }

  /// The path's moves, in order; empty where there is no path. What a wildcard leaves out is no move.
  public let steps: [Step]
  /// The natural logarithm of the path's probability; `-inf` where no path is possible, NaN where the sample's rows
  /// hold NaN. Not of its posterior: subtract minus the loss for that.
  public let logProbability: Double

  /// For each label the frames at which it is emitted: the one that its move leaves, and those that the move takes.
  public var labelSpans: [Range<Int>] {
    steps.filter(\.isLabel).map { $0.frame..<$0.frame + max(1, $0.frames) }
  }

  /// What stands for the alignment of a sample that has none.
  init(none logProbability: Double) {
    self.init(steps: [], logProbability: logProbability)
  }

  init(steps: [Step], logProbability: Double) {
    self.steps = steps
    self.logProbability = logProbability
  }
}
