/// One path of a transducer through a sample's frames and labels.
public struct TransducerAlignment: Sendable, Equatable {
  /// A move of the path.
  public struct Step: Sendable, Equatable {
    /// The frame, and the position (the number of labels before it), of the node that the move
    /// leaves.
    public let frame, position: Int
    /// The vocabulary index that the move emits: a blank, or the label at ``position``.
    public let token: Int
    /// Whether it emits a label.
    public let isLabel: Bool
    /// The number of frames that the move consumes; 0 for a label of the standard topology.
    public let frames: Int
    /// The natural logarithm of the move's probability; with durations, of its token and its
    /// duration together.
    public let logProbability: Double
  }

  /// The moves of the path, in order; empty if there is no path. Frames that a wildcard skips are
  /// not moves.
  public let steps: [Step]
  /// The natural logarithm of the path's probability; `-inf` if there is no path, NaN if the
  /// sample's rows contain NaN. The path's posterior log-probability is this plus the loss.
  public let logProbability: Double

  /// The frames of each label: the frame that its move leaves, and the further frames that the move
  /// consumes.
  public var labelSpans: [Range<Int>] {
    steps.filter(\.isLabel).map { $0.frame..<$0.frame + max(1, $0.frames) }
  }

  /// The alignment of a sample without a path.
  init(none logProbability: Double) {
    self.init(steps: [], logProbability: logProbability)
  }

  init(steps: [Step], logProbability: Double) {
    self.steps = steps
    self.logProbability = logProbability
  }
}
