/// Minimum risk training of transducers on lists of hypotheses (MWER, Guo et al. 2020, arXiv 2007.13802).
///
/// A transducer's predictor sees the labels, so that each hypothesis has rows of the joiner of its own: the samples of
/// a layout are the hypotheses, one utterance's after the other's. ``ExpectedRisk`` has the formula; a reference,
/// where `referenceWeight` asks for its loss, is one of its utterance's hypotheses.
///
/// | case | result |
/// |---|---|
/// | a hypothesis without a path | probability exactly 0 |
/// | no hypothesis of an utterance has a path, or there is none | value `+inf`, its derivatives 0 |
/// | the reference has no path | value `+inf`, its part of the derivatives 0 |
/// | NaN in a row that paths cross | NaN for that utterance alone |
extension TransducerLoss {
  /// Each utterance's value, `[utterances]`.
  ///
  /// - Parameters:
  ///   - logits: `[hypotheses, time, positions, vocabulary]` as `layout` places them, all utterances' hypotheses.
  ///   - layout: The shape, the strides and the number of valid frames of each sample.
  ///   - hypotheses: Distinct label sequences and their risks; references if `options` needs them.
  ///   - options: How the risks become one number.
  /// - Throws: ``InputError`` as ``losses(_:layout:labels:)-(Span<Element>,_,_)``; where a sequence is twice among an
  ///   utterance's, an option is not finite, or a reference that is needed is not among the hypotheses.
  public func expectedRisks<Element: LogitElement>(
    _ logits: Span<Element>, layout: JoinerLayout, hypotheses: HypothesisRisks,
    options: ExpectedRisk = ExpectedRisk()
  ) throws(InputError) -> [Double] {
    let lists = try HypothesisLists(hypotheses, options, samples: layout.batch)
    return lists.values(try losses(logits, layout: layout, labels: lists.labels))
  }

  /// Each utterance's value, `[utterances]`, and the derivatives of their sum, as the logits lie.
  ///
  /// A loss of each hypothesis, then a gradient of those that count. FastEmit and the limit are on the gradients of the
  /// hypotheses' losses, before these are weighted.
  ///
  /// - Parameters:
  ///   - logits: `[hypotheses, time, positions, vocabulary]` as `layout` places them, all utterances' hypotheses.
  ///   - layout: The shape, the strides and the number of valid frames of each sample.
  ///   - hypotheses: Distinct label sequences and their risks; references if `options` needs them.
  ///   - options: How the risks become one number.
  ///   - weights: `[utterances]`, what each one's gradient is multiplied by; 1 unless given. Not the values.
  ///   - gradient: As many elements as the logits; those of the layout are overwritten.
  /// - Throws: ``InputError`` as ``expectedRisks(_:layout:hypotheses:options:)-(Span<Element>,_,_,_)``, or where a
  ///   count does not fit.
  public func expectedRisksAndGradient<Element: LogitElement>(
    _ logits: Span<Element>, layout: JoinerLayout, hypotheses: HypothesisRisks,
    options: ExpectedRisk = ExpectedRisk(), weights: [Double]? = nil,
    gradient: inout MutableSpan<Element>
  ) throws(InputError) -> [Double] {
    let lists = try HypothesisLists(hypotheses, options, samples: layout.batch)
    if let weights, weights.count != lists.count {
      throw InputError("weights", "\(weights.count) for \(lists.count) utterances")
    }
    let losses = try losses(logits, layout: layout, labels: lists.labels)
    _ = try lossesAndGradient(
      logits, layout: layout, labels: lists.labels,
      weights: lists.slopes(losses, weights: weights), gradient: &gradient)
    return lists.values(losses)
  }

  /// The Hessian of the sum of the values by the logits, times `vector`, as the logits lie.
  ///
  /// Exact: the weights of the hypotheses change along the vector, and so do their gradients. FastEmit and the limit
  /// have no part in it.
  ///
  /// - Throws: ``InputError`` as ``expectedRisks(_:layout:hypotheses:options:)-(Span<Element>,_,_,_)``, or where the
  ///   vector has another size.
  public func expectedRiskHessianVectorProduct<Element: LogitElement>(
    _ logits: [Element], layout: JoinerLayout, hypotheses: HypothesisRisks,
    options: ExpectedRisk = ExpectedRisk(), vector: [Element]
  ) throws(InputError) -> [Element] {
    // The terms of a sum of few digits, and the slope that they give: rounded once, when they are added up.
    if Element.unitRoundoff > Float.unitRoundoff {
      return try expectedRiskHessianVectorProduct(
        logits.map { Float(nearest: $0.widened) }, layout: layout, hypotheses: hypotheses,
        options: options, vector: vector.map { Float(nearest: $0.widened) }
      ).map { Element(nearest: $0.widened) }
    }
    let lists = try HypothesisLists(hypotheses, options, samples: layout.batch)
    var plain = self
    (plain.fastEmit, plain.gradientLimit) = (0, nil)
    let (losses, gradient) = try plain.lossesAndGradient(
      logits, layout: layout, labels: lists.labels)
    var product = try plain.hessianVectorProducts(
      logits, layout: layout, labels: lists.labels, vector: vector)
    let slopes = layout.samples.map { rows in
      var slope = 0.0
      for index in rows.offset..<rows.offset + rows.batch * rows.time * rows.vocabulary {
        slope += gradient[index].widened * vector[index].widened
      }
      return slope
    }
    let factors = lists.slopes(losses, weights: nil)
    let changes = lists.slopeTangents(losses, along: slopes)
    for (sample, rows) in layout.samples.enumerated() {
      for index in rows.offset..<rows.offset + rows.batch * rows.time * rows.vocabulary {
        // What a sample without a path has may be anything; its factors are zero.
        let curved = factors[sample] == 0 ? 0 : factors[sample] * product[index].widened
        let shifted = changes[sample] == 0 ? 0 : changes[sample] * gradient[index].widened
        product[index] = Element(nearest: curved + shifted)
      }
    }
    return product
  }
}

extension TransducerLoss {
  /// Each utterance's value, `[utterances]`, and the derivatives of their sum, as the logits lie.
  ///
  /// - Throws: ``InputError`` as ``expectedRisks(_:layout:hypotheses:options:)-(Span<Element>,_,_,_)``.
  public func expectedRisksAndGradient<Element: LogitElement>(
    _ logits: [Element], layout: JoinerLayout, hypotheses: HypothesisRisks,
    options: ExpectedRisk = ExpectedRisk()
  ) throws(InputError) -> (values: [Double], gradient: [Element]) {
    var gradient = [Element](repeating: Element(nearest: 0), count: logits.count)
    var span = gradient.mutableSpan
    let values = try expectedRisksAndGradient(
      logits.span, layout: layout, hypotheses: hypotheses, options: options, gradient: &span)
    return (values, gradient)
  }
}
