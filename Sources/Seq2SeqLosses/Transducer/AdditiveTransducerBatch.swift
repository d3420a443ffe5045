import LossKernelInterface

/// Samples of an additive transducer, checked: what all public functions of ``AdditiveTransducerLoss`` work on.
struct AdditiveTransducerBatch<Element: LogitElement> {
  let loss: AdditiveTransducerLoss
  let encoder: StridedBuffer<Element>
  let predictor: StridedBuffer<Element>
  let layout: AdditiveLayout
  let labels: LabelBatch
  /// The average predictor, where the loss has a share for it.
  private(set) var average: PredictorAverage?
  /// The loss of rows that hold the logarithms of a blank's and a label's probability: its recursion is this one's.
  let nodeLoss: TransducerLoss
  let moves: TransducerMoves
  /// Asked for by the caller's thread, which may have set another one.
  let variant = KernelVariant.current
  private let workspace: LossWorkspace?

  /// Where gradients go.
  struct Gradients {
    let encoder: StridedBuffer<Element>
    let predictor: StridedBuffer<Element>
  }

  /// What is found of a sample.
  struct Result {
    var loss: Double
    var occupancies: TransducerOccupancies.Sample?
    /// The derivative by the logarithms of the average, `[vocabulary]`.
    var averageGradient: [Double]?
    /// `[positions, vocabulary]`: the predictor's gradient in single precision, where ``roundsLast``.
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

  /// The average over the samples for which a condition holds.
  private func average(of isIncluded: (_ sample: Int) -> Bool) -> PredictorAverage {
    PredictorAverage(
      predictor, positions: (0..<layout.batch).map { isIncluded($0) ? labels[$0].count + 1 : 0 },
      threads: loss.threads ?? SampleQueue.processorCount)
  }

  var jointShare: Double { max(0, 1 - loss.encoderShare - loss.predictorShare) }

  /// Whether the predictor's gradient is kept in single precision until the average's part is added: of a type with
  /// fewer digits it would be rounded twice.
  var roundsLast: Bool { average != nil && Element.unitRoundoff > Float.unitRoundoff }

  /// Everything about the batch.
  func results(gradients: Gradients? = nil, findsOccupancies: Bool = false) -> Results {
    // Safe: a sample's gradient is written by the thread that has it, and by no other.
    nonisolated(unsafe) let gradients = gradients
    var results = map { workspace, sample in
      result(sample, workspace, gradients, findsOccupancies: findsOccupancies)
    }
    var batch = self
    // A sample without a finite loss may not change the others', as it would by the average. Without it fewer tokens may
    // have a probability, and with them another sample its loss: at most as many rounds as there are samples, most
    // often one.
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

  /// One result a sample, on as many threads as the loss may use.
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
