/// A validated batch of hypotheses with risks, and of references if the value has a part for them.
///
/// A sample's derivatives have two parts: the reference's, dense, by the kernels of the loss; and that of the hypotheses,
/// in the few columns that they use, which is added to it.
struct RiskBatch<Element: LogitElement> {
  /// The hypotheses of each sample.
  let samples: CTCBatch<Element>
  private let references: CTCBatch<Element>?
  private let risks: [[Double]]
  private let options: ExpectedRisk

  init(
    _ loss: CTCLoss, _ logits: UnsafeBufferPointer<Element>, _ layout: LogitsLayout,
    _ hypotheses: HypothesisRisks, _ options: ExpectedRisk, _ workspace: LossWorkspace?
  ) throws(InputError) {
    try options.check(hasReferences: hypotheses.references != nil)
    samples = try CTCBatch(
      loss, logits, layout, hypotheses: hypotheses.hypotheses, workspace: workspace)
    risks = hypotheses.risks
    self.options = options
    guard options.referenceWeight != 0, let references = hypotheses.references else {
      self.references = nil
      return
    }
    do {
      self.references = try CTCBatch(loss, logits, layout, references)
    } catch {
      throw error.argument == "labels"
        ? InputError(
          "references", sample: error.sample, position: error.position, error.problem)
        : error
    }
  }

  func value(_ sample: Int, _ workspace: CTCWorkspace) -> Double {
    guard samples.hasSoftmax(sample) else { return .nan }
    let reference = references.map { options.referenceWeight * $0.loss(sample, workspace) } ?? 0
    return reference + utterance(sample, workspace).value()
  }

  /// Returns the value. Its derivative times `weight` is written.
  func valueAndGradient(
    _ sample: Int, _ workspace: CTCWorkspace, weight: Double, into output: StridedBuffer<Element>
  ) -> Double {
    guard samples.hasSoftmax(sample) else {
      output.fillValid(sample, samples.layout.lengths[sample], with: .nan)
      return .nan
    }
    guard let references else {
      output.clear(sample, 0..<samples.layout.time)
      return addHypotheses(sample, workspace, weight, to: output, sample)
    }
    let factor = options.referenceWeight
    // For types of few digits the sum is rounded, not its terms.
    guard Element.unitRoundoff > Float.unitRoundoff else {
      return factor
        * references.lossAndGradient(sample, workspace, into: output, weight: weight * factor)
        + addHypotheses(sample, workspace, weight, to: output, sample)
    }
    return references.inSinglePrecision(sample, into: output) { references, output in
      factor * references.lossAndGradient(0, workspace, into: output, weight: weight * factor)
        + addHypotheses(sample, workspace, weight, to: output, 0)
    }
  }

  /// Returns the value without the reference's part. Its derivative times `weight` is added to rows
  /// of the sample.
  private func addHypotheses<Output: LogitElement>(
    _ sample: Int, _ workspace: CTCWorkspace, _ weight: Double,
    to output: StridedBuffer<Output>, _ row: Int
  ) -> Double {
    let utterance = utterance(sample, workspace)
    let (value, gradient) = utterance.valueAndGradient()
    output.add(
      gradient, times: weight, row, samples.layout.lengths[sample], columns: utterance.tokens)
    return value
  }

  /// Writes the Hessian-vector product.
  func hessianVectorProduct(
    _ sample: Int, _ workspace: CTCWorkspace, _ direction: StridedBuffer<Element>,
    into output: StridedBuffer<Element>
  ) {
    guard samples.hasSoftmax(sample) else {
      output.fillValid(sample, samples.layout.lengths[sample], with: .nan)
      return
    }
    let (frames, factor) = (samples.layout.lengths[sample], options.referenceWeight)
    func addHypotheses<Output: LogitElement>(to output: StridedBuffer<Output>, _ row: Int) {
      let utterance = utterance(sample, workspace)
      let product = utterance.hessianVectorProduct(along: direction, sample)
      output.add(product, times: 1, row, frames, columns: utterance.tokens)
    }
    guard let references else {
      output.clear(sample, 0..<samples.layout.time)
      return addHypotheses(to: output, sample)
    }
    guard Element.unitRoundoff > Float.unitRoundoff else {
      references.hessianVectorProduct(sample, workspace, direction, into: output)
      output.scale(sample, frames, by: factor)
      return addHypotheses(to: output, sample)
    }
    references.inSinglePrecision(sample, into: output) { references, output in
      direction.inSinglePrecision(sample, frames) {
        references.hessianVectorProduct(0, workspace, $0, into: output)
      }
      output.scale(0, frames, by: factor)
      addHypotheses(to: output, 0)
    }
  }

