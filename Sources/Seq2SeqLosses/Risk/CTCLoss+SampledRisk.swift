/// Minimum risk training on draws from the model (EMBR), without a search for hypotheses.
extension CTCLoss {
  /// Exact, independent draws from the model's distribution over all label sequences, `[batch][count]`.
  ///
  /// Each draw is a path of tokens, drawn frame by frame and collapsed to labels. The draws of a sample depend on
  /// `seed`, its index and the sample alone. A sample has none if its frames hold NaN or `+inf`, or a frame holds `-inf`
  /// alone.
  ///
  /// O(frames · (vocabulary + count · log vocabulary)) a sample.
  ///
  /// - Parameters:
  ///   - logits: `[batch, time, vocabulary]` as `layout` places them; log-probabilities if ``inputs`` says so.
  ///   - layout: The shape, the strides and the number of valid frames of each sample.
  ///   - count: The number of draws of each sample.
  ///   - seed: Any number; the same one gives the same draws.
  /// - Throws: ``InputError`` as ``losses(_:layout:labels:into:workspace:)``, and where `count` is negative, above
  ///   2^20, or gives more than 2^28 frames in all draws together.
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

  /// Exact, independent draws from the model's distribution over all label sequences, `[batch][count]`.
  ///
  /// - Throws: ``InputError`` as the form that takes a `Span`.
  public func sampledHypotheses<Element: LogitElement>(
    _ logits: [Element], layout: LogitsLayout, count: Int, seed: UInt64
  ) throws(InputError) -> [[[Int]]] {
    try logits.withSpan { (logits) throws(InputError) in
      try sampledHypotheses(logits, layout: layout, count: count, seed: seed)
    }
  }

  /// Writes an estimate of each sample's expected risk, over all label sequences, and of its derivatives.
  ///
  /// For `count` draws y_k from the model, with the risks r_k and their mean r̄, the value is r̄ and the gradient is
  ///
  ///     1 / (count - 1) · Σ_k (r_k - r̄) · ∂ log P(y_k)
  ///
  /// This is the score-function estimator; each draw's baseline is the mean risk of the other draws. Value and gradient
  /// are unbiased (Shannon 2017, arXiv 1706.02776). Shannon uses the derivative of the drawn path. Here it is that of
  /// the draw's labels, the mean over all paths that collapse to them: the expectation is the same, the variance lower.
  /// The draws' factors add up to zero, so the softmax cancels, and the gradient is 0 except for tokens that were drawn.
  ///
  /// The draws of a sample depend on `seed`, its index and the sample alone; results are the same to the bit for any
  /// number of threads. O(frames · (vocabulary + count · (log vocabulary + labels))) a sample. NaN samples have NaN; a
  /// sample without any path has a value of NaN and a gradient of 0.
  ///
  /// - Parameters:
  ///   - logits: `[batch, time, vocabulary]` as `layout` places them.
  ///   - layout: The shape, the strides and the number of valid frames of each sample.
  ///   - count: The number of draws, 2 or more.
  ///   - seed: Any number, a new one for each training step.
  ///   - values: `[batch]`, overwritten.
  ///   - gradient: As many elements as its layout needs; those of the layout are overwritten.
  ///   - output: The weights of the samples, the gradient's layout, and memory to reuse.
  ///   - risk: The risk of a label sequence of a sample, a finite number. It is called once for each distinct sequence,
  ///     on the calling thread, sample after sample.
  /// - Throws: ``InputError`` as ``losses(_:layout:labels:into:workspace:)``, and where `count` is less than 2 or too
  ///   large, a risk is not finite, the weights or the gradient do not fit, or two elements of the gradient's layout
  ///   share memory.
  public func sampledRisksAndGradient<Element: LogitElement>(
    _ logits: Span<Element>, layout: LogitsLayout, count: Int, seed: UInt64,
    into values: inout MutableSpan<Double>, gradient: inout MutableSpan<Element>,
    output: GradientOutput<LogitsLayout> = GradientOutput(),
    risk: (_ sample: Int, _ labels: [Int]) -> Double
  ) throws(InputError) {
    try checkDraws(count, atLeast: 2, steps: layout.lengths)
    try checkCount("values", values.count, needed: layout.batch)
    try checkCount("weights", output.weights?.count ?? layout.batch, needed: layout.batch)
    let draws = try sampledHypotheses(logits, layout: layout, count: count, seed: seed)
    var estimates: [RiskEstimate] = []
    for (sample, sequences) in draws.enumerated() {
      estimates.append(try RiskEstimate(sequences, sample: sample, risk))
      values[sample] = estimates[sample].value
    }
    try gradient.withUnsafeMutableBufferPointer { (gradient) throws(InputError) in
      try logits.withUnsafeBufferPointer { (logits) throws(InputError) in
        let batch = try CTCBatch(
          self, logits, layout, hypotheses: estimates.map(\.sequences),
          workspace: output.workspace)
        let buffer = try batch.output("gradient", gradient, output.layout ?? layout)
        batch.forEachSample { workspace, sample in
          batch.writePosteriors(
            sample, workspace, weights: estimates[sample].weights,
            times: output.weights?[sample] ?? 1, into: buffer)
        }
      }
    }
  }

  /// An estimate of each sample's expected risk, `[batch]`, and of the gradient in the layout of the logits.
  ///
  /// - Throws: ``InputError`` as
  ///   ``sampledRisksAndGradient(_:layout:count:seed:into:gradient:output:risk:)``.
  public func sampledRisksAndGradient<Element: LogitElement>(
    _ logits: [Element], layout: LogitsLayout, count: Int, seed: UInt64,
    weights: [Double]? = nil, risk: (_ sample: Int, _ labels: [Int]) -> Double
  ) throws(InputError) -> (values: [Double], gradient: [Element]) {
    try valuesAndGradient(logits, of: layout, count: layout.batch) {
      (logits, values, gradient) throws(InputError) in
      try sampledRisksAndGradient(
        logits, layout: layout, count: count, seed: seed, into: &values, gradient: &gradient,
        output: GradientOutput(weights: weights), risk: risk)
    }
  }
}

/// The estimate of a sample's expected risk from its draws.
private struct RiskEstimate {
  /// The distinct draws, in the order of their first occurrence.
  let sequences: LabelBatch
  /// The factor of each sequence's score function.
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
    // Relative to the risk of the first draw, so that equal risks have a gradient of exactly zero.
    let excess = risks.map { $0 - risks[0] }
    let total = Double(draws.count)
    let mean = zip(counts, excess).reduce(0) { $0 + $1.0 * $1.1 } / total
    sequences = LabelBatch(distinct)
    weights = zip(counts, excess).map { $0 * ($1 - mean) / (total - 1) }
    value = draws.isEmpty ? .nan : risks[0] + mean
  }
}

extension CTCBatch {
  /// Writes the weighted sum of the posteriors of a sample's sequences, whose weights add up to
  /// zero; NaN in the valid frames of a NaN sample.
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
