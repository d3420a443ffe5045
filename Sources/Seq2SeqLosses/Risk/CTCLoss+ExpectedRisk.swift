/// Minimum risk training on lists of hypotheses (MWER): the expected risk and its derivatives.
///
/// | case | result |
/// |---|---|
/// | a hypothesis without a path | probability exactly 0 |
/// | no hypothesis has a path, or there is none | value `+inf`, its derivatives 0 |
/// | the reference has no path | value `+inf`, its part of the derivatives 0 |
/// | NaN or `+inf` in a valid frame | NaN for that sample alone |
/// | a sequence twice in a list | counts once; an ``InputError`` if its risks differ |
/// | one possible hypothesis | its derivatives are 0: there is nothing to choose |
///
/// Derivatives are by what ``inputs`` says; both kinds of inputs have the same ones, but for the reference's part.
///
/// With N hypotheses a sample costs O(frames · (vocabulary + N · labels)): the vocabulary is read once, all
/// hypotheses see only the tokens that some of them use, and write into one gradient.
extension CTCLoss {
  /// Writes each sample's value, `[batch]`: ``ExpectedRisk`` has the formula.
  ///
  /// - Parameters:
  ///   - logits: `[batch, time, vocabulary]` as `layout` places them.
  ///   - layout: The shape, the strides and the number of valid frames of each sample.
  ///   - hypotheses: Label sequences, their risks, and the references if `options` needs them.
  ///   - options: How the risks become one number.
  ///   - values: `[batch]`, overwritten.
  ///   - workspace: As for ``losses(_:layout:labels:into:workspace:)``.
  /// - Throws: ``InputError`` as ``losses(_:layout:labels:into:workspace:)``, and where an option is not finite
  ///   or references are missing.
  public func expectedRisks<Element: LogitElement>(
    _ logits: Span<Element>, layout: LogitsLayout, hypotheses: HypothesisRisks,
    options: ExpectedRisk = ExpectedRisk(), into values: inout MutableSpan<Double>,
    workspace: LossWorkspace? = nil
  ) throws(InputError) {
    try checkCount("values", values.count, layout.batch)
    try values.withUnsafeMutableBufferPointer { (values) throws(InputError) in
      try logits.withUnsafeBufferPointer { (logits) throws(InputError) in
        let batch = try RiskBatch(self, logits, layout, hypotheses, options, workspace)
        // Safe: each value is written by the thread that has its sample, and by no other.
        nonisolated(unsafe) let values = values
        batch.samples.forEachSample { values[$1] = batch.value($1, $0) }
      }
    }
  }

  /// Writes each sample's value, `[batch]`, and its derivatives into `gradient`.
  ///
  /// - Parameters:
  ///   - logits: `[batch, time, vocabulary]` as `layout` places them.
  ///   - layout: The shape, the strides and the number of valid frames of each sample.
  ///   - hypotheses: Label sequences, their risks, and the references if `options` needs them.
  ///   - options: How the risks become one number.
  ///   - weights: `[batch]`, what each sample's gradient is multiplied by; 1 unless given. Not the values.
  ///   - values: `[batch]`, overwritten.
  ///   - gradient: As for
  ///     ``lossesAndGradient(_:layout:labels:weights:losses:gradient:gradientLayout:workspace:)``.
  ///   - gradientLayout: Where the gradient goes, if not as the logits lie.
  ///   - workspace: As for ``losses(_:layout:labels:into:workspace:)``.
  /// - Throws: ``InputError`` as ``expectedRisks(_:layout:hypotheses:options:into:workspace:)``, and where the
  ///   gradient does not fit its layout or two of its elements share memory.
  public func expectedRisksAndGradient<Element: LogitElement>(
    _ logits: Span<Element>, layout: LogitsLayout, hypotheses: HypothesisRisks,
    options: ExpectedRisk = ExpectedRisk(), weights: [Double]? = nil,
    values: inout MutableSpan<Double>, gradient: inout MutableSpan<Element>,
    gradientLayout: LogitsLayout? = nil, workspace: LossWorkspace? = nil
  ) throws(InputError) {
    try checkCount("values", values.count, layout.batch)
    try checkCount("weights", weights?.count ?? layout.batch, layout.batch)
    try values.withUnsafeMutableBufferPointer { (values) throws(InputError) in
      try gradient.withUnsafeMutableBufferPointer { (gradient) throws(InputError) in
        try logits.withUnsafeBufferPointer { (logits) throws(InputError) in
          let batch = try RiskBatch(self, logits, layout, hypotheses, options, workspace)
          let output = try batch.samples.output("gradient", gradient, gradientLayout ?? layout)
          nonisolated(unsafe) let values = values
          batch.samples.forEachSample { workspace, sample in
            values[sample] = batch.valueAndGradient(
              sample, workspace, weight: weights?[sample] ?? 1, into: output)
          }
        }
      }
    }
  }

