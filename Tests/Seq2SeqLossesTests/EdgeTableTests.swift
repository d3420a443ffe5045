import Seq2SeqLosses
import Testing

/// The table "The same cases for each operation" of the CTC guide, cell by cell, for each build of
/// the kernels, and the rows that transducers share.
@Suite struct EdgeTableTests {
  enum Edge: String, CaseIterable, Sendable {
    case infeasible, impossibleRow, notANumber, noFrames, neither, emptyLabels
  }

  /// The content of a cell.
  enum Cell: Equatable { case zero, finite, positiveInfinity, negativeInfinity, nan, nothing }

  /// Two frames of three tokens, or none, and the labels.
  private static func sample(_ edge: Edge) -> (values: [Float], labels: [Int]) {
    let row: [Float] = [-1, -0.9, -1.5]
    let none = -Float.infinity
    return switch edge {
    case .infeasible: (row + row, [1, 2, 1])
    case .impossibleRow: (row + [none, none, none], [1])
    case .notANumber: (row + [-1, -0.9, .nan], [1])
    case .noFrames: ([], [1])
    case .neither: ([], [])
    case .emptyLabels: (row + row, [])
    }
  }

  private func cell(_ value: Double) -> Cell {
    if value.isNaN { return .nan }
    if value.isInfinite { return value > 0 ? .positiveInfinity : .negativeInfinity }
    return value == 0 ? .zero : .finite
  }

  private func cell(_ values: [Float]) -> Cell {
    if values.isEmpty { return .nothing }
    if values.allSatisfy({ $0 == 0 }) { return .zero }
    if values.allSatisfy(\.isNaN) { return .nan }
    let areFinite = values.allSatisfy { $0.isFinite }
    #expect(areFinite)
    return .finite
  }

  /// The row of the table: loss, gradient, best path, entropy.
  private func expected(
    _ edge: Edge, _ inputs: CTCInputs, hasBlank: Bool
  ) -> (loss: Cell, gradient: Cell, path: Cell, entropy: Cell) {
    switch edge {
    case .infeasible: (.positiveInfinity, .zero, .negativeInfinity, .nan)
    case .emptyLabels where !hasBlank: (.positiveInfinity, .zero, .negativeInfinity, .nan)
    case .impossibleRow:
      // No softmax; or probabilities of 0, each of them.
      inputs == .logits
        ? (.nan, .nan, .nan, .nan) : (.positiveInfinity, .zero, .negativeInfinity, .nan)
    case .notANumber: (.nan, .nan, .nan, .nan)
    case .noFrames: (.positiveInfinity, .nothing, .negativeInfinity, .nan)
    case .neither: (.zero, .nothing, .zero, .zero)
    case .emptyLabels: (.finite, .finite, .finite, .zero)
    }
  }

  static let losses = CTCTopology.allCases.flatMap { topology in
    CTCInputs.allCases.map { CTCLoss(topology: topology, inputs: $0) }
  }

  @Test(arguments: losses, Edge.allCases) func ctc(_ ctc: CTCLoss, _ edge: Edge) throws {
    for variant in KernelVariant.allCases.filter(\.isSupported) {
      try KernelVariant.$forced.withValue(variant) { try check(ctc, edge) }
    }
  }

