extension CTCLoss {
  /// Checks a batch without its logits: for callers who want every error before the work.
  ///
  /// - Throws: ``InputError`` as ``losses(_:layout:labels:into:workspace:)``.
  public func validate(layout: LogitsLayout, labels: LabelBatch) throws(InputError) {
    try checkOneSequenceEach(layout, labels)
    try check(layout, labels, groups: SequenceGroups())
  }

  /// Throws unless there is a label sequence for each sample.
  func checkOneSequenceEach(_ layout: LogitsLayout, _ labels: LabelBatch) throws(InputError) {
    guard labels.count == layout.batch else {
      throw InputError("labels", "\(labels.count) sequences for a batch of \(layout.batch)")
    }
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
        // A row more than frames, three moves a state, eight directions at once of 16 bytes each: none
        // may overflow.
        let (frames, positions) = (max(1, layout.lengths[sample]), sequences[sequence].count + 1)
        if frames > Int.max / 4096 / positions {
          throw InputError(argument, "\([frames, positions, 4096]) is too large")
        }
        try checkMemory(argument, sample, frames: frames, positions: positions)
      }
    }
  }

  /// Throws unless a caller's buffer holds as many elements as it must.
  func checkCount(_ argument: String, _ count: Int, _ expected: Int) throws(InputError) {
    guard count == expected else {
      throw InputError(argument, "\(count) elements where \(expected) are needed")
    }
  }
}
