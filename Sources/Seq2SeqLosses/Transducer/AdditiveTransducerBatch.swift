import LossKernelInterface

/// The checked samples of an additive transducer, which all public functions of
/// ``AdditiveTransducerLoss`` use.
struct AdditiveTransducerBatch<Element: LogitElement> {
  let loss: AdditiveTransducerLoss
  let encoder: StridedBuffer<Element>
  let predictor: StridedBuffer<Element>
  let layout: AdditiveLayout
  let labels: LabelBatch
  /// The average predictor, if the loss has an ``AdditiveTransducerLoss/encoderShare``.
  private(set) var average: PredictorAverage?
  /// The loss of rows with the log-probabilities of the blank and the label. Its recursion is also
  /// that of the additive loss.
  let nodeLoss: TransducerLoss
  let moves: TransducerMoves
  /// Read in the caller's thread, which may have set another build.
  let variant = KernelVariant.current
  private let workspace: LossWorkspace?

  /// The destinations of gradients.
  struct Gradients {
    let encoder: StridedBuffer<Element>
    let predictor: StridedBuffer<Element>
  }

  /// The results of a sample.
  struct Result {
    var loss: Double
    var occupancies: TransducerOccupancies.Sample?
    /// The derivative with respect to the logarithms of the average, `[vocabulary]`.
    var averageGradient: [Double]?
    /// `[positions, vocabulary]`: the predictor's gradient in single precision, if ``roundsLast``.
    var predictorGradient: [Float]?
  }

  struct Results {
    var losses: [Double]
    var occupancies: [TransducerOccupancies.Sample]
  }

  init(
    _ loss: AdditiveTransducerLoss, _ encoder: UnsafeBufferPointer<Element>,
    _ predictor: UnsafeBufferPointer<Element>, _ layout: AdditiveLayout, _ labels: LabelBatch,
    _ workspace: LossWorkspace?
  ) {
    self.workspace = workspace
    self.loss = loss
    self.encoder = StridedBuffer(encoder, layout.encoder)
    self.predictor = StridedBuffer(predictor, layout.predictor)
    self.layout = layout
    self.labels = labels
    nodeLoss = TransducerLoss(blank: 0, topology: loss.topology, normalization: .none)
    moves = TransducerMoves(nodeLoss)
    average = loss.encoderShare > 0 ? average { _ in true } : nil
  }

  /// The average over the samples for which a condition is true.
  private func average(of isIncluded: (_ sample: Int) -> Bool) -> PredictorAverage {
    PredictorAverage(
      predictor, positions: (0..<layout.batch).map { isIncluded($0) ? labels[$0].count + 1 : 0 },
      threads: loss.threads ?? SampleQueue.processorCount)
  }

  var jointShare: Double { max(0, 1 - loss.encoderShare - loss.predictorShare) }

  /// Whether the predictor's gradient is kept in single precision until the average's part has been
  /// added. A type with fewer digits would otherwise be rounded twice.
  var roundsLast: Bool { average != nil && Element.unitRoundoff > Float.unitRoundoff }

  /// All results of the batch.
  func results(gradients: Gradients? = nil, findsOccupancies: Bool = false) -> Results {
    // Safe: only the thread that has the sample writes its gradient.
    nonisolated(unsafe) let gradients = gradients
    var results = map { workspace, sample in
      result(sample, workspace, gradients, findsOccupancies: findsOccupancies)
    }
    var batch = self
    // A sample without a finite loss must not change the others through the average. Without this
    // sample, fewer tokens may have a probability, so another sample may lose its loss. There are
    // at most as many rounds as samples; usually one.
    while let average = batch.average,
      results.indices.contains(where: { !results[$0].loss.isFinite && average.includes($0) })
    {
      let before = results
      batch.average = batch.average { before[$0].loss.isFinite && average.includes($0) }
      let next = batch
      results = next.map { workspace, sample in
        before[sample].loss.isFinite
          ? next.result(sample, workspace, gradients, findsOccupancies: findsOccupancies)
          : before[sample]
      }
    }
    if let gradients, let average = batch.average {
      average.addGradients(
        results.map(\.averageGradient), to: results.map(\.predictorGradient), predictor,
        gradients.predictor, threads: loss.threads ?? SampleQueue.processorCount)
    }
    return Results(
      losses: results.map(\.loss), occupancies: results.compactMap(\.occupancies))
  }

  private func result(
    _ sample: Int, _ workspace: TransducerWorkspace, _ gradients: Gradients?,
    findsOccupancies: Bool
  ) -> Result {
    if let gradients {
      gradients.encoder.clear(sample, layout.encoder.lengths[sample]..<layout.encoder.time)
      gradients.predictor.clear(sample, labels[sample].count + 1..<layout.positions)
    }
    if let result = kernelResult(sample, workspace, gradients, findsOccupancies: findsOccupancies) {
      return result
    }
    var rows = AdditiveSampleRows(self, sample)
    return rows.result(workspace, gradients, findsOccupancies: findsOccupancies)
  }

  /// Sets a sample's valid rows of both gradients to one value.
  func fill(_ gradients: Gradients?, _ sample: Int, with value: Double) {
    guard let gradients else { return }
    for frame in 0..<layout.encoder.lengths[sample] {
      gradients.encoder.fill(sample, frame, with: value)
    }
    for position in 0...labels[sample].count {
      gradients.predictor.fill(sample, position, with: value)
    }
  }

  /// One result per sample, on at most as many threads as the loss allows.
  private func map(
    _ body: (_ workspace: TransducerWorkspace, _ sample: Int) -> Result
  ) -> [Result] {
    let costs = (0..<layout.batch).map { sample in
      Double(layout.encoder.lengths[sample]) * Double(labels[sample].count + 1)
        * Double(layout.vocabulary + 16)
    }
    return SampleQueue(costs: costs, threads: loss.threads ?? SampleQueue.processorCount)
      .map(reusing: workspace, body)
  }
}
