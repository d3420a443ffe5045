/// The posterior probabilities that a path leaves each node by its blank and by its label. They are
/// minus the gradient with respect to the log-probabilities of these moves.
///
/// These are k2's `py_grad` and `px_grad` with frames first. ``PruningBounds`` are computed from
/// them.
public struct TransducerOccupancies: Sendable, Equatable {
  /// The occupancies of one sample.
  public struct Sample: Sendable, Equatable {
    /// The number of frames, and the number of labels plus one.
    public let frames, positions: Int
    /// `[frames, positions]`, in 0...1; all 0 if there is no path, NaN if there are no
    /// probabilities.
    public let blanks, labels: [Double]

    /// The occupancies of a sample's nodes.
    ///
    /// - Throws: ``InputError`` if a size is negative, if there are no positions, or if an array
    ///   has another size.
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
