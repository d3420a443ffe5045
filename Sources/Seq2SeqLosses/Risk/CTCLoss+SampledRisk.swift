/// Minimum risk training on samples (EMBR): no list has to be searched for, and none is left out.
extension CTCLoss {
  /// Label sequences drawn from the model's distribution over all of them, `[batch][count]`: exact, independent
  /// paths, collapsed.
  ///
  /// The draws of sample b depend on `seed`, b and the sample alone. A sample of which no frame has a softmax, or a
  /// frame has no token, has none.
  ///
  /// O(frames · (vocabulary + count · log vocabulary)) a sample.
  ///
  /// - Throws: ``InputError`` as ``losses(_:layout:labels:into:workspace:)``, and where `count` is negative,
  ///   more than 2^20, or makes more than 2^28 frames of all draws together.
  public func sampledHypotheses<Element: LogitElement>(
    _ logits: Span<Element>, layout: LogitsLayout, count: Int, seed: UInt64
  ) throws(InputError) -> [[[Int]]] {
    try checkDraws(count, steps: layout.lengths)
    return try logits.withUnsafeBufferPointer { (logits) throws(InputError) in
      let batch = try CTCBatch(
        self, logits, layout,
        hypotheses: [LabelBatch](repeating: [], count: layout.batch))
      return batch.map { workspace, sample in
        var generator = SplitMix64(seed: seed, sample: sample)
        return workspace.sampledPaths(count: count, using: &generator).map {
          topology.labels(of: $0, blank: blank)
        }
      }
    }
  }

  /// Writes an estimate of each sample's expected risk, over all label sequences, and of its derivatives.
  ///
  /// For `count` draws y_k from the model, with the risks r_k and their mean r̄, the value is r̄ and the gradient is
  ///
  ///     1 / (count - 1) · Σ_k (r_k - r̄) · ∂ log P(y_k)
  ///
  /// which is the score function with the mean of the other draws' risks as the baseline of each: both are unbiased
  /// (Shannon 2017, arXiv 1706.02776). There the derivative is that of the path drawn; here it is that of
  /// its labels, the mean over all paths that collapse to them, which has the same expectation and varies less.
  /// Weights of the draws add up to zero, so no softmax is left: the gradient is 0 but for tokens that were drawn.
  ///
  /// The draws of sample b depend on `seed`, b and the sample alone; results are the same to the bit for any number of
  /// threads. O(frames · (vocabulary + count · (log vocabulary + labels))) a sample. NaN samples are NaN; a sample
  /// without any path has a value of NaN and a gradient of 0.
  ///
  /// - Parameters:
  ///   - logits: `[batch, time, vocabulary]` as `layout` places them.
  ///   - layout: The shape, the strides and the number of valid frames of each sample.
  ///   - count: The number of draws, 2 or more.
  ///   - seed: A new one for each step of a training.
  ///   - weights: `[batch]`, what each sample's gradient is multiplied by; 1 unless given. Not the values.
  ///   - values: `[batch]`, overwritten.
  ///   - gradient: As many elements as its layout needs; those of the layout are overwritten.
  ///   - gradientLayout: Where the gradient goes, if not as the logits lie.
  ///   - workspace: As for ``losses(_:layout:labels:into:workspace:)``.
  ///   - risk: What a label sequence costs a sample, a finite number; called once for each that is distinct, on the
  ///     calling thread, sample after sample.
  /// - Throws: ``InputError`` as
  ///   ``lossesAndGradient(_:layout:labels:weights:losses:gradient:gradientLayout:workspace:)``, and where `count`
  ///   is less than 2 or as for ``sampledHypotheses(_:layout:count:seed:)``, or a risk not finite.
  public func sampledRisksAndGradient<Element: LogitElement>(
    _ logits: Span<Element>, layout: LogitsLayout, count: Int, seed: UInt64,
    weights: [Double]? = nil, values: inout MutableSpan<Double>,
    gradient: inout MutableSpan<Element>, gradientLayout: LogitsLayout? = nil,
    workspace: LossWorkspace? = nil, risk: (_ sample: Int, _ labels: [Int]) -> Double
  ) throws(InputError) {
    try checkDraws(count, atLeast: 2, steps: layout.lengths)
    try checkCount("values", values.count, layout.batch)
    try checkCount("weights", weights?.count ?? layout.batch, layout.batch)
    let draws = try sampledHypotheses(logits, layout: layout, count: count, seed: seed)
    var estimates: [RiskEstimate] = []
    for (sample, sequences) in draws.enumerated() {
      estimates.append(try RiskEstimate(sequences, sample: sample, risk))
      values[sample] = estimates[sample].value
    }
    try gradient.withUnsafeMutableBufferPointer { (gradient) throws(InputError) in
      try logits.withUnsafeBufferPointer { (logits) throws(InputError) in
        let batch = try CTCBatch(
          self, logits, layout, hypotheses: estimates.map(\.sequences), workspace: workspace)
        let output = try batch.output("gradient", gradient, gradientLayout ?? layout)
        batch.forEachSample { workspace, sample in
          batch.writePosteriors(
            sample, workspace, weights: estimates[sample].weights,
            times: weights?[sample] ?? 1, into: output)
        }
      }
    }
  }

