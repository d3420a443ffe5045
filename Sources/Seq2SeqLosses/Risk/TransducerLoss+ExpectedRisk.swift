/// Minimum risk training of transducers on lists of hypotheses (MWER, Guo et al. 2020, arXiv 2007.13802).
///
/// A transducer's predictor sees the labels, so each hypothesis has its own joiner rows. The samples of the layout are the
/// hypotheses: those of the first utterance, then those of the second, and so on. ``ExpectedRisk`` has the formula. If
/// `referenceWeight` is above 0, the reference must be one of its utterance's hypotheses.
///
/// | case | result |
/// |---|---|
/// | a hypothesis without a path | probability exactly 0 |
/// | no hypothesis of an utterance has a path, or there is none | value `+inf`, its derivatives 0 |
/// | the reference has no path | value `+inf`, its part of the derivatives 0 |
/// | NaN in a row that paths cross | NaN for that utterance alone |
extension TransducerLoss {
  /// Writes each utterance's value, `[utterances]`.
  ///
  /// The cost is that of the losses of all hypotheses.
  ///
  /// - Parameters:
  ///   - logits: `[hypotheses, time, positions, vocabulary]` as `layout` places them, all utterances' hypotheses.
  ///   - layout: The shape and the number of valid frames of each hypothesis.
  ///   - hypotheses: Distinct label sequences of each utterance and their risks; references if `options` needs them.
  ///   - options: How the risks of an utterance become one number.
  ///   - values: `[utterances]`, overwritten.
  ///   - workspace: Memory to reuse; by default, each call allocates its own.
  /// - Throws: ``InputError`` as ``losses(_:layout:labels:into:workspace:)``, and where a sequence is twice in a list, an
  ///   option is not finite, or a reference that `options` needs is not among the hypotheses.
  public func expectedRisks<Element: LogitElement>(
    _ logits: Span<Element>, layout: JoinerLayout, hypotheses: HypothesisRisks,
    options: ExpectedRisk = ExpectedRisk(), into values: inout MutableSpan<Double>,
    workspace: LossWorkspace? = nil
  ) throws(InputError) {
    let lists = try HypothesisLists(hypotheses, options, samples: layout.batch)
    try checkCount("values", values.count, needed: lists.count)
    let losses = try numbers(layout.batch) { (losses) throws(InputError) in
      try self.losses(
        logits, layout: layout, labels: lists.labels, into: &losses, workspace: workspace)
    }
    for (utterance, value) in lists.values(losses).enumerated() { values[utterance] = value }
  }

  /// Writes each utterance's value, `[utterances]`, and the gradient of their sum by the logits.
  ///
  /// The cost is that of the losses of all hypotheses and a gradient of those that count. ``fastEmit`` and
  /// ``gradientLimit`` apply to the gradients of the hypotheses' losses, before these are weighted.
  ///
  /// - Parameters:
  ///   - logits: `[hypotheses, time, positions, vocabulary]` as `layout` places them, all utterances' hypotheses.
  ///   - layout: The shape and the number of valid frames of each hypothesis.
  ///   - hypotheses: Distinct label sequences of each utterance and their risks; references if `options` needs them.
  ///   - options: How the risks of an utterance become one number.
  ///   - values: `[utterances]`, overwritten.
  ///   - gradient: As many elements as its layout needs; those of the layout are overwritten.
  ///   - output: The weights of the utterances, the gradient's layout, and memory to reuse.
  /// - Throws: ``InputError`` as ``expectedRisks(_:layout:hypotheses:options:into:workspace:)``, and where the weights or
  ///   the gradient do not fit.
  public func expectedRisksAndGradient<Element: LogitElement>(
    _ logits: Span<Element>, layout: JoinerLayout, hypotheses: HypothesisRisks,
    options: ExpectedRisk = ExpectedRisk(), into values: inout MutableSpan<Double>,
    gradient: inout MutableSpan<Element>,
    output: GradientOutput<JoinerLayout> = GradientOutput()
  ) throws(InputError) {
    let lists = try HypothesisLists(hypotheses, options, samples: layout.batch)
    try checkCount("values", values.count, needed: lists.count)
    try checkCount("weights", output.weights?.count ?? lists.count, needed: lists.count)
    let losses = try numbers(layout.batch) { (losses) throws(InputError) in
      try self.losses(
        logits, layout: layout, labels: lists.labels, into: &losses, workspace: output.workspace)
    }
    var output = output
    output.weights = lists.slopes(losses, weights: output.weights)
    // The losses are computed again with their gradient, and are not needed here.
    _ = try numbers(layout.batch) { (losses) throws(InputError) in
      try lossesAndGradient(
        logits, layout: layout, labels: lists.labels, into: &losses, gradient: &gradient,
        output: output)
    }
    for (utterance, value) in lists.values(losses).enumerated() { values[utterance] = value }
  }

