/// Minimum risk training on lists of hypotheses (MWER): the expected risk and its derivatives.
///
/// | case | result |
/// |---|---|
/// | a hypothesis without a path | probability exactly 0 |
/// | no hypothesis has a path, or there is none | value `+inf`, its derivatives 0 |
/// | the reference has no path | value `+inf`, its part of the derivatives 0 |
/// | NaN or `+inf` in a valid frame | NaN for that sample alone |
/// | a sequence twice in a list | counts once; an ``InputError`` if its risks differ |
/// | one possible hypothesis | its derivatives are 0: its probability is always 1 |
///
/// Derivatives are by the input: logits or log-probabilities, as ``inputs`` says. They differ only in the reference's
/// part.
///
/// With N hypotheses, a sample takes O(frames · (vocabulary + N · labels)) time: the vocabulary is read once, and
/// hypotheses use only the columns of their tokens.
extension CTCLoss {
  /// Writes each sample's value, `[batch]`; ``ExpectedRisk`` has the formula.
  ///
  /// - Parameters:
  ///   - logits: `[batch, time, vocabulary]` as `layout` places them; log-probabilities if ``inputs`` says so.
  ///   - layout: The shape, the strides and the number of valid frames of each sample.
  ///   - hypotheses: The hypotheses of each sample and their risks, and references if `options` needs them.
  ///   - options: How the risks of a sample become one number.
  ///   - values: `[batch]`, overwritten.
  ///   - workspace: Memory to reuse; by default, each call allocates its own.
  /// - Throws: ``InputError`` as ``losses(_:layout:labels:into:workspace:)``, and where an option is not finite or
  ///   references are missing.
  public func expectedRisks<Element: LogitElement>(
    _ logits: Span<Element>, layout: LogitsLayout, hypotheses: HypothesisRisks,
    options: ExpectedRisk = ExpectedRisk(), into values: inout MutableSpan<Double>,
    workspace: LossWorkspace? = nil
  ) throws(InputError) {
    try values.withUnsafeMutableBufferPointer { (values) throws(InputError) in
      try logits.withUnsafeBufferPointer { (logits) throws(InputError) in
        let batch = try RiskBatch(self, logits, layout, hypotheses, options, workspace)
        try checkCount("values", values.count, needed: layout.batch)
        // Safe: only the thread that has the sample writes its value.
        nonisolated(unsafe) let values = values
        batch.samples.forEachSample { values[$1] = batch.value($1, $0) }
      }
    }
  }

  /// Writes each sample's value, `[batch]`, and its gradient with respect to the input.
  ///
  /// - Parameters:
  ///   - logits: `[batch, time, vocabulary]` as `layout` places them; log-probabilities if ``inputs`` says so.
  ///   - layout: The shape, the strides and the number of valid frames of each sample.
  ///   - hypotheses: The hypotheses of each sample and their risks, and references if `options` needs them.
  ///   - options: How the risks of a sample become one number.
  ///   - values: `[batch]`, overwritten.
  ///   - gradient: As many elements as its layout needs; those of the layout are overwritten.
  ///   - output: The weights of the samples, the gradient's layout, and memory to reuse.
  /// - Throws: ``InputError`` as ``expectedRisks(_:layout:hypotheses:options:into:workspace:)``, and where the weights or
  ///   the gradient do not fit, or two elements of the gradient's layout share memory.
  public func expectedRisksAndGradient<Element: LogitElement>(
    _ logits: Span<Element>, layout: LogitsLayout, hypotheses: HypothesisRisks,
    options: ExpectedRisk = ExpectedRisk(), into values: inout MutableSpan<Double>,
    gradient: inout MutableSpan<Element>,
    output: GradientOutput<LogitsLayout> = GradientOutput()
  ) throws(InputError) {
    try values.withUnsafeMutableBufferPointer { (values) throws(InputError) in
      try gradient.withUnsafeMutableBufferPointer { (gradient) throws(InputError) in
        try logits.withUnsafeBufferPointer { (logits) throws(InputError) in
          let batch = try RiskBatch(self, logits, layout, hypotheses, options, output.workspace)
          try checkCount("values", values.count, needed: layout.batch)
          try checkCount("weights", output.weights?.count ?? layout.batch, needed: layout.batch)
          let buffer = try batch.samples.output("gradient", gradient, output.layout ?? layout)
          nonisolated(unsafe) let values = values
          batch.samples.forEachSample { workspace, sample in
            values[sample] = batch.valueAndGradient(
              sample, workspace, weight: output.weights?[sample] ?? 1, into: buffer)
          }
        }
      }
    }
  }

  /// Writes the product of the Hessian of each sample's value and its part of `vector` into `product`.
  ///
  /// Exact: both the change of the probabilities and each hypothesis's own second derivatives count. Rows past a
  /// sample's length are 0, those of NaN samples NaN. The cost is that of four gradients.
  ///
  /// - Parameters:
  ///   - logits: `[batch, time, vocabulary]` as `layout` places them; log-probabilities if ``inputs`` says so.
  ///   - layout: The shape, the strides and the number of valid frames of each sample.
  ///   - hypotheses: The hypotheses of each sample and their risks, and references if `options` needs them.
  ///   - options: How the risks of a sample become one number.
  ///   - vector: Any numbers, of the logits' shape.
  ///   - product: As many elements as its layout needs; those of the layout are overwritten.
  ///   - output: The layouts of vector and product, and memory to reuse.
  /// - Throws: ``InputError`` as ``expectedRisks(_:layout:hypotheses:options:into:workspace:)``, and where vector or
  ///   product do not fit, or two elements of the product's layout share memory.
  public func expectedRiskHessianVectorProducts<Element: LogitElement>(
    _ logits: Span<Element>, layout: LogitsLayout, hypotheses: HypothesisRisks,
    options: ExpectedRisk = ExpectedRisk(), vector: Span<Element>,
    into product: inout MutableSpan<Element>,
    output: ProductOutput<LogitsLayout> = ProductOutput()
  ) throws(InputError) {
    try product.withUnsafeMutableBufferPointer { (product) throws(InputError) in
      try vector.withUnsafeBufferPointer { (vector) throws(InputError) in
        try logits.withUnsafeBufferPointer { (logits) throws(InputError) in
          let batch = try RiskBatch(self, logits, layout, hypotheses, options, output.workspace)
          let vectorLayout = output.vectorLayout ?? layout
          try batch.samples.check("vector", vectorLayout, count: vector.count)
          let direction = StridedBuffer(vector, vectorLayout)
          let buffer = try batch.samples.output("product", product, output.layout ?? layout)
          batch.samples.forEachSample { workspace, sample in
            batch.hessianVectorProduct(sample, workspace, direction, into: buffer)
          }
        }
      }
    }
  }
}
