import Seq2SeqLosses
import TestSupport
import Testing

/// Operations that one family has, in all of their forms: the same bits.
@Suite struct LossFormTests {
  typealias Forms = SequenceLossTests

  @Test func variants() throws {
    let batch = try Forms.ctc(CTCLoss())
    let (ctc, layout, labels) = (batch.loss, batch.layout, batch.labels)
    var generator = SeededGenerator(seed: 2)
    let logits = generator.normals(layout.valueCount)
    let costs = generator.normals(layout.valueCount)
    let weights = Forms.weights
    let output = GradientOutput<LogitsLayout>(weights: weights, workspace: LossWorkspace())
    func check(
      _ array: (values: [Double], gradient: [Double]),
      _ body: (inout MutableSpan<Double>, inout MutableSpan<Double>) throws(InputError) -> Void
    ) throws {
      let spans: (losses: [Double], gradient: [Double]) = try Forms.written(3, logits.count, body)
      #expect(spans.losses == array.values)
      #expect(Forms.bits(spans.gradient) == Forms.bits(array.gradient))
    }
    try check(
      ctc.focalLossesAndGradient(
        logits, layout: layout, labels: labels, focus: 2, weights: weights)
    ) { (values, gradient) throws(InputError) in
      try ctc.focalLossesAndGradient(
        logits.span, layout: layout, labels: labels, focus: 2, into: &values,
        gradient: &gradient, output: output)
    }
    try check(
      ctc.smoothedLossesAndGradient(
        logits, layout: layout, labels: labels, smoothing: 0.2, weights: weights)
    ) { (values, gradient) throws(InputError) in
      try ctc.smoothedLossesAndGradient(
        logits.span, layout: layout, labels: labels, smoothing: 0.2, into: &values,
        gradient: &gradient, output: output)
    }
    try check(
      ctc.priorCorrectedLossesAndGradient(
        logits, layout: layout, labels: labels, logPriors: [-1, -2, -3, -1], scale: 0.3,
        weights: weights)
    ) { (values, gradient) throws(InputError) in
      try ctc.priorCorrectedLossesAndGradient(
        logits.span, layout: layout, labels: labels, logPriors: [-1, -2, -3, -1], scale: 0.3,
        into: &values, gradient: &gradient, output: output)
    }
    try check(
      ctc.entropyRegularizedLossesAndGradient(
        logits, layout: layout, labels: labels, entropyWeight: 0.1, weights: weights)
    ) { (values, gradient) throws(InputError) in
      try ctc.entropyRegularizedLossesAndGradient(
        logits.span, layout: layout, labels: labels, entropyWeight: 0.1, into: &values,
        gradient: &gradient, output: output)
    }
    try check(
      ctc.entropiesAndGradient(logits, layout: layout, labels: labels, weights: weights)
    ) { (values, gradient) throws(InputError) in
      try ctc.entropiesAndGradient(
        logits.span, layout: layout, labels: labels, into: &values, gradient: &gradient,
        output: output)
    }
    try check(
      ctc.pathRisksAndGradient(
        logits, layout: layout, labels: labels, costs: costs, weights: weights)
    ) { (values, gradient) throws(InputError) in
      try ctc.pathRisksAndGradient(
        logits.span, layout: layout, labels: labels, costs: costs.span, into: &values,
        gradient: &gradient, output: output)
    }
    try check(
      ctc.sampledRisksAndGradient(logits, layout: layout, count: 4, seed: 3, weights: weights) {
        Double($1.count)
      }
    ) { (values, gradient) throws(InputError) in
      try ctc.sampledRisksAndGradient(
        logits.span, layout: layout, count: 4, seed: 3, into: &values, gradient: &gradient,
        output: output
      ) { Double($1.count) }
    }
    #expect(
      try ctc.sampledHypotheses(logits, layout: layout, count: 5, seed: 1)
        == ctc.sampledHypotheses(logits.span, layout: layout, count: 5, seed: 1))
  }

  @Test func occupancies() throws {
    let ctc = try Forms.ctc(CTCLoss())
    let transducer = try Forms.transducer(TransducerLoss())
    var generator = SeededGenerator(seed: 6)
    let logits = generator.normals(ctc.layout.valueCount)
    let array = try ctc.loss.occupancies(logits, layout: ctc.layout, labels: ctc.labels)
    #expect(
      try array == ctc.loss.occupancies(logits.span, layout: ctc.layout, labels: ctc.labels))
    let spans: (losses: [Double], gradient: [Double]) = try Forms.written(0, logits.count) {
      (_, occupancies) throws(InputError) in
      try ctc.loss.occupancies(
        logits.span, layout: ctc.layout, labels: ctc.labels, into: &occupancies)
    }
    #expect(spans.gradient == array)
    let joints = generator.normals(transducer.layout.valueCount)
    #expect(
      try transducer.loss.occupancies(
        joints, layout: transducer.layout, labels: transducer.labels)
        == transducer.loss.occupancies(
          joints.span, layout: transducer.layout, labels: transducer.labels))
  }

  @Test func additive() throws {
    let loss = AdditiveTransducerLoss(predictorShare: 0.2, encoderShare: 0.1)
    let layout = try AdditiveLayout(
      batch: 3, time: 4, positions: 3, vocabulary: 5, lengths: [4, 2, 3])
    let labels: LabelBatch = [[1, 2], [], [4]]
    var generator = SeededGenerator(seed: 7)
    let encoder = generator.normals(60)
    let predictor = generator.normals(45)
    let workspace = LossWorkspace()
    try loss.validate(layout: layout, labels: labels)
    #expect(throws: InputError.self) { try loss.validate(layout: layout, labels: [[1], [2]]) }
    let losses = try loss.losses(encoder, predictor, layout: layout, labels: labels)
    let all = try loss.lossesGradientsAndOccupancies(
      encoder, predictor, layout: layout, labels: labels)
    let gradients = try loss.lossesAndGradients(encoder, predictor, layout: layout, labels: labels)
    let occupancies = try loss.lossesAndOccupancies(
      encoder, predictor, layout: layout, labels: labels)
    #expect(all.losses == losses && gradients.losses == losses && occupancies.losses == losses)
    #expect(all.occupancies == occupancies.occupancies)
    #expect(gradients.encoderGradient == all.encoderGradient)
    #expect(gradients.predictorGradient == all.predictorGradient)
    for workspace in [nil, workspace, workspace] {
      var second = [Double](repeating: 9, count: 45)
      let first: (losses: [Double], gradient: [Double]) = try Forms.written(3, 60) {
        (losses, encoderGradient) throws(InputError) in
        try second.withMutableSpan { (predictorGradient) throws(InputError) in
          try loss.lossesAndGradients(
            encoder.span, predictor.span, layout: layout, labels: labels, into: &losses,
            encoderGradient: &encoderGradient, predictorGradient: &predictorGradient,
            workspace: workspace)
        }
      }
      #expect(first.losses == losses && first.gradient == all.encoderGradient)
      #expect(second == all.predictorGradient)
      let alone: (losses: [Double], gradient: [Double]) = try Forms.written(3, 0) {
        (losses, _) throws(InputError) in
        try loss.losses(
          encoder.span, predictor.span, layout: layout, labels: labels, into: &losses,
          workspace: workspace)
      }
      #expect(alone.losses == losses)
    }
  }
}
