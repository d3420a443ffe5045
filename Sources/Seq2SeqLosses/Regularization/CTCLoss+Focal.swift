import CLibrary

/// Focal CTC loss: down-weights samples that are already well modeled.
extension CTCLoss {
  /// Writes each sample's value, `(1 - p)^focus · loss` with `p = exp(-loss)`, and its derivatives.
  ///
  /// Lin et al. 2017 (arXiv 1708.02002) for classes, Feng, Yao and Zhang 2019 ("Focal CTC loss for Chinese optical
  /// character recognition on unbalanced datasets", Complexity) for CTC, whose constant factor is the caller's
  /// weights. The gradient is the loss's, times
  /// `(1 - p)^focus + focus · p · (1 - p)^(focus - 1) · loss`. A loss of 0 has the value and the gradient 0; edges
  /// are the loss's. One loss more than a gradient.
  ///
  /// - Parameters:
  ///   - logits: `[batch, time, vocabulary]` as `layout` places them.
  ///   - layout: The shape, the strides and the number of valid frames of each sample.
  ///   - labels: One sequence a sample, of vocabulary indices other than the blank.
  ///   - focus: 0 for the plain loss, or more.
  ///   - weights: `[batch]`, what each sample's gradient is multiplied by; 1 unless given. Not the values.
  ///   - values: `[batch]`, overwritten.
  ///   - gradient: As many elements as its layout needs; those of the layout are overwritten.
  ///   - gradientLayout: Where the gradient goes, if not as the logits lie.
  ///   - workspace: As for ``losses(_:layout:labels:into:workspace:)``.
  /// - Throws: ``InputError`` as
  ///   ``lossesAndGradient(_:layout:labels:weights:losses:gradient:gradientLayout:workspace:)``, and where the
  ///   focus is negative or not finite.
  public func focalLossesAndGradient<Element: LogitElement>(
    _ logits: Span<Element>, layout: LogitsLayout, labels: LabelBatch, focus: Double,
    weights: [Double]? = nil, values: inout MutableSpan<Double>,
    gradient: inout MutableSpan<Element>, gradientLayout: LogitsLayout? = nil,
    workspace: LossWorkspace? = nil
  ) throws(InputError) {
    guard focus >= 0, focus.isFinite else {
      throw InputError("focus", "\(focus) is not a finite number of 0 or more")
    }
    try checkCount("values", values.count, layout.batch)
    try checkCount("weights", weights?.count ?? layout.batch, layout.batch)
    try losses(logits, layout: layout, labels: labels, into: &values, workspace: workspace)
    let focal = (0..<layout.batch).map { Focal(loss: values[$0], focus: focus) }
    // The loss is given again with its gradient, and not needed.
    try lossesAndGradient(
      logits, layout: layout, labels: labels,
      weights: focal.indices.map { focal[$0].slope * (weights?[$0] ?? 1) }, losses: &values,
      gradient: &gradient, gradientLayout: gradientLayout, workspace: workspace)
    for sample in focal.indices { values[sample] = focal[sample].value }
  }

  /// Each sample's value, `[batch]`, and the gradient in the layout of the logits.
  ///
  /// - Throws: ``InputError`` as
  ///   ``focalLossesAndGradient(_:layout:labels:focus:weights:values:gradient:gradientLayout:workspace:)``.
  public func focalLossesAndGradient<Element: LogitElement>(
    _ logits: [Element], layout: LogitsLayout, labels: LabelBatch, focus: Double
  ) throws(InputError) -> (values: [Double], gradient: [Element]) {
    try variants(of: logits, layout) { (values, gradient) throws(InputError) in
      try focalLossesAndGradient(
        logits.span, layout: layout, labels: labels, focus: focus, values: &values,
        gradient: &gradient)
    }
  }
}

/// The value of a loss, and its derivative by the loss.
private struct Focal {
  let value: Double
  let slope: Double

  init(loss: Double, focus: Double) {
    // Of a loss near 0, 1 - p keeps its digits.
    // Log-probabilities may add up to more than one, where nothing is missing.
    let missing = max(0, -expm1(-loss))
    let modulation = pow(missing, focus)
    value = loss == .infinity ? .infinity : modulation * loss
    let ratio = missing == 0 ? 1 : loss / missing
    slope =
      loss == .infinity ? 1 : modulation * (1 + focus * exp(-loss) * ratio)
  }
}
