import CLibrary

/// The loss with targets that leave something to every token.
extension CTCLoss {
  /// Writes each sample's value, `(1 - smoothing) · loss + smoothing · Σ_t KL(u ‖ p_t)`, and its derivatives.
  ///
  /// u is the uniform distribution over the vocabulary, blank included, p_t the model's in frame t: what
  /// `-log V - mean_k log p_t(k)` is, with the derivative `p_t - 1/V` by the logits. It is the cross-entropy's
  /// label smoothing (Szegedy et al. 2016, arXiv 1512.00567) frame by frame, since CTC's targets are not known by
  /// frame; after Kim et al. 2017 (arXiv 1711.02212), who add a divergence from the uniform distribution to CTC.
  ///
  /// A logit of `-inf` makes the value `+inf`, as does a sample without a path, whose gradient has the uniform part
  /// alone. Log-probabilities are free variables, with the derivative `-1/V`.
  /// One more pass over the logits than a gradient.
  ///
  /// - Parameters:
  ///   - logits: `[batch, time, vocabulary]` as `layout` places them.
  ///   - layout: The shape, the strides and the number of valid frames of each sample.
  ///   - labels: One sequence a sample, of vocabulary indices other than the blank.
  ///   - smoothing: 0 for the plain loss, to 1.
  ///   - weights: `[batch]`, what each sample's gradient is multiplied by; 1 unless given. Not the values.
  ///   - values: `[batch]`, overwritten.
  ///   - gradient: As many elements as its layout needs; those of the layout are overwritten.
  ///   - gradientLayout: Where the gradient goes, if not as the logits lie.
  ///   - workspace: As for ``losses(_:layout:labels:into:workspace:)``.
  /// - Throws: ``InputError`` as
  ///   ``lossesAndGradient(_:layout:labels:weights:losses:gradient:gradientLayout:workspace:)``, and where the
  ///   smoothing is outside `0...1`.
  public func smoothedLossesAndGradient<Element: LogitElement>(
    _ logits: Span<Element>, layout: LogitsLayout, labels: LabelBatch, smoothing: Double,
    weights: [Double]? = nil, values: inout MutableSpan<Double>,
    gradient: inout MutableSpan<Element>, gradientLayout: LogitsLayout? = nil,
    workspace: LossWorkspace? = nil
  ) throws(InputError) {
    guard (0...1).contains(smoothing) else {
      throw InputError("smoothing", "\(smoothing) is outside 0...1")
    }
    try variants(
      logits, layout, labels, weights: weights, &values, &gradient, gradientLayout, workspace
    ) { sample in
      // Of few digits the sum is rounded, not its terms.
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
  ///   ``smoothedLossesAndGradient(_:layout:labels:smoothing:weights:values:gradient:gradientLayout:workspace:)``.
  public func smoothedLossesAndGradient<Element: LogitElement>(
    _ logits: [Element], layout: LogitsLayout, labels: LabelBatch, smoothing: Double
  ) throws(InputError) -> (values: [Double], gradient: [Element]) {
    try variants(of: logits, layout) { (values, gradient) throws(InputError) in
      try smoothedLossesAndGradient(
        logits.span, layout: layout, labels: labels, smoothing: smoothing, values: &values,
        gradient: &gradient)
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
