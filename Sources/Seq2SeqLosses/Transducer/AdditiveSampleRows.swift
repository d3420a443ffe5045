/// Computes one sample of an additive transducer in `Double`s, node by node. It is the reference
/// for the kernels, and computes the samples beyond their range.
///
/// O(frames · positions · vocabulary) exponentials; the gradients compute them once more.
struct AdditiveSampleRows<Element: LogitElement> {
  private let batch: AdditiveTransducerBatch<Element>
  private let index: Int
  private let labels: [Int]
  private let frames: Int
  private let vocabulary: Int
  /// `[frames, vocabulary]` and `[positions, vocabulary]`.
  private var encoder: [Double]
  private var predictor: [Double]
  /// Normalizers: `[frames, positions]`, of encoder and average `[frames]`, of the predictor
  /// `[positions]`.
  private var joint: [Double] = []
  private var withAverage: [Double] = []
  private var alone: [Double] = []
  private var row: [Double]

  private var positions: Int { labels.count + 1 }
  private var average: [Double]? { batch.average?.logarithms }

  init(_ batch: AdditiveTransducerBatch<Element>, _ index: Int) {
    self.batch = batch
    self.index = index
    labels = Array(batch.labels[index])
    frames = batch.layout.encoder.lengths[index]
    vocabulary = batch.layout.vocabulary
    encoder = batch.encoder.rows(index, 0..<frames)
    predictor = batch.predictor.rows(index, 0..<labels.count + 1)
    row = [Double](repeating: 0, count: vocabulary)
    normalize()
  }

  /// Computes the normalizers; NaN for rows without one.
  private mutating func normalize() {
    joint.reserveCapacity(frames * positions)
    for frame in 0..<frames {
      for position in 0..<positions {
        take(frame, position)
        joint.append(normalizer())
      }
      if average != nil {
        take(frame, positions)
        withAverage.append(normalizer())
      }
    }
    guard batch.loss.predictorShare > 0 else { return }
    for position in 0..<positions {
      take(frames, position)
      alone.append(normalizer())
    }
  }

  /// Copies a node's logits to the row. The position after the last is the average; the frame after
  /// the last contributes nothing.
  private mutating func take(_ frame: Int, _ position: Int) {
    for token in 0..<vocabulary {
      row[token] =
        (frame < frames ? encoder[frame * vocabulary + token] : 0)
        + (position < positions
          ? predictor[position * vocabulary + token] : average?[token] ?? 0)
    }
  }

  /// The logarithm of the sum of the row's exponentials.
  private func normalizer() -> Double { PredictorAverage.normalizer(row) }

  /// The logarithm of a token's probability at a node.
  private func logProbability(_ frame: Int, _ position: Int, _ token: Int) -> Double {
    func scaled(_ share: Double, _ value: @autoclosure () -> Double) -> Double {
      share > 0 ? share * value() : 0
    }
    let (ofFrame, ofPosition) = (
      encoder[frame * vocabulary + token], predictor[position * vocabulary + token]
    )
    let normalizer = joint[frame * positions + position]
    if normalizer.isNaN { return .nan }
    return scaled(batch.jointShare, ofFrame + ofPosition - normalizer)
      + scaled(batch.loss.predictorShare, ofPosition - alone[position])
      + scaled(batch.loss.encoderShare, ofFrame + (average?[token] ?? 0) - withAverage[frame])
  }

