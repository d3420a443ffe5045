extension CTCLoss {
  /// The batch's losses reduced to one number; `+inf` where one of them is infinite.
  ///
  /// - Throws: ``InputError`` as ``losses(_:layout:labels:into:workspace:)``.
  public func loss<Element: LogitElement>(
    _ logits: Span<Element>, layout: LogitsLayout, labels: LabelBatch, reduction: LossReduction
  ) throws(InputError) -> Double {
    let losses = try losses(logits, layout: layout, labels: labels)
    return try reduction.reduce(losses, of: labels)
  }

  /// The reduced loss, and its gradient into `gradient`; a sample of infinite loss adds no gradient.
  ///
  /// - Throws: ``InputError`` as
  ///   ``lossesAndGradient(_:layout:labels:weights:losses:gradient:gradientLayout:workspace:)``.
  public func lossAndGradient<Element: LogitElement>(
    _ logits: Span<Element>, layout: LogitsLayout, labels: LabelBatch, reduction: LossReduction,
    gradient: inout MutableSpan<Element>, gradientLayout: LogitsLayout? = nil,
    workspace: LossWorkspace? = nil
  ) throws(InputError) -> Double {
    try checkOneSequenceEach(layout, labels)
    let weights = reduction.weights(labels)
    var losses = [Double](repeating: 0, count: layout.batch)
    var span = losses.mutableSpan
    try lossesAndGradient(
      logits, layout: layout, labels: labels, weights: weights, losses: &span,
      gradient: &gradient, gradientLayout: gradientLayout, workspace: workspace)
    return reduction.reduce(losses, weights: weights)
  }
}
