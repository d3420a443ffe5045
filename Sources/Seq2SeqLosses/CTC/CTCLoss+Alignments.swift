/// The paths behind a loss: the best one, random ones, their entropy, and how often they emit each token.
extension CTCLoss {
  /// The most probable alignment of each sample with its labels (forced alignment, Viterbi), `[batch]`.
  ///
  /// Ties are resolved from the last frame back: at each frame the lowest lattice state wins, so every run finds the
  /// same path. A sample without a path has no tokens and a log-probability of `-inf`, or NaN if its frames hold NaN.
  ///
  /// Time O(frames · (vocabulary + labels)) a sample. Memory O(frames · labels) a thread up to 64 MB, above that
  /// O((frames · labels)^(2/3)): hours of audio in less than a gigabyte, and still exact.
  ///
  /// - Parameters:
  ///   - logits: `[batch, time, vocabulary]` as `layout` places them; log-probabilities if ``inputs`` says so.
  ///   - layout: The shape, the strides and the number of valid frames of each sample.
  ///   - labels: One sequence for each sample, of vocabulary indices other than the blank.
  /// - Throws: ``InputError`` as ``losses(_:layout:labels:into:workspace:)``.
  public func bestAlignments<Element: LogitElement>(
    _ logits: Span<Element>, layout: LogitsLayout, labels: LabelBatch
  ) throws(InputError) -> [CTCAlignment] {
    try logits.withUnsafeBufferPointer { (logits) throws(InputError) in
      let batch = try CTCBatch(self, logits, layout, labels)
      return batch.bestAlignments()
    }
  }

  /// Exact, independent draws from the posterior distribution of each sample's alignments, `[batch][count]`.
  ///
  /// The draws of a sample depend on `seed`, its index and the sample alone. A sample without a path has `count`
  /// alignments without tokens, as ``bestAlignments(_:layout:labels:)`` has one.
  ///
  /// Time O(frames · (vocabulary + labels + count)) a sample; memory O(frames · labels) a thread.
  ///
  /// - Parameters:
  ///   - logits: `[batch, time, vocabulary]` as `layout` places them; log-probabilities if ``inputs`` says so.
  ///   - layout: The shape, the strides and the number of valid frames of each sample.
  ///   - labels: One sequence for each sample, of vocabulary indices other than the blank.
  ///   - count: The number of draws of each sample.
  ///   - seed: Any number; the same one gives the same draws.
  /// - Throws: ``InputError`` as ``losses(_:layout:labels:into:workspace:)``, and where `count` is negative, above
  ///   2^20, or gives more than 2^28 frames in all draws together.
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
  /// It is 0 if there is one path only, and NaN if there is none or the frames hold NaN.
  /// Time O(frames · (vocabulary + labels)) a sample.
  ///
  /// - Parameters:
  ///   - logits: `[batch, time, vocabulary]` as `layout` places them; log-probabilities if ``inputs`` says so.
  ///   - layout: The shape, the strides and the number of valid frames of each sample.
  ///   - labels: One sequence for each sample, of vocabulary indices other than the blank.
  /// - Throws: ``InputError`` as ``losses(_:layout:labels:into:workspace:)``.
  public func entropies<Element: LogitElement>(
    _ logits: Span<Element>, layout: LogitsLayout, labels: LabelBatch
  ) throws(InputError) -> [Double] {
    try logits.withUnsafeBufferPointer { (logits) throws(InputError) in
      let batch = try CTCBatch(self, logits, layout, labels)
      return batch.map { $0.entropy(batch.lattice($1, $0)) }
    }
  }

  /// Writes the posterior probability that each frame emits each token.
  ///
  /// The row of a valid frame sums to 1. Rows past a sample's length and those of a sample without a path are 0, those
  /// of a NaN sample are NaN. Time O(frames · (vocabulary + labels)) a sample.
  ///
  /// - Parameters:
  ///   - logits: `[batch, time, vocabulary]` as `layout` places them; log-probabilities if ``inputs`` says so.
  ///   - layout: The shape, the strides and the number of valid frames of each sample.
  ///   - labels: One sequence for each sample, of vocabulary indices other than the blank.
  ///   - occupancies: As many elements as its layout needs; those of the layout are overwritten.
  ///   - occupanciesLayout: Where the occupancies lie in their array; like the logits by default.
  /// - Throws: ``InputError`` as ``losses(_:layout:labels:into:workspace:)``, and where the occupancies do not fit, or
  ///   two elements of their layout share memory.
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

  /// The posterior probability that each frame emits each token, in the layout of the logits.
  ///
  /// - Throws: ``InputError`` as ``occupancies(_:layout:labels:into:occupanciesLayout:)``.
  public func occupancies<Element: LogitElement>(
    _ logits: Span<Element>, layout: LogitsLayout, labels: LabelBatch
  ) throws(InputError) -> [Element] {
    try elements(logits.count, of: layout) { (occupancies) throws(InputError) in
      try self.occupancies(logits, layout: layout, labels: labels, into: &occupancies)
    }
  }

  /// The posterior probability that each frame emits each token, in the layout of the logits.
  ///
  /// - Throws: ``InputError`` as ``occupancies(_:layout:labels:into:occupanciesLayout:)``.
  public func occupancies<Element: LogitElement>(
    _ logits: [Element], layout: LogitsLayout, labels: LabelBatch
  ) throws(InputError) -> [Element] {
    try logits.withSpan { (logits) throws(InputError) in
      try occupancies(logits, layout: layout, labels: labels)
    }
  }
}