  /// Writes the product of the Hessian of each utterance's value and its part of `vector` into `product`.
  ///
  /// Exact: both the change of the hypotheses' weights and that of their gradients count. ``fastEmit`` and
  /// ``gradientLimit`` do not apply. The cost is that of a gradient and a product of each hypothesis.
  ///
  /// - Parameters:
  ///   - logits: `[hypotheses, time, positions, vocabulary]` as `layout` places them, all utterances' hypotheses.
  ///   - layout: The shape and the number of valid frames of each hypothesis.
  ///   - hypotheses: Distinct label sequences of each utterance and their risks; references if `options` needs them.
  ///   - options: How the risks of an utterance become one number.
  ///   - vector: Any numbers, of the logits' shape.
  ///   - product: As many elements as its layout needs; those of the layout are overwritten.
  ///   - output: The layouts of vector and product, and memory to reuse.
  /// - Throws: ``InputError`` as ``expectedRisks(_:layout:hypotheses:options:into:workspace:)``, and where vector or
  ///   product do not fit.
  public func expectedRiskHessianVectorProducts<Element: LogitElement>(
    _ logits: Span<Element>, layout: JoinerLayout, hypotheses: HypothesisRisks,
    options: ExpectedRisk = ExpectedRisk(), vector: Span<Element>,
    into product: inout MutableSpan<Element>,
    output: ProductOutput<JoinerLayout> = ProductOutput()
  ) throws(InputError) {
    let lists = try HypothesisLists(hypotheses, options, samples: layout.batch)
    try product.withUnsafeMutableBufferPointer { (product) throws(InputError) in
      let batch = try logits.withUnsafeBufferPointer { (logits) throws(InputError) in
        try TransducerBatch(self, logits, layout, lists.labels)
      }
      let source = try batch.place("vector", output.vectorLayout, count: vector.count)
      let target = try batch.place("product", output.layout, count: product.count)
      func write<Number: LogitElement>(_ products: [Number]) {
        products.withUnsafeBufferPointer { products in
          for sample in 0..<layout.batch {
            batch.copyNodes(
              batch.sample(sample), from: StridedBuffer(products, layout.samples[sample]),
              to: StridedBuffer(product, target.samples[sample]))
          }
        }
      }
      // For types of few digits, the terms are added before the products are rounded.
      guard Element.unitRoundoff > Float.unitRoundoff else {
        write(try riskProducts(logits, layout, lists, vector, source, output.workspace))
        return
      }
      let products = try floats(logits).withSpan { (logits) throws(InputError) in
        try floats(vector).withSpan { (vector) throws(InputError) in
          try riskProducts(logits, layout, lists, vector, source, output.workspace)
        }
      }
      write(products)
    }
  }

  private func floats<Element: LogitElement>(_ elements: Span<Element>) -> [Float] {
    elements.withUnsafeBufferPointer { $0.map { Float(nearest: $0.widened) } }
  }

  /// The products in the layout of the logits.
  private func riskProducts<Number: LogitElement>(
    _ logits: Span<Number>, _ layout: JoinerLayout, _ lists: HypothesisLists,
    _ vector: Span<Number>, _ vectorLayout: JoinerLayout, _ workspace: LossWorkspace?
  ) throws(InputError) -> [Number] {
    var plain = self
    (plain.fastEmit, plain.gradientLimit) = (0, nil)
    var losses = [Double](repeating: 0, count: layout.batch)
    let gradient: [Number] = try elements(logits.count, of: layout) {
      (gradient) throws(InputError) in
      try losses.withMutableSpan { (losses) throws(InputError) in
        try plain.lossesAndGradient(
          logits, layout: layout, labels: lists.labels, into: &losses, gradient: &gradient,
          output: GradientOutput(workspace: workspace))
      }
    }
    var products: [Number] = try elements(logits.count, of: layout) {
      (products) throws(InputError) in
      try plain.hessianVectorProducts(
        logits, layout: layout, labels: lists.labels, vector: vector, into: &products,
        output: ProductOutput(vectorLayout: vectorLayout, workspace: workspace))
    }
    var slopes: [Double] = []
    for (sample, rows) in layout.samples.enumerated() {
      var slope = 0.0
      let other = vectorLayout.samples[sample]
      for frame in 0..<layout.lengths[sample] {
        let first = layout.firstPositions.isEmpty ? 0 : layout.firstPositions[sample][frame]
        for position in 0..<min(rows.time, lists.labels[sample].count + 1 - first) {
          let place = rows.offset + frame * rows.batchStride + position * rows.timeStride
          let otherPlace = other.offset + frame * other.batchStride + position * other.timeStride
          for column in 0..<rows.vocabulary {
            slope += gradient[place + column].widened * vector[otherPlace + column].widened
          }
        }
      }
      slopes.append(slope)
    }
    let factors = lists.slopes(losses, weights: nil)
    let changes = lists.slopeTangents(losses, along: slopes)
    for (sample, rows) in layout.samples.enumerated() {
      for index in rows.offset..<rows.offset + rows.valueCount {
        // A sample without a path has a factor of zero, and its products and gradient may be
        // anything.
        let curved = factors[sample] == 0 ? 0 : factors[sample] * products[index].widened
        let shifted = changes[sample] == 0 ? 0 : changes[sample] * gradient[index].widened
        products[index] = Number(nearest: curved + shifted)
      }
    }
    return products
  }
}
