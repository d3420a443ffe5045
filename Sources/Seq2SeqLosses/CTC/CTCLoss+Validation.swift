extension CTCLoss {
  /// Checks sizes, labels and options without any logits: for callers who want every error before the work.
  ///
  /// - Parameters:
  ///   - layout: The shape, the strides and the number of valid frames of each sample.
  ///   - labels: One sequence for each sample, of vocabulary indices other than the blank.
  /// - Throws: ``InputError`` as ``losses(_:layout:labels:into:workspace:)``.
  public func validate(layout: LogitsLayout, labels: LabelBatch) throws(InputError) {
    try checkOneSequenceEach(labels, batch: layout.batch)
    try check(layout, labels, groups: SequenceGroups())
  }

  /// Throws unless blank, threads and labels fit.
  func check(
    _ layout: LogitsLayout, _ sequences: LabelBatch, groups: SequenceGroups
  ) throws(InputError) {
    try checkOptions(blank: blank, vocabulary: layout.vocabulary, threads: threads)
    let argument = groups.isSingle ? "labels" : "hypotheses"
    for sample in 0..<layout.batch {
      for sequence in groups[sample] {
        try checkLabels(
          argument, sample: sample, sequences[sequence], vocabulary: layout.vocabulary,
          blank: topology.hasBlank ? blank : nil)
        // One row more than frames, three moves per state, eight directions of 16 bytes each: none
        // of these products may overflow.
        let (frames, positions) = (max(1, layout.lengths[sample]), sequences[sequence].count + 1)
        if frames > Int.max / 4096 / positions {
          throw InputError(argument, "\([frames, positions, 4096]) is too large")
        }
        try checkMemory(argument, sample, frames: frames, positions: positions)
      }
    }
  }
}