  /// An estimate of each sample's expected risk, `[batch]`, and of the gradient in the layout of the logits.
  ///
  /// - Throws: ``InputError`` as
  ///   ``sampledRisksAndGradient(_:layout:count:seed:weights:values:gradient:gradientLayout:workspace:risk:)``.
  public func sampledRisksAndGradient<Element: LogitElement>(
    _ logits: [Element], layout: LogitsLayout, count: Int, seed: UInt64,
    risk: (_ sample: Int, _ labels: [Int]) -> Double
  ) throws(InputError) -> (values: [Double], gradient: [Element]) {
    try variants(of: logits, layout) { (values, gradient) throws(InputError) in
      try sampledRisksAndGradient(
        logits.span, layout: layout, count: count, seed: seed, values: &values,
        gradient: &gradient, risk: risk)
    }
  }
}

/// What a sample's draws say of its expected risk.
private struct RiskEstimate {
  /// The distinct draws, in the order of their first.
  let sequences: LabelBatch
  /// The factor of each one's score function.
  let weights: [Double]
  let value: Double

  init(
    _ draws: [[Int]], sample: Int, _ risk: (_ sample: Int, _ labels: [Int]) -> Double
  ) throws(InputError) {
    var places: [[Int]: Int] = [:]
    var distinct: [[Int]] = []
    var counts: [Double] = []
    for draw in draws {
      if let place = places[draw] {
        counts[place] += 1
      } else {
        places[draw] = distinct.count
        distinct.append(draw)
        counts.append(1)
      }
    }
    let risks = distinct.map { risk(sample, $0) }
    for value in risks where !value.isFinite {
      throw InputError("risk", sample: sample, "\(value) is not finite")
    }
    // Beside that of the first draw: equal risks have a gradient of zero to the bit.
    let excess = risks.map { $0 - risks[0] }
    let total = Double(draws.count)
    let mean = zip(counts, excess).reduce(0) { $0 + $1.0 * $1.1 } / total
    sequences = LabelBatch(distinct)
    weights = zip(counts, excess).map { $0 * ($1 - mean) / (total - 1) }
    value = draws.isEmpty ? .nan : risks[0] + mean
  }
}

extension CTCBatch {
  /// Writes the weighted sum of the posteriors of a sample's sequences, whose weights add up to zero; NaN in
  /// valid frames of a sample that has no softmax.
  fileprivate func writePosteriors(
    _ sample: Int, _ workspace: CTCWorkspace, weights: [Double], times factor: Double,
    into output: StridedBuffer<Element>
  ) {
    let frames = layout.lengths[sample]
    guard hasSoftmax(sample) else {
      output.fillValid(sample, frames, with: .nan)
      return
    }
    output.clear(sample, 0..<layout.time)
    let sequences = groups[sample].map { self.sequences[$0] }
    // As for lists of hypotheses.
    if Element.unitRoundoff < Float.unitRoundoff {
      let columns = HypothesisColumns<Double>(logits, sample, loss, sequences: sequences, workspace)
      output.add(
        columns.sum(of: weights), times: factor, sample, frames, columns: columns.tokens)
    } else {
      let columns = HypothesisColumns<Float>(logits, sample, loss, sequences: sequences, workspace)
      output.add(
        columns.sum(of: weights), times: factor, sample, frames, columns: columns.tokens)
    }
  }
}
