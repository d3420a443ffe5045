/// Many label sequences with the same logits: one pass over the vocabulary for all of them.
///
/// With N sequences, a sample takes O(frames · (vocabulary + N · labels)) time.
extension CTCLoss {
  /// The loss of each hypothesis, `[batch][hypotheses of the sample]`.
  ///
  /// - Parameters:
  ///   - logits: `[batch, time, vocabulary]` as `layout` places them; log-probabilities if ``inputs`` says so.
  ///   - layout: The shape, the strides and the number of valid frames of each sample.
  ///   - hypotheses: Any number of label sequences for each sample, also none.
  /// - Throws: ``InputError`` as ``losses(_:layout:labels:into:workspace:)``.
  public func hypothesisLosses<Element: LogitElement>(
    _ logits: Span<Element>, layout: LogitsLayout, hypotheses: [LabelBatch]
  ) throws(InputError) -> [[Double]] {
    try logits.withUnsafeBufferPointer { (logits) throws(InputError) in
      let batch = try CTCBatch(self, logits, layout, hypotheses: hypotheses)
      return batch.map { workspace, sample in
        batch.groups[sample].map {
          workspace.loss(batch.lattice($0, workspace))
        }
      }
    }
  }

  /// The loss of each hypothesis, `[batch][hypotheses of the sample]`; the gradient of each sample's `Σ weight · loss`
  /// is written into `gradient`.
  ///
  /// A hypothesis of infinite loss adds no gradient, whatever its weight.
  ///
  /// - Parameters:
  ///   - logits: `[batch, time, vocabulary]` as `layout` places them; log-probabilities if ``inputs`` says so.
  ///   - layout: The shape, the strides and the number of valid frames of each sample.
  ///   - hypotheses: Any number of label sequences for each sample, also none.
  ///   - weights: A factor for each hypothesis, `[batch][hypotheses of the sample]`.
  ///   - gradient: In the layout of the logits; the elements of the layout are overwritten.
  /// - Throws: ``InputError`` as ``lossesAndGradient(_:layout:labels:into:gradient:output:)``, and where `weights` does
  ///   not match `hypotheses`.
  public func hypothesisLossesAndWeightedGradient<Element: LogitElement>(
    _ logits: Span<Element>, layout: LogitsLayout, hypotheses: [LabelBatch], weights: [[Double]],
    gradient: inout MutableSpan<Element>
  ) throws(InputError) -> [[Double]] {
    try checkCount("weights", weights.count, needed: hypotheses.count)
    for (sample, pair) in zip(weights, hypotheses).enumerated() where pair.0.count != pair.1.count {
      throw InputError(
        "weights", sample: sample, "\(pair.0.count) weights for \(pair.1.count) hypotheses")
    }
    return try gradient.withUnsafeMutableBufferPointer { (gradient) throws(InputError) in
      try logits.withUnsafeBufferPointer { (logits) throws(InputError) in
        let batch = try CTCBatch(self, logits, layout, hypotheses: hypotheses)
        var losses = [Double](repeating: 0, count: batch.sequences.count)
        try losses.withUnsafeMutableBufferPointer { (losses) throws(InputError) in
          try batch.lossesAndGradient(
            into: gradient, layout, weights: weights.flatMap { $0 }, losses: losses)
        }
        return (0..<layout.batch).map {
          Array(losses[batch.groups[$0]])
        }
      }
    }
  }

