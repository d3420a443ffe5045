import CLibrary

/// Focal CTC loss: down-weights samples that are already well modeled.
extension CTCLoss {
  /// Writes each sample's value, `(1 - p)^focus · loss` with `p = exp(-loss)`, and its derivatives.
  ///
  /// The gradient is that of the loss times `(1 - p)^focus + focus · p · (1 - p)^(focus - 1) · loss`. A loss of 0 has the
  /// value and the gradient 0; other edge cases are as for the loss. The cost is that of a loss and a gradient.
  ///
  /// Sources: Lin et al. 2017 (arXiv 1708.02002) for classes; Feng, Yao and Zhang 2019 ("Focal CTC loss for Chinese
  /// optical character recognition on unbalanced datasets", Complexity) for CTC. Use weights for their constant factor.
  ///
  /// - Parameters:
  ///   - logits: `[batch, time, vocabulary]` as `layout` places them.
  ///   - layout: The shape, the strides and the number of valid frames of each sample.
  ///   - labels: One sequence for each sample, of vocabulary indices other than the blank.
  ///   - focus: 0 for the plain loss, or more.
  ///   - values: `[batch]`, overwritten.
  ///   - gradient: As many elements as its layout needs; those of the layout are overwritten.
  ///   - output: The weights of the samples, the gradient's layout, and memory to reuse.
  /// - Throws: ``InputError`` as
  ///   ``lossesAndGradient(_:layout:labels:into:gradient:output:)``, and where the
  ///   focus is negative or not finite.
  public func focalLossesAndGradient<Element: LogitElement>(
    _ logits: Span<Element>, layout: LogitsLayout, labels: LabelBatch, focus: Double,
    into values: inout MutableSpan<Double>, gradient: inout MutableSpan<Element>,
    output: GradientOutput<LogitsLayout> = GradientOutput()
  ) throws(InputError) {
    guard focus >= 0, focus.isFinite else {
      throw InputError("focus", "\(focus) is not a finite number of 0 or more")
    }
    try checkCount("values", values.count, needed: layout.batch)
    try checkCount("weights", output.weights?.count ?? layout.batch, needed: layout.batch)
    try losses(logits, layout: layout, labels: labels, into: &values, workspace: output.workspace)
    let focal = (0..<layout.batch).map { Focal(loss: values[$0], focus: focus) }
    var output = output
    output.weights = focal.indices.map { focal[$0].slope * (output.weights?[$0] ?? 1) }
    // The losses are computed again with their gradient, and are not needed here.
    try lossesAndGradient(
      logits, layout: layout, labels: labels, into: &values, gradient: &gradient, output: output)
    for sample in focal.indices { values[sample] = focal[sample].value }
  }

  /// Each sample's value, `[batch]`, and the gradient in the layout of the logits.
  ///
  /// - Throws: ``InputError`` as
  ///   ``focalLossesAndGradient(_:layout:labels:focus:into:gradient:output:)``.
  public func focalLossesAndGradient<Element: LogitElement>(
    _ logits: [Element], layout: LogitsLayout, labels: LabelBatch, focus: Double,
    weights: [Double]? = nil
  ) throws(InputError) -> (values: [Double], gradient: [Element]) {
    try valuesAndGradient(logits, of: layout, count: layout.batch) {
      (logits, values, gradient) throws(InputError) in
      try focalLossesAndGradient(
        logits, layout: layout, labels: labels, focus: focus, into: &values, gradient: &gradient,
        output: GradientOutput(weights: weights))
    }
  }
}

/// The focal value of a loss, and its derivative by the loss.
private struct Focal {
  let value: Double
  let slope: Double

  init(loss: Double, focus: Double) {
    // For a loss near 0, `expm1` keeps the digits of 1 - p. If log-probabilities sum to more than
    // one, the difference is 0.
    let missing = max(0, -expm1(-loss))
    let modulation = pow(missing, focus)
    value = loss == .infinity ? .infinity : modulation * loss
    let ratio = missing == 0 ? 1 : loss / missing
    slope =
      loss == .infinity ? 1 : modulation * (1 + focus * exp(-loss) * ratio)
  }
}
