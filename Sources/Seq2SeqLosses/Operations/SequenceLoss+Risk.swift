/// The array forms of expected risks.
///
/// Values are `[utterances]`: one for each list of `hypotheses`.
extension SequenceLoss {
  /// Each utterance's value, `[utterances]`.
  ///
  /// - Throws: ``InputError`` where a size, label, length or option does not fit.
  public func expectedRisks<Element: LogitElement>(
    _ logits: Span<Element>, layout: Layout, hypotheses: HypothesisRisks,
    options: ExpectedRisk = ExpectedRisk()
  ) throws(InputError) -> [Double] {
    try numbers(hypotheses.hypotheses.count) { (values) throws(InputError) in
      try expectedRisks(
        logits, layout: layout, hypotheses: hypotheses, options: options, into: &values,
        workspace: nil)
    }
  }

  /// Each utterance's value, `[utterances]`.
  ///
  /// - Throws: ``InputError`` where a size, label, length or option does not fit.
  public func expectedRisks<Element: LogitElement>(
    _ logits: [Element], layout: Layout, hypotheses: HypothesisRisks,
    options: ExpectedRisk = ExpectedRisk()
  ) throws(InputError) -> [Double] {
    try logits.withSpan { (logits) throws(InputError) in
      try expectedRisks(logits, layout: layout, hypotheses: hypotheses, options: options)
    }
  }

  /// Each utterance's value, `[utterances]`, and the gradient of their sum in the layout of the logits.
  ///
  /// - Parameters:
  ///   - logits: The logits, as `layout` places them.
  ///   - layout: The shape, the strides and the number of valid frames of each sample.
  ///   - hypotheses: The hypotheses of each utterance and their risks, and references if `options` needs them.
  ///   - options: How the risks of an utterance become one number.
  ///   - weights: A factor of each utterance's gradient, `[utterances]`; 1 by default. Values are not multiplied.
  /// - Throws: ``InputError`` where a size, label, length, weight or option does not fit.
  public func expectedRisksAndGradient<Element: LogitElement>(
    _ logits: [Element], layout: Layout, hypotheses: HypothesisRisks,
    options: ExpectedRisk = ExpectedRisk(), weights: [Double]? = nil
  ) throws(InputError) -> (values: [Double], gradient: [Element]) {
    try valuesAndGradient(logits, of: layout, count: hypotheses.hypotheses.count) {
      (logits, values, gradient) throws(InputError) in
      try expectedRisksAndGradient(
        logits, layout: layout, hypotheses: hypotheses, options: options, into: &values,
        gradient: &gradient, output: GradientOutput(weights: weights))
    }
  }

  /// The product of the Hessian of each utterance's value and its part of `vector`, in the layout of the logits.
  ///
  /// - Throws: ``InputError`` where a size, label, length or option does not fit.
  public func expectedRiskHessianVectorProducts<Element: LogitElement>(
    _ logits: [Element], layout: Layout, hypotheses: HypothesisRisks,
    options: ExpectedRisk = ExpectedRisk(), vector: [Element]
  ) throws(InputError) -> [Element] {
    try elements(logits.count, of: layout) { (product) throws(InputError) in
      try logits.withSpan { (logits) throws(InputError) in
        try vector.withSpan { (vector) throws(InputError) in
          try expectedRiskHessianVectorProducts(
            logits, layout: layout, hypotheses: hypotheses, options: options, vector: vector,
            into: &product, output: ProductOutput())
        }
      }
    }
  }
}
