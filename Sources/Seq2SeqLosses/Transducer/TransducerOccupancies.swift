/// What share of a sample's paths leaves each node by its blank, and by its label: what the gradient by their
/// log-probabilities is minus.
///
/// These are k2's `py_grad` and `px_grad` with frames first, and what ``PruningBounds`` are made of.
public struct TransducerOccupancies: Sendable, Equatable {
  /// One sample's.
  public struct Sample: Sendable, Equatable {
    /// The number of frames, and the labels plus one.
    public let frames, positions: Int
    /// `[frames, positions]`: 0...1; all 0 where there is no path, NaN where there are no probabilities.
    public let blanks, labels: [Double]

    /// The shares of a sample's nodes.
    ///
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

  /// `[batch]`.
  public let samples: [Sample]

  /// Those of a batch.
  public init(_ samples: [Sample]) { self.samples = samples }
}
