/// The entropy of the paths' posterior, and the loss that it regularizes.
extension CTCLoss {
  /// Writes each sample's value, `loss - entropyWeight · entropy`, and its derivatives into `gradient`.
  ///
  /// The entropy, in nats, is that of the posterior distribution over the paths that collapse to the labels, as in
  /// ``entropies(_:layout:labels:)``. A weight above 0 favors models that do not commit to one alignment (EnCTC: Liu,
  /// Jin and Zhang, NeurIPS 2018).
  ///
  /// With S the sum along a path of its log-probabilities, the derivative of the entropy by that of token k in frame
  /// t is `-cov(1(t, k), S)`, by log-probabilities and by logits alike. Samples without a path have a value of
  /// `+inf` and a gradient of 0, NaN samples NaN. O(frames · (vocabulary + labels)) a sample, by the general engine.
  ///
  /// - Parameters:
  ///   - logits: `[batch, time, vocabulary]` as `layout` places them.
  ///   - layout: The shape, the strides and the number of valid frames of each sample.
  ///   - labels: One sequence for each sample, of vocabulary indices other than the blank.
  ///   - entropyWeight: Any finite number.
  ///   - values: `[batch]`, overwritten.
  ///   - gradient: As many elements as its layout needs; those of the layout are overwritten.
  ///   - output: The weights of the samples, the gradient's layout, and memory to reuse.
  /// - Throws: ``InputError`` as
  ///   ``lossesAndGradient(_:layout:labels:into:gradient:output:)``, and where the
  ///   weight is not finite.
  public func entropyRegularizedLossesAndGradient<Element: LogitElement>(
    _ logits: Span<Element>, layout: LogitsLayout, labels: LabelBatch, entropyWeight: Double,
    into values: inout MutableSpan<Double>, gradient: inout MutableSpan<Element>,
    output: GradientOutput<LogitsLayout> = GradientOutput()
  ) throws(InputError) {
    try entropyTerms(logits, layout, labels, (1, -entropyWeight), &values, &gradient, output)
  }

  /// Writes each sample's entropy, as in ``entropies(_:layout:labels:)``, and its derivatives.
  ///
  /// A sample without a path has an entropy of NaN and a gradient of 0.
  /// O(frames · (vocabulary + labels)) a sample, by the general engine.
  ///
  /// - Parameters:
  ///   - logits: `[batch, time, vocabulary]` as `layout` places them.
  ///   - layout: The shape, the strides and the number of valid frames of each sample.
  ///   - labels: One sequence for each sample, of vocabulary indices other than the blank.
  ///   - values: `[batch]`, overwritten.
  ///   - gradient: As many elements as its layout needs; those of the layout are overwritten.
  ///   - output: The weights of the samples, the gradient's layout, and memory to reuse.
  /// - Throws: ``InputError`` as ``lossesAndGradient(_:layout:labels:into:gradient:output:)``.
  public func entropiesAndGradient<Element: LogitElement>(
    _ logits: Span<Element>, layout: LogitsLayout, labels: LabelBatch,
    into values: inout MutableSpan<Double>, gradient: inout MutableSpan<Element>,
    output: GradientOutput<LogitsLayout> = GradientOutput()
  ) throws(InputError) {
    try entropyTerms(logits, layout, labels, (0, 1), &values, &gradient, output)
  }

  private func entropyTerms<Element: LogitElement>(
    _ logits: Span<Element>, _ layout: LogitsLayout, _ labels: LabelBatch,
    _ factors: (loss: Double, entropy: Double), _ values: inout MutableSpan<Double>,
    _ gradient: inout MutableSpan<Element>, _ output: GradientOutput<LogitsLayout>
  ) throws(InputError) {
    guard factors.entropy.isFinite else {
      throw InputError("entropyWeight", "\(-factors.entropy) is not finite")
    }
    try variants(logits, layout, labels, &values, &gradient, output) { sample in
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
  ///   ``entropyRegularizedLossesAndGradient(_:layout:labels:entropyWeight:into:gradient:output:)``.
  public func entropyRegularizedLossesAndGradient<Element: LogitElement>(
    _ logits: [Element], layout: LogitsLayout, labels: LabelBatch, entropyWeight: Double,
    weights: [Double]? = nil
  ) throws(InputError) -> (values: [Double], gradient: [Element]) {
    try valuesAndGradient(logits, of: layout, count: layout.batch) {
      (logits, values, gradient) throws(InputError) in
      try entropyRegularizedLossesAndGradient(
        logits, layout: layout, labels: labels, entropyWeight: entropyWeight, into: &values,
        gradient: &gradient, output: GradientOutput(weights: weights))
    }
  }

  /// Each sample's entropy, `[batch]`, and the gradient in the layout of the logits.
  ///
  /// - Throws: ``InputError`` as
  ///   ``entropiesAndGradient(_:layout:labels:into:gradient:output:)``.
  public func entropiesAndGradient<Element: LogitElement>(
    _ logits: [Element], layout: LogitsLayout, labels: LabelBatch, weights: [Double]? = nil
  ) throws(InputError) -> (values: [Double], gradient: [Element]) {
    try valuesAndGradient(logits, of: layout, count: layout.batch) {
      (logits, values, gradient) throws(InputError) in
      try entropiesAndGradient(
        logits, layout: layout, labels: labels, into: &values, gradient: &gradient,
        output: GradientOutput(weights: weights))
    }
  }
}
