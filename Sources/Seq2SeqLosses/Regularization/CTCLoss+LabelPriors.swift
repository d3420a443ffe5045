/// The loss of probabilities that are divided by the tokens' priors.
extension CTCLoss {
  /// Writes each sample's value, the loss of `log p(k) - scale · logPriors[k]`, and its derivatives.
  ///
  /// The correction takes away the advantage that the blank's large prior gives to paths with many blanks. Labels then
  /// last as long as their sounds, which forced alignment needs (Huang et al. 2024, arXiv 2406.02560). Huang et al.
  /// average the model's posteriors over the data of an epoch for the priors, and use a scale of about 0.3. The
  /// corrected scores are not normalized again, so the value may be negative.
  ///
  /// The derivative with respect to the logits is `softmax - occupancy`, with the softmax of the unchanged logits and the
  /// occupancy of the corrected lattice. With respect to log-probabilities it is `-occupancy`. Samples without a path and
  /// NaN samples are as for the loss. O(frames · (vocabulary + labels)) a sample, by the general engine.
  ///
  /// - Parameters:
  ///   - logits: `[batch, time, vocabulary]` as `layout` places them.
  ///   - layout: The shape, the strides and the number of valid frames of each sample.
  ///   - labels: One sequence for each sample, of vocabulary indices other than the blank.
  ///   - logPriors: `[vocabulary]`, natural logarithms, finite; they have no derivative.
  ///   - scale: A factor of the priors' logarithms; 0 for the plain loss.
  ///   - values: `[batch]`, overwritten.
  ///   - gradient: As many elements as its layout needs; those of the layout are overwritten.
  ///   - output: The weights of the samples, the gradient's layout, and memory to reuse.
  /// - Throws: ``InputError`` as
  ///   ``lossesAndGradient(_:layout:labels:into:gradient:output:)``, and where the
  ///   priors or their scale are not finite or do not fit.
  public func priorCorrectedLossesAndGradient<Element: LogitElement>(
    _ logits: Span<Element>, layout: LogitsLayout, labels: LabelBatch, logPriors: [Double],
    scale: Double = 1,
    into values: inout MutableSpan<Double>, gradient: inout MutableSpan<Element>,
    output: GradientOutput<LogitsLayout> = GradientOutput()
  ) throws(InputError) {
    try checkCount("logPriors", logPriors.count, needed: layout.vocabulary)
    guard scale.isFinite else { throw InputError("scale", "\(scale) is not finite") }
    for (token, prior) in logPriors.enumerated() where !prior.isFinite {
      throw InputError("logPriors", position: token, "\(prior) is not finite")
    }
    try variants(logits, layout, labels, &values, &gradient, output) { sample in
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
  ///   ``priorCorrectedLossesAndGradient(_:layout:labels:logPriors:scale:into:gradient:output:)``.
  public func priorCorrectedLossesAndGradient<Element: LogitElement>(
    _ logits: [Element], layout: LogitsLayout, labels: LabelBatch, logPriors: [Double],
    scale: Double = 1, weights: [Double]? = nil
  ) throws(InputError) -> (values: [Double], gradient: [Element]) {
    try valuesAndGradient(logits, of: layout, count: layout.batch) {
      (logits, values, gradient) throws(InputError) in
      try priorCorrectedLossesAndGradient(
        logits, layout: layout, labels: labels, logPriors: logPriors, scale: scale, into: &values,
        gradient: &gradient, output: GradientOutput(weights: weights))
    }
  }
}
