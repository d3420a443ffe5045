extension AdditiveTransducerLoss {
  /// Checks sizes, labels and options without any logits: for callers who want every error before the work.
  ///
  /// - Parameters:
  ///   - layout: The shapes, the strides and the number of valid frames of each sample.
  ///   - labels: One sequence for each sample, of vocabulary indices other than the blank, shorter than its positions.
  /// - Throws: ``InputError`` as ``losses(_:_:layout:labels:into:workspace:)``.
  public func validate(layout: AdditiveLayout, labels: LabelBatch) throws(InputError) {
    try checkOptions(blank: blank, vocabulary: layout.vocabulary, threads: threads)
    guard topology.plainLabelFrames != nil else {
      throw InputError("topology", "neither standard nor monotonic")
    }
    for (argument, share) in [("predictorShare", predictorShare), ("encoderShare", encoderShare)] {
      guard (0...1).contains(share) else { throw InputError(argument, "\(share) is outside 0...1") }
    }
    guard predictorShare + encoderShare <= 1 else {
      throw InputError("encoderShare", "\(encoderShare) and \(predictorShare) are more than 1")
    }
    guard fastEmit >= 0, fastEmit.isFinite else {
      throw InputError("fastEmit", "\(fastEmit) is not 0 or more")
    }
    try checkOneSequenceEach(labels, batch: layout.batch)
    for sample in 0..<layout.batch {
      guard labels[sample].count < layout.positions else {
        throw InputError(
          "labels", sample: sample,
          "\(labels[sample].count) labels for \(layout.positions) positions")
      }
      try checkNodes(
        sample, frames: layout.encoder.lengths[sample], labels: labels[sample].count)
      try checkLabels(
        "labels", sample: sample, labels[sample], vocabulary: layout.vocabulary, blank: blank)
    }
  }
}
