extension TransducerLoss {
  /// Checks sizes, labels and options without any logits: for callers who want every error before the work.
  ///
  /// - Parameters:
  ///   - layout: The shape and the number of valid frames of each sample.
  ///   - labels: One sequence for each sample, of vocabulary indices other than blanks, shorter than its positions.
  /// - Throws: ``InputError`` as ``losses(_:layout:labels:into:workspace:)``.
  public func validate(layout: JoinerLayout, labels: LabelBatch) throws(InputError) {
    try check(vocabulary: layout.vocabulary)
    try checkOneSequenceEach(labels, batch: layout.batch)
    let tokens = layout.vocabulary - topology.durations.count
    for sample in 0..<layout.batch {
      let sequence = labels[sample]
      let positions = layout.samples[sample].time
      if layout.firstPositions.isEmpty {
        guard sequence.count < positions else {
          throw InputError(
            "labels", sample: sample, "\(sequence.count) labels for \(positions) positions")
        }
      } else {
        try checkNodes(sample, frames: layout.lengths[sample], labels: sequence.count)
        for (frame, first) in layout.firstPositions[sample].enumerated()
        where first > sequence.count {
          throw InputError(
            "firstPositions", sample: sample, position: frame,
            "\(first) is past \(sequence.count) labels")
        }
      }
      if !layout.windows.isEmpty {
        guard layout.windows[sample].count == sequence.count else {
          throw InputError(
            "windows", sample: sample,
            "\(layout.windows[sample].count) for \(sequence.count) labels")
        }
      }
      try checkLabels("labels", sample: sample, sequence, vocabulary: tokens, blank: blank)
      for blank in topology.bigBlanks {
        if let position = sequence.firstIndex(of: blank.token) {
          throw InputError(
            "labels", sample: sample, position: position - sequence.startIndex,
            "\(blank.token) is a blank of \(blank.frames) frames")
        }
      }
    }
  }

  /// Throws unless the options fit rows of `vocabulary` values.
  func check(vocabulary: Int) throws(InputError) {
    let durations = topology.durations
    guard vocabulary >= durations.count else {
      throw InputError("durations", "\(durations.count) of them in rows of \(vocabulary)")
    }
    let tokens = vocabulary - durations.count
    try checkOptions(blank: blank, vocabulary: tokens, threads: threads)
    for (argument, value) in [("fastEmit", fastEmit), ("underNormalization", underNormalization)] {
      guard value >= 0, value.isFinite else {
        throw InputError(argument, "\(value) is not 0 or more")
      }
    }
    guard (0...1).contains(standardShare) else {
      throw InputError("standardShare", "\(standardShare) is outside 0...1")
    }
    if let gradientLimit, !(gradientLimit > 0) {
      throw InputError("gradientLimit", "\(gradientLimit) is not above 0")
    }
    if let wildcard, !wildcard.logWeight.isFinite {
      throw InputError("wildcard", "a log-weight of \(wildcard.logWeight)")
    }
    try topology.check(tokens: tokens, blank: blank, mostFrames: LogitsLayout.largestAxis)
  }
}

/// Throws where a sample has too many nodes: a sum is kept for every node, also for those without a row of logits. 2^28
/// nodes take some seventeen gigabytes.
func checkNodes(_ sample: Int, frames: Int, labels: Int) throws(InputError) {
  guard frames <= (1 << 28) / (labels + 1) else {
    throw InputError(
      "labels", sample: sample, "\(labels) labels at \(frames) frames are more than 2^28 nodes")
  }
}
