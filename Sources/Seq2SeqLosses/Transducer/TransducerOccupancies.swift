/// The posterior probabilities that a path leaves each node by its blank and by its label. Minus these is the gradient by
/// the log-probabilities.
///
/// They are k2's `py_grad` and `px_grad` with frames first. ``PruningBounds`` are computed from them.
public struct TransducerOccupancies: Sendable, Equatable {
  /// The occupancies of one sample.
  public struct Sample: Sendable, Equatable {
    /// The number of frames, and the number of labels plus one.
    public let frames, positions: Int
    /// `[frames, positions]`, each 0...1. All are 0 if there is no path, NaN if the sample is.
    public let blanks, labels: [Double]

    /// The occupancies of a sample's nodes.
    ///
    /// - Parameters:
    ///   - frames: The number of frames.
    ///   - positions: The number of labels plus one.
    ///   - blanks: `[frames, positions]`, the probabilities of leaving a node by its blank.
    ///   - labels: `[frames, positions]`, the probabilities of leaving a node by its label.
    /// - Throws: ``InputError`` where a size is negative, there are no positions, or an array has another size.
    public init(
      frames: Int, positions: Int, blanks: [Double], labels: [Double]
    ) throws(InputError) {
      let count = try checkedProduct("frames", frames, positions)
      guard positions >= 1 else { throw InputError("positions", "none: no labels take one") }
      for (argument, values) in [("blanks", blanks), ("labels", labels)]
      where values.count != count {
        throw InputError(
          argument, "\(values.count) values where [\(frames), \(positions)] has \(count)")
      }
      self.init(unchecked: frames, positions, blanks, labels)
    }

    init(unchecked frames: Int, _ positions: Int, _ blanks: [Double], _ labels: [Double]) {
      (self.frames, self.positions, self.blanks, self.labels) = (frames, positions, blanks, labels)
    }
  }

  /// The occupancies of each sample, `[batch]`.
  public let samples: [Sample]

  /// The occupancies of a batch.
  public init(_ samples: [Sample]) { self.samples = samples }
}