  /// The loss, and the other results that are requested.
  mutating func result(
    _ workspace: TransducerWorkspace, _ gradients: AdditiveTransducerBatch<Element>.Gradients?,
    findsOccupancies: Bool
  ) -> AdditiveTransducerBatch<Element>.Result {
    let rows = self
    let sample = TransducerSample(
      batch.nodeLoss, batch.moves, frames: frames, labels: labels.map { _ in 1 }, columns: 2,
      positionsHeld: positions
    ) { frame, position, row in
      row[0] = rows.logProbability(frame, position, rows.batch.loss.blank)
      row[1] =
        position < rows.labels.count
        ? rows.logProbability(frame, position, rows.labels[position]) : -.infinity
    }
    workspace.prepare(sample)
    guard gradients != nil || findsOccupancies else { return .init(loss: workspace.loss()) }
    let (loss, shares) = workspace.lossAndShares()
    guard let shares else {
      let value = loss == .infinity ? 0 : Double.nan
      batch.fill(gradients, index, with: value)
      return .init(
        loss: loss,
        occupancies: findsOccupancies ? .init(filled: (frames, positions), with: value) : nil)
    }
    // The arcs of both topologies are the blank's and the label's.
    let blanks = stride(from: 0, to: shares.count, by: 2).map { shares[$0] }
    let ofLabels = stride(from: 1, to: shares.count, by: 2).map { shares[$0] }
    var result = AdditiveTransducerBatch<Element>.Result(
      loss: loss,
      occupancies: findsOccupancies
        ? .init(unchecked: frames, positions, blanks, ofLabels) : nil)
    if let gradients {
      let factor = 1 + batch.loss.fastEmit
      let ofPredictor: [Double]
      (ofPredictor, result.averageGradient) = write(
        gradients, blanks, ofLabels.map { $0 * factor })
      if batch.roundsLast { result.predictorGradient = ofPredictor.map { Float($0) } }
    }
    return result
  }

  /// Writes both gradients. Returns the predictor's gradient, and the gradient with respect to the
  /// average.
  private mutating func write(
    _ gradients: AdditiveTransducerBatch<Element>.Gradients, _ blanks: [Double],
    _ ofLabels: [Double]
  ) -> (predictor: [Double], average: [Double]?) {
    var ofEncoder = [Double](repeating: 0, count: encoder.count)
    var ofPredictor = [Double](repeating: 0, count: predictor.count)
    var ofAverage = [Double](repeating: 0, count: vocabulary)
    let (joint, acoustic, language) = (
      batch.jointShare, batch.loss.encoderShare, batch.loss.predictorShare
    )
    var leaving = [Double](repeating: 0, count: positions)
    for frame in 0..<frames {
      let base = frame * vocabulary
      var whole = 0.0
      for position in 0..<positions {
        let node = frame * positions + position
        let mass = blanks[node] + ofLabels[node]
        whole += mass
        leaving[position] += mass
        let first = position * vocabulary
        if joint * mass != 0 {
          softmax(frame, position, self.joint[node])
          for token in 0..<vocabulary {
            ofEncoder[base + token] += joint * mass * row[token]
            ofPredictor[first + token] += joint * mass * row[token]
          }
        }
        var tokens = [(batch.loss.blank, blanks[node])]
        if position < labels.count { tokens.append((labels[position], ofLabels[node])) }
        for (token, share) in tokens {
          ofEncoder[base + token] -= (joint + acoustic) * share
          ofPredictor[first + token] -= (joint + language) * share
          ofAverage[token] -= acoustic * share
        }
      }
      if acoustic * whole != 0 {
        softmax(frame, positions, withAverage[frame])
        for token in 0..<vocabulary {
          ofEncoder[base + token] += acoustic * whole * row[token]
          ofAverage[token] += acoustic * whole * row[token]
        }
      }
    }
    for position in 0..<positions where language * leaving[position] != 0 {
      softmax(frames, position, alone[position])
      for token in 0..<vocabulary {
        ofPredictor[position * vocabulary + token] += language * leaving[position] * row[token]
      }
    }
    gradients.encoder.write(index, ofEncoder, count: frames)
    gradients.predictor.write(index, ofPredictor, count: positions)
    return (ofPredictor, average == nil ? nil : ofAverage)
  }

  /// Copies a node's probabilities to the row.
  private mutating func softmax(_ frame: Int, _ position: Int, _ normalizer: Double) {
    take(frame, position)
    PredictorAverage.exponentiate(&row, minus: normalizer)
  }
}

extension StridedBuffer {
  /// Some rows of a sample, widened, `[frames, vocabulary]`.
  fileprivate func rows(_ sample: Int, _ frames: Range<Int>) -> [Double] {
    [Double](count: frames.count * layout.vocabulary) { rows in
      if let base = rows.baseAddress { read(sample, frames, into: base) }
    }
  }

  /// Rounds the first rows of a sample.
  fileprivate func write(_ sample: Int, _ rows: [Double], count: Int) {
    rows.withUnsafeBufferPointer { rows in
      guard let base = rows.baseAddress else { return }
      for frame in 0..<count { write(sample, frame, from: base + frame * layout.vocabulary) }
    }
  }
}
