/// What the paths behind a loss look like: the best one, random ones, and how they spread.
extension CTCLoss {
  /// The most probable alignment of each sample with its labels (forced alignment, Viterbi).
  ///
  /// Where paths tie, the lowest lattice state wins at each frame, from the last frame back: the same
  /// path on every run. A sample without a path has empty tokens and a log-probability of `-inf`, or
  /// NaN where its frames hold NaN.
  ///
  /// Time O(frames · (vocabulary + labels)) a sample. Memory O(frames · labels) a thread up to 64 MB, beyond
  /// that O((frames · labels)^(2/3)): hours of audio in less than a gigabyte, and still exact.
  ///
  /// - Throws: ``InputError`` as ``losses(_:layout:labels:into:workspace:)``.
  public func bestAlignments<Element: LogitElement>(
    _ logits: Span<Element>, layout: LogitsLayout, labels: LabelBatch
  ) throws(InputError) -> [CTCAlignment] {
    try logits.withUnsafeBufferPointer { (logits) throws(InputError) in
      let batch = try CTCBatch(self, logits, layout, labels)
      return batch.bestAlignments()
    }
  }

  /// Exact, independent draws from the posterior distribution of each sample's alignments.
  ///
  /// The draws of sample b depend on `seed`, b and the sample alone. A sample without a path gives
  /// `count` alignments as in ``bestAlignments(_:layout:labels:)-(Span<Element>,_,_)``.
  ///
  /// - Returns: `[batch][count]` alignments.
  /// - Throws: ``InputError`` as ``losses(_:layout:labels:into:workspace:)``, and where `count` is negative, more than
  ///   2^20, or makes more than 2^28 frames of all draws together.
  public func sampledAlignments<Element: LogitElement>(
    _ logits: Span<Element>, layout: LogitsLayout, labels: LabelBatch, count: Int, seed: UInt64
  ) throws(InputError) -> [[CTCAlignment]] {
    try checkDraws(count, steps: layout.lengths)
    return try logits.withUnsafeBufferPointer { (logits) throws(InputError) in
      let batch = try CTCBatch(self, logits, layout, labels)
      return batch.map { workspace, sample in
        var generator = SplitMix64(seed: seed, sample: sample)
        return workspace.sampledAlignments(
          batch.lattice(sample, workspace), topology, count: count, using: &generator)
      }
    }
  }

  /// The entropy, in nats, of the posterior distribution of each sample's alignments, `[batch]`.
  ///
  /// 0 where there is one path only; NaN where there is none, or the frames hold NaN.
  /// Time O(frames · (vocabulary + labels)) a sample.
  ///
  /// - Throws: ``InputError`` as ``losses(_:layout:labels:into:workspace:)``.
  public func entropies<Element: LogitElement>(
    _ logits: Span<Element>, layout: LogitsLayout, labels: LabelBatch
  ) throws(InputError) -> [Double] {
    try logits.withUnsafeBufferPointer { (logits) throws(InputError) in
      let batch = try CTCBatch(self, logits, layout, labels)
      return batch.map { $0.entropy(batch.lattice($1, $0)) }
    }
  }

  /// Writes the posterior probability that each frame emits each token, in the layout of the logits or
  /// its own.
  ///
  /// A valid frame's row sums to 1. Rows past a sample's length and those of an infeasible sample are
  /// 0; those of a NaN sample NaN. Time O(frames · (vocabulary + labels)) a sample.
  ///
  /// - Throws: ``InputError`` as
  ///   ``lossesAndGradient(_:layout:labels:weights:losses:gradient:gradientLayout:workspace:)``.
  public func occupancies<Element: LogitElement>(
    _ logits: Span<Element>, layout: LogitsLayout, labels: LabelBatch,
    into occupancies: inout MutableSpan<Element>, occupanciesLayout: LogitsLayout? = nil
  ) throws(InputError) {
    try occupancies.withUnsafeMutableBufferPointer { (buffer) throws(InputError) in
      try logits.withUnsafeBufferPointer { (logits) throws(InputError) in
        let batch = try CTCBatch(self, logits, layout, labels)
        let output = try batch.output("occupancies", buffer, occupanciesLayout ?? layout)
        batch.forEachSample { workspace, sample in
          batch.prepare(workspace, sample)
          // Minus the gradient's own sum: a weight of -1, and no softmax (0, or NaN).
          let columns = workspace.zeroOccupancies()
          let outcome = workspace.addOccupancies(
            batch.lattice(sample, workspace), times: -1, to: columns)
          batch.write(
            sample, workspace, to: output, softmaxWeight: 0 * outcome.factor, minus: columns)
        }
      }
    }
  }
}

extension CTCLoss {
  /// The most probable alignment of each sample with its labels.
  ///
  /// - Throws: ``InputError`` as ``losses(_:layout:labels:into:workspace:)``.
  public func bestAlignments<Element: LogitElement>(
    _ logits: [Element], layout: LogitsLayout, labels: LabelBatch
  ) throws(InputError) -> [CTCAlignment] {
    try bestAlignments(logits.span, layout: layout, labels: labels)
  }

  /// Exact, independent draws from the posterior distribution of each sample's alignments.
  ///
  /// - Throws: ``InputError`` as ``losses(_:layout:labels:into:workspace:)``, and where `count` is negative, more than
  ///   2^20, or makes more than 2^28 frames of all draws together.
  public func sampledAlignments<Element: LogitElement>(
    _ logits: [Element], layout: LogitsLayout, labels: LabelBatch, count: Int, seed: UInt64
  ) throws(InputError) -> [[CTCAlignment]] {
    try sampledAlignments(logits.span, layout: layout, labels: labels, count: count, seed: seed)
  }

  /// The entropy, in nats, of the posterior distribution of each sample's alignments, `[batch]`.
  ///
  /// - Throws: ``InputError`` as ``losses(_:layout:labels:into:workspace:)``.
  public func entropies<Element: LogitElement>(
    _ logits: [Element], layout: LogitsLayout, labels: LabelBatch
  ) throws(InputError) -> [Double] {
    try entropies(logits.span, layout: layout, labels: labels)
  }

  /// The posterior probability that each frame emits each token, in the layout of the logits or
  /// its own.
  ///
  /// - Throws: ``InputError`` as ``losses(_:layout:labels:into:workspace:)``.
  public func occupancies<Element: LogitElement>(
    _ logits: [Element], layout: LogitsLayout, labels: LabelBatch
  ) throws(InputError) -> [Element] {
    var occupancies = zeros(like: logits)
    var span = occupancies.mutableSpan
    try self.occupancies(logits.span, layout: layout, labels: labels, into: &span)
    return occupancies
  }
}
