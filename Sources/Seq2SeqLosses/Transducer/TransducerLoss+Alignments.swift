/// What the paths behind a loss look like: the best one, random ones, and how they spread.
///
/// With a ``standardShare`` these are the paths of the topology itself; occupancies are the mean of both by their
/// shares.
extension TransducerLoss {
  /// The most probable path of each sample with its labels (forced alignment, Viterbi): when each label is emitted,
  /// and for how long.
  ///
  /// Where paths tie, from the last node back the move that the topology names first wins: blanks before labels,
  /// durations as they are given. Time O(frames · positions · vocabulary) a sample.
  ///
  /// - Returns: One alignment a sample; without steps where there is no path.
  /// - Throws: ``InputError`` as ``losses(_:layout:labels:)-(Span<Element>,_,_)``.
  public func bestAlignments<Element: LogitElement>(
    _ logits: Span<Element>, layout: JoinerLayout, labels: LabelBatch
  ) throws(InputError) -> [TransducerAlignment] {
    try logits.withUnsafeBufferPointer { (logits) throws(InputError) in
      let batch = try TransducerBatch(self, logits, layout, labels)
      return batch.map { $0.bestAlignment(batch.sample($1)) }
    }
  }

  /// Exact, independent draws from the posterior distribution of each sample's paths.
  ///
  /// The draws of sample b depend on `seed`, b and the sample alone.
  ///
  /// - Returns: `[batch][count]` alignments; without steps where there is no path.
  /// - Throws: ``InputError`` as ``losses(_:layout:labels:)-(Span<Element>,_,_)``, and where `count` is negative,
  ///   more than 2^20, or makes more than 2^28 frames and labels of all draws together.
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

  /// The entropy, in nats, of the posterior distribution of each sample's paths, `[batch]`.
  ///
  /// 0 where there is one path only; NaN where there is none, or rows hold NaN.
  ///
  /// - Throws: ``InputError`` as ``losses(_:layout:labels:)-(Span<Element>,_,_)``.
  public func entropies<Element: LogitElement>(
    _ logits: Span<Element>, layout: JoinerLayout, labels: LabelBatch
  ) throws(InputError) -> [Double] {
    try logits.withUnsafeBufferPointer { (logits) throws(InputError) in
      let batch = try TransducerBatch(self, logits, layout, labels)
      return batch.map { $0.entropy(batch.sample($1)) }
    }
  }

  /// How probable it is that a path of each sample leaves each node, by a blank or by a label.
  ///
  /// In the standard topology, each label's probabilities add up to 1 over the frames, and a frame's blanks over the
  /// positions.
  ///
  /// - Throws: ``InputError`` as ``losses(_:layout:labels:)-(Span<Element>,_,_)``.
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
  /// The most probable path of each sample with its labels.
  ///
  /// - Throws: ``InputError`` as ``losses(_:layout:labels:)-(Span<Element>,_,_)``.
  public func bestAlignments<Element: LogitElement>(
    _ logits: [Element], layout: JoinerLayout, labels: LabelBatch
  ) throws(InputError) -> [TransducerAlignment] {
    try bestAlignments(logits.span, layout: layout, labels: labels)
  }

  /// Exact, independent draws from the posterior distribution of each sample's paths.
  ///
  /// - Throws: ``InputError`` as ``losses(_:layout:labels:)-(Span<Element>,_,_)``, and where `count` is negative.
  public func sampledAlignments<Element: LogitElement>(
    _ logits: [Element], layout: JoinerLayout, labels: LabelBatch, count: Int, seed: UInt64
  ) throws(InputError) -> [[TransducerAlignment]] {
    try sampledAlignments(logits.span, layout: layout, labels: labels, count: count, seed: seed)
  }

  /// The entropy, in nats, of the posterior distribution of each sample's paths, `[batch]`.
  ///
  /// - Throws: ``InputError`` as ``losses(_:layout:labels:)-(Span<Element>,_,_)``.
  public func entropies<Element: LogitElement>(
    _ logits: [Element], layout: JoinerLayout, labels: LabelBatch
  ) throws(InputError) -> [Double] {
    try entropies(logits.span, layout: layout, labels: labels)
  }

  /// How probable it is that a path of each sample leaves each node, by a blank or by a label.
  ///
  /// - Throws: ``InputError`` as ``losses(_:layout:labels:)-(Span<Element>,_,_)``.
  public func occupancies<Element: LogitElement>(
    _ logits: [Element], layout: JoinerLayout, labels: LabelBatch
  ) throws(InputError) -> TransducerOccupancies {
    try occupancies(logits.span, layout: layout, labels: labels)
  }
}