  private func utterance(
    _ sample: Int, _ workspace: CTCWorkspace
  ) -> any UtteranceDerivatives {
    let sequences = samples.groups[sample].map { samples.sequences[$0] }
    let (logits, loss, risks) = (samples.logits, samples.loss, risks[sample])
    // `Double` for logits of `Double`, the kernels for `Float` for types of fewer digits.
    return if Element.unitRoundoff < Float.unitRoundoff {
      UtteranceRisk<Double>(
        columns: HypothesisColumns(logits, sample, loss, sequences: sequences, workspace),
        risks: risks, options: options)
    } else {
      UtteranceRisk<Float>(
        columns: HypothesisColumns(logits, sample, loss, sequences: sequences, workspace),
        risks: risks, options: options)
    }
  }
}

extension StridedBuffer {
  /// Whether a row holds `-inf` alone.
  fileprivate func isImpossible(_ sample: Int, _ frame: Int) -> Bool {
    withUnsafeTemporaryAllocation(of: Double.self, capacity: layout.vocabulary) { row in
      guard let base = row.baseAddress else { return true }
      read(sample, frame, into: base)
      return row.allSatisfy { $0 == -.infinity }
    }
  }

  /// Sets a sample's valid rows to one value, the others to zero.
  func fillValid(_ sample: Int, _ frames: Int, with value: Double) {
    for frame in 0..<frames { fill(sample, frame, with: value) }
    clear(sample, frames..<layout.time)
  }

  /// Multiplies a sample's valid rows.
  func scale(_ sample: Int, _ frames: Int, by factor: Double) {
    withUnsafeTemporaryAllocation(of: Double.self, capacity: layout.vocabulary) { row in
      guard let base = row.baseAddress else { return }
      for frame in 0..<frames {
        read(sample, frame, into: base)
        for token in 0..<layout.vocabulary { row[token] *= factor }
        write(sample, frame, from: base)
      }
    }
  }

  /// Adds `[frames, columns]` times a factor to columns of a sample's first rows.
  func add(
    _ values: UnsafePointer<Double>, times factor: Double, _ sample: Int, _ frames: Int,
    columns: [Int32]
  ) {
    if Element.self == Float.self {
      add(values, factor, sample, frames, columns, as: Float.self)
    } else if Element.self == Double.self {
      add(values, factor, sample, frames, columns, as: Double.self)
    } else {
      add(values, factor, sample, frames, columns, as: Element.self)
    }
  }

  @inline(__always)
  private func add<Concrete: LogitElement>(
    _ values: UnsafePointer<Double>, _ factor: Double, _ sample: Int, _ frames: Int,
    _ columns: [Int32], as type: Concrete.Type
  ) {
    for frame in 0..<frames {
      guard let row = start(sample, frame, as: type) else { return }
      let values = values + frame * columns.count
      for (column, token) in columns.enumerated() {
        let place = row + Int(token) * layout.vocabularyStride
        place.pointee = Concrete(nearest: place.pointee.widened + factor * values[column])
      }
    }
  }
}

extension CTCBatch {
  /// Whether all valid frames of a sample have a softmax: no NaN, no `+inf`, and, for logits, not `-inf` alone.
  func hasSoftmax(_ sample: Int) -> Bool {
    let frames = layout.lengths[sample]
    var frame = 0
    while true {
      frame = logits.firstImpossible(sample, frame..<frames)
      if frame == frames { return true }
      guard loss.inputs == .logProbabilities, logits.isImpossible(sample, frame) else {
        return false
      }
      frame += 1
    }
  }
}
