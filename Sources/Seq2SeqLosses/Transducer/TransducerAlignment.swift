/// An alignment of a transducer: one path through a sample's frames and labels.
public struct TransducerAlignment: Sendable, Equatable {
  /// A move of the path.
  public struct Step: Sendable, Equatable {
    /// The frame and the position (the number of labels before) that the move leaves.
    public let frame, position: Int
    /// The emitted vocabulary index: a blank, or the label at ``position``.
    public let token: Int
    /// Whether a label is emitted.
    public let isLabel: Bool
    /// The number of frames that the move takes; 0 for a label of the standard topology.
    public let frames: Int
    /// The natural logarithm of the move's probability, with durations that of its token times that of its duration.
    public let logProbability: Double
  }

  /// The path's moves, in order; empty if there is no path. A wildcard's jumps are not moves.
  public let steps: [Step]
  /// The natural logarithm of the path's probability; `-inf` if no path is possible, NaN if the sample's rows hold NaN.
  /// For the posterior, add the loss.
  public let logProbability: Double

  /// The frames of each label: the frame that its move leaves, and all that the move takes.
  public var labelSpans: [Range<Int>] {
    steps.filter(\.isLabel).map { $0.frame..<$0.frame + max(1, $0.frames) }
  }

  /// The alignment of a sample that has no path.
  init(none logProbability: Double) {
    self.init(steps: [], logProbability: logProbability)
  }

  init(steps: [Step], logProbability: Double) {
    self.steps = steps
    self.logProbability = logProbability
  }
}