  private func check(_ ctc: CTCLoss, _ edge: Edge) throws {
    let (values, labels) = Self.sample(edge)
    let layout = try LogitsLayout(batch: 1, time: values.count / 3, vocabulary: 3)
    let batch = LabelBatch([labels])
    let row = expected(edge, ctc.inputs, hasBlank: ctc.topology.hasBlank)
    let loss = try ctc.losses(values, layout: layout, labels: batch)[0]
    #expect(cell(loss) == row.loss)

    let plain = try ctc.lossesAndGradient(values, layout: layout, labels: batch)
    var valuesAndGradients: [(values: [Double], gradient: [Float])] = [
      (plain.losses, plain.gradient),
      try ctc.priorCorrectedLossesAndGradient(
        values, layout: layout, labels: batch, logPriors: [-1, -1, -1]),
    ]
    for focus in [0, 2.0] {
      valuesAndGradients.append(
        try ctc.focalLossesAndGradient(values, layout: layout, labels: batch, focus: focus))
    }
    for smoothing in [0, 0.1, 1] {
      valuesAndGradients.append(
        try ctc.smoothedLossesAndGradient(
          values, layout: layout, labels: batch, smoothing: smoothing))
    }
    for (index, result) in valuesAndGradients.enumerated() {
      #expect(cell(result.values[0]) == row.loss, "value \(index)")
      // Label smoothing has a derivative in every row.
      let isSmoothed = index > 4
      let gradient = cell(result.gradient)
      #expect(
        gradient == row.gradient || isSmoothed && gradient == .finite, "gradient \(index)")
    }

    let best = try ctc.bestAlignments(values, layout: layout, labels: batch)[0]
    #expect(cell(best.logProbability) == row.path)
    #expect(best.tokens.count == (row.path == .finite ? layout.time : 0))
    let draws = try ctc.sampledAlignments(
      values, layout: layout, labels: batch, count: 2, seed: 1)[0]
    for draw in draws {
      #expect(cell(draw.logProbability) == row.path)
      #expect(draw.tokens.count == best.tokens.count)
    }
    let entropy = try ctc.entropies(values, layout: layout, labels: batch)[0]
    #expect(cell(entropy) == row.entropy)
    let occupancies = try cell(ctc.occupancies(values, layout: layout, labels: batch))
    #expect(occupancies == row.gradient)
    let hypotheses = try ctc.hypothesisLosses(values, layout: layout, hypotheses: [batch])
    #expect(cell(hypotheses[0][0]) == row.loss)
    let product = try cell(
      ctc.hessianVectorProducts(
        values, layout: layout, labels: batch, vector: values.map { _ in 1 })
    )
    // With only one path the gradient is constant.
    #expect(product == row.gradient || row.gradient == .finite)
    let quantities = try ctc.latticeQuantities(values, layout: layout, labels: batch)[0]
    #expect(cell(quantities.loss) == row.loss)
  }

  @Test(arguments: [TransducerNormalization.softmax, .none], Edge.allCases)
  func transducers(_ normalization: TransducerNormalization, _ edge: Edge) throws {
    // A sample of one position for each label and one, each frame's rows alike; no frames are too few for any label.
    if edge == .infeasible { return }
    let (frames, labels) = Self.sample(edge)
    var rows: [Float] = []
    for frame in 0..<frames.count / 3 {
      for _ in 0...labels.count { rows += frames[3 * frame..<3 * frame + 3] }
    }
    // With log-probabilities, only values that a path can use are read.
    if edge == .notANumber && normalization == .none { rows[rows.count - 3] = .nan }
    let layout = try JoinerLayout(
      batch: 1, time: frames.count / 3, positions: labels.count + 1, vocabulary: 3)
    let row = expected(
      edge, normalization == .softmax ? .logits : .logProbabilities, hasBlank: true)
    let transducer = TransducerLoss(normalization: normalization)
    for variant in KernelVariant.allCases.filter(\.isSupported) {
      try KernelVariant.$forced.withValue(variant) {
        let (losses, gradient) = try transducer.lossesAndGradient(
          rows, layout: layout, labels: [labels])
        #expect(cell(losses[0]) == row.loss)
        #expect(cell(gradient) == row.gradient || row.gradient == .nan && losses[0].isNaN)
        let best = try transducer.bestAlignments(rows, layout: layout, labels: [labels])[0]
        #expect(cell(best.logProbability) == row.path)
        let entropy = try transducer.entropies(rows, layout: layout, labels: [labels])[0]
        #expect(cell(entropy) == row.entropy)
      }
    }
  }
}
