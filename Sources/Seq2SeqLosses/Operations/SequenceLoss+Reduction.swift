/// The losses of a batch reduced to one number.
extension SequenceLoss {
  /// The reduced loss; `+inf` where the loss of a sample is infinite.
  ///
  /// - Parameters:
  ///   - logits: The logits, as `layout` places them.
  ///   - layout: The shape, the strides and the number of valid frames of each sample.
  ///   - labels: One label sequence for each sample.
  ///   - reduction: How the losses become one number.
  ///   - workspace: Memory to reuse; by default, the call allocates its own.
  /// - Throws: ``InputError`` where a size, label, length or option does not fit.
  public func loss<Element: LogitElement>(
    _ logits: Span<Element>, layout: Layout, labels: LabelBatch, reduction: LossReduction,
    workspace: LossWorkspace? = nil
  ) throws(InputError) -> Double {
    let losses = try numbers(layout.batch) { (losses) throws(InputError) in
      try self.losses(logits, layout: layout, labels: labels, into: &losses, workspace: workspace)
    }
    return try reduction.reduce(losses, of: labels)
  }

  /// The reduced loss; `+inf` where the loss of a sample is infinite.
  ///
  /// - Throws: ``InputError`` where a size, label, length or option does not fit.
  public func loss<Element: LogitElement>(
    _ logits: [Element], layout: Layout, labels: LabelBatch, reduction: LossReduction
  ) throws(InputError) -> Double {
    try logits.withSpan { (logits) throws(InputError) in
      try loss(logits, layout: layout, labels: labels, reduction: reduction)
    }
  }

  /// The reduced loss; its gradient is written into `gradient`. A sample of infinite loss adds no gradient.
  ///
  /// - Parameters:
  ///   - logits: The logits, as `layout` places them.
  ///   - layout: The shape, the strides and the number of valid frames of each sample.
  ///   - labels: One label sequence for each sample.
  ///   - reduction: How the losses become one number.
  ///   - gradient: As many elements as its layout needs; those of the layout are overwritten.
  ///   - output: Weights that multiply each sample's gradient besides the reduction's, the gradient's layout, memory.
  /// - Throws: ``InputError`` where a size, label, length or option does not fit.
  public func lossAndGradient<Element: LogitElement>(
    _ logits: Span<Element>, layout: Layout, labels: LabelBatch, reduction: LossReduction,
    gradient: inout MutableSpan<Element>, output: GradientOutput<Layout> = GradientOutput()
  ) throws(InputError) -> Double {
    try checkOneSequenceEach(labels, batch: layout.batch)
    let factors = reduction.weights(labels)
    var output = output
    if let weights = output.weights {
      try checkCount("weights", weights.count, needed: layout.batch)
      output.weights = zip(factors, weights).map { $0 * $1 }
    } else {
      output.weights = factors
    }
    let losses = try numbers(layout.batch) { (losses) throws(InputError) in
      try lossesAndGradient(
        logits, layout: layout, labels: labels, into: &losses, gradient: &gradient,
        output: output)
    }
    return reduction.reduce(losses, weights: factors)
  }

  /// The reduced loss, and its gradient in the layout of the logits. A sample of infinite loss adds no gradient.
  ///
  /// - Throws: ``InputError`` where a size, label, length or option does not fit.
  public func lossAndGradient<Element: LogitElement>(
    _ logits: [Element], layout: Layout, labels: LabelBatch, reduction: LossReduction
  ) throws(InputError) -> (loss: Double, gradient: [Element]) {
    var loss = 0.0
    let gradient = try elements(logits.count, of: layout) { (gradient) throws(InputError) in
      loss = try logits.withSpan { (logits) throws(InputError) in
        try lossAndGradient(
          logits, layout: layout, labels: labels, reduction: reduction, gradient: &gradient)
      }
    }
    return (loss, gradient)
  }
}
