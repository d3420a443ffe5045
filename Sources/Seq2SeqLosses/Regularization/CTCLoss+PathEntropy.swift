/// Training that keeps the alignments open: the entropy of the paths' posterior, and the loss that it is a part of.
extension CTCLoss {
  /// Writes each sample's value, `loss - entropyWeight · entropy`, and its derivatives into `gradient`.
  ///
  /// The entropy, in nats, is that of the posterior distribution over the paths that collapse to the labels, as
  /// ``entropies(_:layout:labels:)-(Span<Element>,_,_)`` gives it. A weight above 0 makes the loss prefer models
  /// that leave the alignment open (EnCTC: Liu, Jin and Zhang, NeurIPS 2018).
  ///
  /// With S the sum along a path of its log-probabilities, the derivative of the entropy by that of token k in frame
  /// t is `-cov(1(t, k), S)`, by log-probabilities and by logits alike. Samples without a path have a value of
  /// `+inf` and a gradient of 0, NaN samples NaN. O(frames · (vocabulary + labels)) a sample, by the general engine.
  ///
  /// - Parameters:
  ///   - logits: `[batch, time, vocabulary]` as `layout` places them.
  ///   - layout: The shape, the strides and the number of valid frames of each sample.
  ///   - labels: One sequence a sample, of vocabulary indices other than the blank.
  ///   - entropyWeight: Any finite number.
  ///   - weights: `[batch]`, what each sample's gradient is multiplied by; 1 unless given. Not the values.
  ///   - values: `[batch]`, overwritten.
  ///   - gradient: As many elements as its layout needs; those of the layout are overwritten.
  ///   - gradientLayout: Where the gradient goes, if not as the logits lie.
  ///   - workspace: As for ``losses(_:layout:labels:into:workspace:)``.
  /// - Throws: ``InputError`` as
  ///   ``lossesAndGradient(_:layout:labels:weights:losses:gradient:gradientLayout:workspace:)``, and where the
  ///   weight is not finite.
  public func entropyRegularizedLossesAndGradient<Element: LogitElement>(
    _ logits: Span<Element>, layout: LogitsLayout, labels: LabelBatch, entropyWeight: Double,
    weights: [Double]? = nil, values: inout MutableSpan<Double>,
    gradient: inout MutableSpan<Element>, gradientLayout: LogitsLayout? = nil,
    workspace: LossWorkspace? = nil
  ) throws(InputError) {
    try entropyTerms(
      logits, layout, labels, (1, -entropyWeight), weights, &values, &gradient, gradientLayout,
      workspace)
  }

  /// Writes each sample's entropy, as ``entropies(_:layout:labels:)-(Span<Element>,_,_)``, and its derivatives.
  ///
  /// Where there is no path the entropy is NaN and its gradient 0. The parameters are those of
  /// ``entropyRegularizedLossesAndGradient(_:layout:labels:entropyWeight:weights:values:gradient:gradientLayout:workspace:)``.
  ///
  /// - Throws: ``InputError`` as that.
  public func entropiesAndGradient<Element: LogitElement>(
    _ logits: Span<Element>, layout: LogitsLayout, labels: LabelBatch,
    weights: [Double]? = nil, values: inout MutableSpan<Double>,
    gradient: inout MutableSpan<Element>, gradientLayout: LogitsLayout? = nil,
    workspace: LossWorkspace? = nil
  ) throws(InputError) {
    try entropyTerms(
      logits, layout, labels, (0, 1), weights, &values, &gradient, gradientLayout, workspace)
  }

  private func entropyTerms<Element: LogitElement>(
    _ logits: Span<Element>, _ layout: LogitsLayout, _ labels: LabelBatch,
    _ factors: (loss: Double, entropy: Double), _ weights: [Double]?,
    _ values: inout MutableSpan<Double>, _ gradient: inout MutableSpan<Element>,
    _ gradientLayout: LogitsLayout?, _ workspace: LossWorkspace?
  ) throws(InputError) {
    guard factors.entropy.isFinite else {
      throw InputError("entropyWeight", "\(-factors.entropy) is not finite")
    }
    try variants(
      logits, layout, labels, weights: weights, &values, &gradient, gradientLayout, workspace
    ) { sample in
      let workspace = sample.workspace
      let entropy = workspace.entropy(sample.lattice)
      let (outcome, _, columns) = sample.tangents(along: workspace.logEmissions())
      // Minus the gradient: the entropy's is -tangents, the loss's -occupancy (and a softmax).
      for index in 0..<workspace.frames * workspace.columnCount {
        columns[index] *= factors.entropy
      }
      if factors.loss != 0 {
        _ = workspace.addOccupancies(sample.lattice, times: factors.loss, to: columns)
      }
      sample.write(outcome, softmaxFactor: factors.loss, minus: columns)
      if factors.loss == 0 { return entropy }
      return outcome.posterior == .none
        ? outcome.loss : factors.loss * outcome.loss + factors.entropy * entropy
    }
  }

  /// Each sample's value, `[batch]`, and the gradient in the layout of the logits.
  ///
  /// - Throws: ``InputError`` as
  ///   ``entropyRegularizedLossesAndGradient(_:layout:labels:entropyWeight:weights:values:gradient:gradientLayout:workspace:)``.
  public func entropyRegularizedLossesAndGradient<Element: LogitElement>(
    _ logits: [Element], layout: LogitsLayout, labels: LabelBatch, entropyWeight: Double
  ) throws(InputError) -> (values: [Double], gradient: [Element]) {
    try variants(of: logits, layout) { (values, gradient) throws(InputError) in
      try entropyRegularizedLossesAndGradient(
        logits.span, layout: layout, labels: labels, entropyWeight: entropyWeight,
        values: &values, gradient: &gradient)
    }
  }

  /// Each sample's entropy, `[batch]`, and the gradient in the layout of the logits.
  ///
  /// - Throws: ``InputError`` as
  ///   ``entropiesAndGradient(_:layout:labels:weights:values:gradient:gradientLayout:workspace:)``.
  public func entropiesAndGradient<Element: LogitElement>(
    _ logits: [Element], layout: LogitsLayout, labels: LabelBatch
  ) throws(InputError) -> (values: [Double], gradient: [Element]) {
    try variants(of: logits, layout) { (values, gradient) throws(InputError) in
      try entropiesAndGradient(
        logits.span, layout: layout, labels: labels, values: &values, gradient: &gradient)
    }
  }
}