  /// The loss of each hypothesis, `[batch][hypotheses of the sample]`; its gradient is written into `gradients`.
  ///
  /// - Parameters:
  ///   - logits: `[batch, time, vocabulary]` as `layout` places them; log-probabilities if ``inputs`` says so.
  ///   - layout: The shape, the strides and the number of valid frames of each sample.
  ///   - hypotheses: Any number of label sequences for each sample, also none.
  ///   - gradients: Dense `[all hypotheses, time, vocabulary]`, those of sample 0 first; overwritten.
  /// - Throws: ``InputError`` as ``losses(_:layout:labels:into:workspace:)``, and where `gradients` has another
  ///   number of elements.
  public func hypothesisLossesAndGradients<Element: LogitElement>(
    _ logits: Span<Element>, layout: LogitsLayout, hypotheses: [LabelBatch],
    gradients: inout MutableSpan<Element>
  ) throws(InputError) -> [[Double]] {
    let output = try LogitsLayout(
      batch: hypotheses.reduce(0) { $0 + $1.count }, time: layout.time,
      vocabulary: layout.vocabulary)
    try checkCount("gradients", gradients.count, needed: output.valueCount)
    return try gradients.withUnsafeMutableBufferPointer { (gradients) throws(InputError) in
      try logits.withUnsafeBufferPointer { (logits) throws(InputError) in
        let batch = try CTCBatch(self, logits, layout, hypotheses: hypotheses)
        let target = StridedBuffer(gradients, output)
        return batch.map { workspace, sample in
          batch.groups[sample].map { sequence in
            let columns = workspace.zeroOccupancies()
            let outcome = workspace.addOccupancies(
              batch.lattice(sequence, workspace), to: columns)
            batch.write(
              sequence, workspace, to: target, softmaxWeight: outcome.factor, minus: columns)
            return outcome.loss
          }
        }
      }
    }
  }
}

extension CTCLoss {
  /// The loss of each hypothesis, `[batch][hypotheses of the sample]`.
  ///
  /// - Throws: ``InputError`` as ``losses(_:layout:labels:into:workspace:)``.
  public func hypothesisLosses<Element: LogitElement>(
    _ logits: [Element], layout: LogitsLayout, hypotheses: [LabelBatch]
  ) throws(InputError) -> [[Double]] {
    try logits.withSpan { (logits) throws(InputError) in
      try hypothesisLosses(logits, layout: layout, hypotheses: hypotheses)
    }
  }

  /// The loss of each hypothesis and the gradient of `Σ weight · loss`, in the layout of the logits.
  ///
  /// - Throws: ``InputError`` as
  ///   ``hypothesisLossesAndWeightedGradient(_:layout:hypotheses:weights:gradient:)``.
  public func hypothesisLossesAndWeightedGradient<Element: LogitElement>(
    _ logits: [Element], layout: LogitsLayout, hypotheses: [LabelBatch], weights: [[Double]]
  ) throws(InputError) -> (losses: [[Double]], gradient: [Element]) {
    var losses: [[Double]] = []
    let gradient = try elements(logits.count, of: layout) { (gradient) throws(InputError) in
      losses = try logits.withSpan { (logits) throws(InputError) in
        try hypothesisLossesAndWeightedGradient(
          logits, layout: layout, hypotheses: hypotheses, weights: weights, gradient: &gradient)
      }
    }
    return (losses, gradient)
  }

  /// The loss and the gradient of each hypothesis, dense `[all hypotheses, time, vocabulary]`.
  ///
  /// - Throws: ``InputError`` as ``losses(_:layout:labels:into:workspace:)``.
  public func hypothesisLossesAndGradients<Element: LogitElement>(
    _ logits: [Element], layout: LogitsLayout, hypotheses: [LabelBatch]
  ) throws(InputError) -> (losses: [[Double]], gradients: [Element]) {
    // Checked before the large array is made.
    _ = try logits.withUnsafeBufferPointer { (logits) throws(InputError) in
      try CTCBatch(self, logits, layout, hypotheses: hypotheses)
    }
    let count = try checkedProduct(
      "gradients", hypotheses.reduce(0) { $0 + $1.count }, layout.time, layout.vocabulary)
    var gradients: [Element] = zeros(count)
    let losses = try gradients.withMutableSpan { (gradients) throws(InputError) in
      try logits.withSpan { (logits) throws(InputError) in
        try hypothesisLossesAndGradients(
          logits, layout: layout, hypotheses: hypotheses, gradients: &gradients)
      }
    }
    return (losses, gradients)
  }
}
