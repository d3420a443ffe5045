/// Many label sequences against the same logits: one pass over the vocabulary for all of them.
///
/// With N sequences a sample costs O(frames · (vocabulary + N · labels)), not N · vocabulary.
extension CTCLoss {
  /// The loss of each hypothesis, `[batch][hypotheses of the sample]`.
  ///
  /// `hypotheses` has any number of label sequences for each sample, also none.
  ///
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

  /// The loss of each hypothesis; into `gradient`, in the layout of the logits, goes the gradient of
  /// `Σ weight · loss` over each sample's hypotheses.
  ///
  /// A hypothesis of infinite loss adds no gradient, whatever its weight.
  ///
  /// `weights` has a factor for each hypothesis, `[batch][hypotheses of the sample]`.
  ///
  /// - Throws: ``InputError`` as
  ///   ``lossesAndGradient(_:layout:labels:weights:losses:gradient:gradientLayout:workspace:)``, and where `weights`
  ///   does not match `hypotheses`.
  public func hypothesisLossesAndWeightedGradient<Element: LogitElement>(
    _ logits: Span<Element>, layout: LogitsLayout, hypotheses: [LabelBatch], weights: [[Double]],
    gradient: inout MutableSpan<Element>
  ) throws(InputError) -> [[Double]] {
    try checkCount("weights", weights.count, hypotheses.count)
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

  /// The loss and the gradient of each hypothesis; `gradients` is dense
  /// `[all hypotheses, time, vocabulary]`, those of sample 0 first.
  ///
  /// - Throws: ``InputError`` as ``losses(_:layout:labels:into:workspace:)``, and where `gradients` has another
  ///   number of elements.
  public func hypothesisLossesAndGradients<Element: LogitElement>(
    _ logits: Span<Element>, layout: LogitsLayout, hypotheses: [LabelBatch],
    gradients: inout MutableSpan<Element>
  ) throws(InputError) -> [[Double]] {
    let output = try LogitsLayout(
      batch: hypotheses.reduce(0) { $0 + $1.count }, time: layout.time,
      vocabulary: layout.vocabulary)
    try checkCount(
      "gradients", gradients.count, output.batch * output.time * output.vocabulary)
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
    try hypothesisLosses(logits.span, layout: layout, hypotheses: hypotheses)
  }

  /// The loss of each hypothesis and the gradient of `Σ weight · loss`, in the layout of the logits.
  ///
  /// - Throws: ``InputError`` as
  ///   ``hypothesisLossesAndWeightedGradient(_:layout:hypotheses:weights:gradient:)``.
  public func hypothesisLossesAndWeightedGradient<Element: LogitElement>(
    _ logits: [Element], layout: LogitsLayout, hypotheses: [LabelBatch], weights: [[Double]]
  ) throws(InputError) -> (losses: [[Double]], gradient: [Element]) {
    var gradient = zeros(like: logits)
    var span = gradient.mutableSpan
    let losses = try hypothesisLossesAndWeightedGradient(
      logits.span, layout: layout, hypotheses: hypotheses, weights: weights, gradient: &span)
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
    var span = gradients.mutableSpan
    let losses = try hypothesisLossesAndGradients(
      logits.span, layout: layout, hypotheses: hypotheses, gradients: &span)
    return (losses, gradients)
  }
}
