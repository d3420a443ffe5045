import CLibrary

/// Label smoothing: the loss with a term that keeps every token's probability above 0.
extension CTCLoss {
  /// Writes each sample's value, `(1 - smoothing) · loss + smoothing · Σ_t KL(u ‖ p_t)`, and its derivatives.
  ///
  /// u is the uniform distribution over the vocabulary, blank included, and p_t the model's distribution in frame t. The
  /// divergence is `-log V - mean_k log p_t(k)`, with the derivative `p_t - 1/V` by the logits and `-1/V` by
  /// log-probabilities, which are free variables. CTC has no target for each frame, so the label smoothing of the
  /// cross-entropy (Szegedy et al. 2016, arXiv 1512.00567) is applied to every frame, as in Kim et al. 2017
  /// (arXiv 1711.02212).
  ///
  /// A logit of `-inf` makes the value `+inf`. So does a sample without a path; its gradient has the uniform part
  /// alone. The cost is that of a gradient and one more pass over the logits.
  ///
  /// - Parameters:
  ///   - logits: `[batch, time, vocabulary]` as `layout` places them.
  ///   - layout: The shape, the strides and the number of valid frames of each sample.
  ///   - labels: One sequence for each sample, of vocabulary indices other than the blank.
  ///   - smoothing: 0...1; 0 for the plain loss.
  ///   - values: `[batch]`, overwritten.
  ///   - gradient: As many elements as its layout needs; those of the layout are overwritten.
  ///   - output: The weights of the samples, the gradient's layout, and memory to reuse.
  /// - Throws: ``InputError`` as
  ///   ``lossesAndGradient(_:layout:labels:into:gradient:output:)``, and where the
  ///   smoothing is outside `0...1`.
  public func smoothedLossesAndGradient<Element: LogitElement>(
    _ logits: Span<Element>, layout: LogitsLayout, labels: LabelBatch, smoothing: Double,
    into values: inout MutableSpan<Double>, gradient: inout MutableSpan<Element>,
    output: GradientOutput<LogitsLayout> = GradientOutput()
  ) throws(InputError) {
    guard (0...1).contains(smoothing) else {
      throw InputError("smoothing", "\(smoothing) is outside 0...1")
    }
    try variants(logits, layout, labels, &values, &gradient, output) { sample in
      // For types of few digits, the terms are added before the sum is rounded.
      guard smoothing > 0, Element.unitRoundoff > Float.unitRoundoff else {
        return sample.batch.smoothedLossAndGradient(
          sample.sample, sample.workspace, into: sample.output, weight: sample.weight, smoothing)
      }
      return sample.batch.inSinglePrecision(sample.sample, into: sample.output) { batch, output in
        batch.smoothedLossAndGradient(
          0, sample.workspace, into: output, weight: sample.weight, smoothing)
      }
    }
  }

  /// Each sample's value, `[batch]`, and the gradient in the layout of the logits.
  ///
  /// - Throws: ``InputError`` as
  ///   ``smoothedLossesAndGradient(_:layout:labels:smoothing:into:gradient:output:)``.
  public func smoothedLossesAndGradient<Element: LogitElement>(
    _ logits: [Element], layout: LogitsLayout, labels: LabelBatch, smoothing: Double,
    weights: [Double]? = nil
  ) throws(InputError) -> (values: [Double], gradient: [Element]) {
    try valuesAndGradient(logits, of: layout, count: layout.batch) {
      (logits, values, gradient) throws(InputError) in
      try smoothedLossesAndGradient(
        logits, layout: layout, labels: labels, smoothing: smoothing, into: &values,
        gradient: &gradient, output: GradientOutput(weights: weights))
    }
  }
}

extension CTCBatch {
  /// A prepared sample's value; its gradient times `weight` is written.
  fileprivate func smoothedLossAndGradient(
    _ sample: Int, _ workspace: CTCWorkspace, into output: StridedBuffer<Element>, weight: Double,
    _ smoothing: Double
  ) -> Double {
    let loss = lossAndGradient(sample, workspace, into: output, weight: weight * (1 - smoothing))
    guard smoothing > 0, !workspace.isInvalid else { return loss }
    let divergence = addUniform(sample, to: output, times: weight * smoothing)
    // Without a path it is infinite for any smoothing: at 1 too, where the product would be NaN.
    return loss == .infinity ? loss : (1 - smoothing) * loss + smoothing * divergence
  }

  /// `Σ_t KL(u ‖ p_t)` of a sample that is valid; its derivative times `factor` is added to `output`.
  fileprivate func addUniform(
    _ sample: Int, to output: StridedBuffer<Element>, times factor: Double
  ) -> Double {
    let count = layout.vocabulary
    let uniform = 1 / Double(count)
    return withUnsafeTemporaryAllocation(of: Double.self, capacity: 2 * count) { rows in
      guard let row = rows.baseAddress else { return 0 }
      let slopes = row + count
      var divergence = 0.0
      for frame in 0..<layout.lengths[sample] {
        logits.read(sample, frame, into: row)
        var sum = 0.0
        for token in 0..<count { sum += row[token] }
        let largest = loss.inputs == .logits ? (largestNumber(row, count: count) ?? 0) : 0
        var total = 0.0
        for token in 0..<count where loss.inputs == .logits {
          row[token] = exp(row[token] - largest)
          total += row[token]
        }
        let normalizer = loss.inputs == .logits ? largest + log(total) : 0
        divergence += normalizer - sum * uniform - log(Double(count))
        output.read(sample, frame, into: slopes)
        for token in 0..<count {
          let softmax = loss.inputs == .logits ? row[token] / total : 0
          slopes[token] += factor * (softmax - uniform)
        }
        output.write(sample, frame, from: slopes)
      }
      return divergence
    }
  }
}
