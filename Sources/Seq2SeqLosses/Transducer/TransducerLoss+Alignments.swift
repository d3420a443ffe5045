/// The paths behind a loss: the best one, random ones, their entropy, and how often they leave each node.
///
/// With a ``standardShare``, these are the paths of ``topology``; occupancies are the weighted mean of both topologies.
extension TransducerLoss {
  /// The most probable alignment of each sample with its labels (forced alignment, Viterbi), `[batch]`: when each label
  /// is emitted, and for how long.
  ///
  /// Ties are resolved from the last node back: the move that the topology names first wins, blanks before labels,
  /// durations in the order given. A sample without a path has no steps. Time O(frames · positions · vocabulary) a
  /// sample; memory O(frames · positions) a thread.
  ///
  /// - Parameters:
  ///   - logits: `[batch, time, positions, vocabulary]` as `layout` places them.
  ///   - layout: The shape and the number of valid frames of each sample.
  ///   - labels: One sequence for each sample, of vocabulary indices other than blanks, shorter than its positions.
  /// - Throws: ``InputError`` as ``losses(_:layout:labels:into:workspace:)``.
  public func bestAlignments<Element: LogitElement>(
    _ logits: Span<Element>, layout: JoinerLayout, labels: LabelBatch
  ) throws(InputError) -> [TransducerAlignment] {
    try logits.withUnsafeBufferPointer { (logits) throws(InputError) in
      let batch = try TransducerBatch(self, logits, layout, labels)
      return batch.map { $0.bestAlignment(batch.sample($1)) }
    }
  }

  /// Exact, independent draws from the posterior distribution of each sample's alignments, `[batch][count]`.
  ///
  /// The draws of a sample depend on `seed`, its index and the sample alone. A sample without a path has `count`
  /// alignments without steps. Time O(frames · positions · vocabulary + count · (frames + labels)) a sample.
  ///
  /// - Parameters:
  ///   - logits: `[batch, time, positions, vocabulary]` as `layout` places them.
  ///   - layout: The shape and the number of valid frames of each sample.
  ///   - labels: One sequence for each sample, of vocabulary indices other than blanks, shorter than its positions.
  ///   - count: The number of draws of each sample.
  ///   - seed: Any number; the same one gives the same draws.
  /// - Throws: ``InputError`` as ``losses(_:layout:labels:into:workspace:)``, and where `count` is negative, above
  ///   2^20, or gives more than 2^28 frames and labels in all draws together.
  public func sampledAlignments<Element: LogitElement>(
    _ logits: Span<Element>, layout: JoinerLayout, labels: LabelBatch, count: Int, seed: UInt64
  ) throws(InputError) -> [[TransducerAlignment]] {
    try checkDraws(count, steps: layout.lengths + labels.lengths)
    return try logits.withUnsafeBufferPointer { (logits) throws(InputError) in
      let batch = try TransducerBatch(self, logits, layout, labels)
      return batch.map { workspace, index in
        var generator = SplitMix64(seed: seed, sample: index)
        return workspace.sampledAlignments(
          batch.sample(index), count: count, using: &generator)
      }
    }
  }

  /// The entropy, in nats, of the posterior distribution of each sample's alignments, `[batch]`.
  ///
  /// It is 0 if there is one path only, and NaN if there is none or the rows hold NaN.
  /// Time O(frames · positions · vocabulary) a sample.
  ///
  /// - Parameters:
  ///   - logits: `[batch, time, positions, vocabulary]` as `layout` places them.
  ///   - layout: The shape and the number of valid frames of each sample.
  ///   - labels: One sequence for each sample, of vocabulary indices other than blanks, shorter than its positions.
  /// - Throws: ``InputError`` as ``losses(_:layout:labels:into:workspace:)``.
  public func entropies<Element: LogitElement>(
    _ logits: Span<Element>, layout: JoinerLayout, labels: LabelBatch
  ) throws(InputError) -> [Double] {
    try logits.withUnsafeBufferPointer { (logits) throws(InputError) in
      let batch = try TransducerBatch(self, logits, layout, labels)
      return batch.map { $0.entropy(batch.sample($1)) }
    }
  }

  /// The probability that a path of each sample leaves each node, by a blank or by a label.
  ///
  /// In the standard topology, the probabilities of a label sum to 1 over the frames, and those of a frame's blanks sum
  /// to 1 over the positions. Time O(frames · positions · vocabulary) a sample.
  ///
  /// - Parameters:
  ///   - logits: `[batch, time, positions, vocabulary]` as `layout` places them.
  ///   - layout: The shape and the number of valid frames of each sample.
  ///   - labels: One sequence for each sample, of vocabulary indices other than blanks, shorter than its positions.
  /// - Throws: ``InputError`` as ``losses(_:layout:labels:into:workspace:)``.
  public func occupancies<Element: LogitElement>(
    _ logits: Span<Element>, layout: JoinerLayout, labels: LabelBatch
  ) throws(InputError) -> TransducerOccupancies {
    try logits.withUnsafeBufferPointer { (logits) throws(InputError) in
      let batch = try TransducerBatch(self, logits, layout, labels)
      return TransducerOccupancies(batch.map { $0.occupancies(batch.sample($1)) })
    }
  }
}

extension TransducerLoss {
  /// The probability that a path of each sample leaves each node, by a blank or by a label.
  ///
  /// - Throws: ``InputError`` as ``losses(_:layout:labels:into:workspace:)``.
  public func occupancies<Element: LogitElement>(
    _ logits: [Element], layout: JoinerLayout, labels: LabelBatch
  ) throws(InputError) -> TransducerOccupancies {
    try logits.withSpan { (logits) throws(InputError) in
      try occupancies(logits, layout: layout, labels: labels)
    }
  }
}