  /// Writes the product of each sample's Hessian with `vector` into `product`.
  ///
  /// Exact, of the whole value: of the probabilities' change and of each hypothesis's own second order. `vector`
  /// and `product` are as for
  /// ``hessianVectorProduct(_:layout:labels:vector:vectorLayout:product:productLayout:workspace:)``; the price
  /// is four gradients'.
  ///
  /// - Throws: ``InputError`` as ``expectedRisks(_:layout:hypotheses:options:into:workspace:)``, and where vector
  ///   or product do not fit.
  public func expectedRiskHessianVectorProduct<Element: LogitElement>(
    _ logits: Span<Element>, layout: LogitsLayout, hypotheses: HypothesisRisks,
    options: ExpectedRisk = ExpectedRisk(), vector: Span<Element>,
    vectorLayout: LogitsLayout? = nil, product: inout MutableSpan<Element>,
    productLayout: LogitsLayout? = nil, workspace: LossWorkspace? = nil
  ) throws(InputError) {
    try product.withUnsafeMutableBufferPointer { (product) throws(InputError) in
      try vector.withUnsafeBufferPointer { (vector) throws(InputError) in
        try logits.withUnsafeBufferPointer { (logits) throws(InputError) in
          let batch = try RiskBatch(self, logits, layout, hypotheses, options, workspace)
          try batch.samples.check("vector", vectorLayout ?? layout, count: vector.count)
          let direction = StridedBuffer(vector, vectorLayout ?? layout)
          let output = try batch.samples.output("product", product, productLayout ?? layout)
          batch.samples.forEachSample { workspace, sample in
            batch.hessianVectorProduct(sample, workspace, direction, into: output)
          }
        }
      }
    }
  }
}

extension CTCLoss {
  /// Each sample's value, `[batch]`.
  ///
  /// - Throws: ``InputError`` as ``expectedRisks(_:layout:hypotheses:options:into:workspace:)``.
  public func expectedRisks<Element: LogitElement>(
    _ logits: [Element], layout: LogitsLayout, hypotheses: HypothesisRisks,
    options: ExpectedRisk = ExpectedRisk()
  ) throws(InputError) -> [Double] {
    var values = [Double](repeating: 0, count: layout.batch)
    var span = values.mutableSpan
    try expectedRisks(
      logits.span, layout: layout, hypotheses: hypotheses, options: options, into: &span)
    return values
  }

  /// Each sample's value, `[batch]`, and the gradient in the layout of the logits.
  ///
  /// - Throws: ``InputError`` as ``expectedRisks(_:layout:hypotheses:options:into:workspace:)``.
  public func expectedRisksAndGradient<Element: LogitElement>(
    _ logits: [Element], layout: LogitsLayout, hypotheses: HypothesisRisks,
    options: ExpectedRisk = ExpectedRisk(), weights: [Double]? = nil
  ) throws(InputError) -> (values: [Double], gradient: [Element]) {
    var values = [Double](repeating: 0, count: layout.batch)
    var gradient = zeros(like: logits)
    var valueSpan = values.mutableSpan
    var gradientSpan = gradient.mutableSpan
    try expectedRisksAndGradient(
      logits.span, layout: layout, hypotheses: hypotheses, options: options, weights: weights,
      values: &valueSpan, gradient: &gradientSpan)
    return (values, gradient)
  }

  /// The product of each sample's Hessian with `vector`, in the layout of the logits.
  ///
  /// - Throws: ``InputError`` as ``expectedRisks(_:layout:hypotheses:options:into:workspace:)``.
  public func expectedRiskHessianVectorProduct<Element: LogitElement>(
    _ logits: [Element], layout: LogitsLayout, hypotheses: HypothesisRisks,
    options: ExpectedRisk = ExpectedRisk(), vector: [Element]
  ) throws(InputError) -> [Element] {
    var product = zeros(like: logits)
    var span = product.mutableSpan
    try expectedRiskHessianVectorProduct(
      logits.span, layout: layout, hypotheses: hypotheses, options: options,
      vector: vector.span, product: &span)
    return product
  }
}
