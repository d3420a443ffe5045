/// The loss of probabilities that are divided by what tokens have anyway.
extension CTCLoss {
  /// Writes each sample's value, the loss of `log p(k) - scale · logPriors[k]`, and its derivatives.
  ///
  /// Paths with many blanks lose what the blank's large prior gives them, so that labels last as long as their
  /// sounds: for forced alignment (Huang et al. 2024, arXiv 2406.02560, who take the priors from the model's own
  /// posteriors, averaged over the data of an epoch, and a scale of about 0.3). The corrected scores are not
  /// normalised again, so the value may be negative.
  ///
  /// The derivative by the logits is `softmax - occupancy` with the softmax of the logits as they are and the
  /// occupancy of the corrected lattice; by log-probabilities `-occupancy`. Samples without a path and NaN samples
  /// are as for the loss. O(frames · (vocabulary + labels)) a sample, by the general engine.
  ///
  /// - Parameters:
  ///   - logits: `[batch, time, vocabulary]` as `layout` places them.
  ///   - layout: The shape, the strides and the number of valid frames of each sample.
  ///   - labels: One sequence a sample, of vocabulary indices other than the blank.
  ///   - logPriors: `[vocabulary]`, natural logarithms, finite; they have no derivative.
  ///   - scale: What these are multiplied by; 0 for the plain loss.
  ///   - weights: `[batch]`, what each sample's gradient is multiplied by; 1 unless given. Not the values.
  ///   - values: `[batch]`, overwritten.
  ///   - gradient: As many elements as its layout needs; those of the layout are overwritten.
  ///   - gradientLayout: Where the gradient goes, if not as the logits lie.
  ///   - workspace: As for ``losses(_:layout:labels:into:workspace:)``.
  /// - Throws: ``InputError`` as
  ///   ``lossesAndGradient(_:layout:labels:weights:losses:gradient:gradientLayout:workspace:)``, and where the
  ///   priors or their scale are not finite or do not fit.
  public func priorCorrectedLossesAndGradient<Element: LogitElement>(
    _ logits: Span<Element>, layout: LogitsLayout, labels: LabelBatch, logPriors: [Double],
    scale: Double = 1, weights: [Double]? = nil, values: inout MutableSpan<Double>,
    gradient: inout MutableSpan<Element>, gradientLayout: LogitsLayout? = nil,
    workspace: LossWorkspace? = nil
  ) throws(InputError) {
    try checkCount("logPriors", logPriors.count, layout.vocabulary)
    guard scale.isFinite else { throw InputError("scale", "\(scale) is not finite") }
    for (token, prior) in logPriors.enumerated() where !prior.isFinite {
      throw InputError("logPriors", position: token, "\(prior) is not finite")
    }
    try variants(
      logits, layout, labels, weights: weights, &values, &gradient, gradientLayout, workspace
    ) { sample in
      sample.workspace.scaleEmissions { -scale * logPriors[$0] }
      let columns = sample.workspace.zeroOccupancies()
      let outcome = sample.workspace.addOccupancies(sample.lattice, to: columns)
      sample.write(outcome, softmaxFactor: 1, minus: columns)
      return outcome.loss
    }
  }

  /// Each sample's value, `[batch]`, and the gradient in the layout of the logits.
  ///
  /// - Throws: ``InputError`` as
  ///   ``priorCorrectedLossesAndGradient(_:layout:labels:logPriors:scale:weights:values:gradient:gradientLayout:workspace:)``.
  public func priorCorrectedLossesAndGradient<Element: LogitElement>(
    _ logits: [Element], layout: LogitsLayout, labels: LabelBatch, logPriors: [Double],
    scale: Double = 1
  ) throws(InputError) -> (values: [Double], gradient: [Element]) {
    try variants(of: logits, layout) { (values, gradient) throws(InputError) in
      try priorCorrectedLossesAndGradient(
        logits.span, layout: layout, labels: labels, logPriors: logPriors, scale: scale,
        values: &values, gradient: &gradient)
    }
  }
}
