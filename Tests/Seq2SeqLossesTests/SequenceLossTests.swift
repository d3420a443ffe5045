import Seq2SeqLosses
import TestSupport
import Testing

/// Every operation of both families, in all of its forms: the same bits.
@Suite struct SequenceLossTests {
  /// A batch of a family, and lists of hypotheses for it.
  struct Batch<Loss: SequenceLoss> {
    let loss: Loss
    let layout: Loss.Layout
    let labels: LabelBatch
    let riskLayout: Loss.Layout
    let risks: HypothesisRisks
  }

  static let weights = [0.5, -2, 3]
  static let options = ExpectedRisk(scoreScale: 0.7, referenceWeight: 0.3)

  static func ctc(_ loss: CTCLoss) throws -> Batch<CTCLoss> {
    let layout = try LogitsLayout(batch: 3, time: 6, vocabulary: 4, lengths: [6, 4, 5])
    return Batch(
      loss: loss, layout: layout, labels: [[1, 2], [], [3, 3]], riskLayout: layout,
      risks: try HypothesisRisks(
        hypotheses: [[[1, 2], [1]], [[]], [[3], [2], [1, 1]]], risks: [[0, 1], [2], [1, 0, 2]],
        references: [[1, 2], [2], [3]]))
  }

  static func transducer(_ loss: TransducerLoss) throws -> Batch<TransducerLoss> {
    Batch(
      loss: loss,
      layout: try JoinerLayout(
        batch: 3, time: 4, positions: 3, vocabulary: 4, lengths: [4, 3, 4]),
      labels: [[1, 2], [], [3]],
      riskLayout: try JoinerLayout(
        compact: [3, 3, 2, 4, 4, 4], labelCounts: [2, 1, 0, 1, 1, 2], vocabulary: 4),
      risks: try HypothesisRisks(
        hypotheses: [[[1, 2], [1]], [[]], [[3], [2], [1, 1]]], risks: [[0, 1], [2], [1, 0, 2]],
        references: [[1, 2], [], [3]]))
  }

  static func bits<Element: LogitElement>(_ values: [Element]) -> [UInt64] {
    values.map { $0.widened.bitPattern }
  }

  /// Calls `body` with as many losses and a gradient, all of which hold 9 before; returns them.
  static func written<Element: LogitElement>(
    _ losses: Int, _ count: Int,
    _ body: (inout MutableSpan<Double>, inout MutableSpan<Element>) throws(InputError) -> Void
  ) throws(InputError) -> (losses: [Double], gradient: [Element]) {
    var losses = [Double](repeating: 9, count: losses)
    var gradient = [Element](repeating: Element(nearest: 9), count: count)
    try losses.withMutableSpan { (losses) throws(InputError) in
      try gradient.withMutableSpan { (gradient) throws(InputError) in
        try body(&losses, &gradient)
      }
    }
    return (losses, gradient)
  }

  func checkForms<Loss: SequenceLoss, Element: LogitElement>(
    _ batch: Batch<Loss>, _ type: Element.Type, _ workspace: LossWorkspace
  ) throws {
    let (loss, layout, labels) = (batch.loss, batch.layout, batch.labels)
    var generator = SeededGenerator(seed: 5)
    func random(_ count: Int) -> [Element] {
      generator.normals(count).map { Element(nearest: min(0, $0 - 1)) }
    }
    let logits = random(layout.valueCount)
    let vector = random(layout.valueCount)
    let count = layout.batch
    let size = logits.count

    let losses = try loss.losses(logits, layout: layout, labels: labels)
    let plain = try loss.lossesAndGradient(logits, layout: layout, labels: labels)
    let weighted = try loss.lossesAndGradient(
      logits, layout: layout, labels: labels, weights: Self.weights)
    #expect(losses == plain.losses && losses == weighted.losses)
    for workspace in [nil, workspace] {
      let alone: (losses: [Double], gradient: [Element]) = try Self.written(count, 0) {
        (losses, _) throws(InputError) in
        try loss.losses(
          logits.span, layout: layout, labels: labels, into: &losses, workspace: workspace)
      }
      #expect(alone.losses == losses)
      let spans: (losses: [Double], gradient: [Element]) = try Self.written(count, size) {
        (losses, gradient) throws(InputError) in
        try loss.lossesAndGradient(
          logits.span, layout: layout, labels: labels, into: &losses, gradient: &gradient,
          output: GradientOutput(weights: Self.weights, workspace: workspace))
      }
      #expect(spans.losses == losses)
      #expect(Self.bits(spans.gradient) == Self.bits(weighted.gradient))
      var replaced = logits
      var replacedLosses = losses.map { _ in 9.0 }
      try replaced.withMutableSpan { (logits) throws(InputError) in
        try replacedLosses.withMutableSpan { (losses) throws(InputError) in
          try loss.lossesAndGradient(
            replacing: &logits, layout: layout, labels: labels, weights: Self.weights,
            into: &losses, workspace: workspace)
        }
      }
      #expect(replacedLosses == losses)
      #expect(Self.bits(replaced) == Self.bits(weighted.gradient))
      let products: (losses: [Double], gradient: [Element]) = try Self.written(0, size) {
        (_, product) throws(InputError) in
        try loss.hessianVectorProducts(
          logits.span, layout: layout, labels: labels, vector: vector.span, into: &product,
          output: ProductOutput(workspace: workspace))
      }
      #expect(
        Self.bits(products.gradient)
          == Self.bits(
            try loss.hessianVectorProducts(logits, layout: layout, labels: labels, vector: vector)))
    }
    let hessians = try loss.hessians(logits, layout: layout, labels: labels)
    let written: (losses: [Double], gradient: [Element]) = try Self.written(0, hessians.count) {
      (_, hessians) throws(InputError) in
      try loss.hessians(
        logits.span, layout: layout, labels: labels, into: &hessians, workspace: workspace)
    }
    #expect(Self.bits(hessians) == Self.bits(written.gradient))

    for reduction in LossReduction.allCases {
      let reduced = try loss.lossAndGradient(
        logits, layout: layout, labels: labels, reduction: reduction)
      #expect(
        try loss.loss(logits, layout: layout, labels: labels, reduction: reduction)
          == reduced.loss)
      #expect(
        try loss.loss(
          logits.span, layout: layout, labels: labels, reduction: reduction, workspace: workspace)
          == reduced.loss)
      let spans: (losses: [Double], gradient: [Element]) = try Self.written(1, size) {
        (losses, gradient) throws(InputError) in
        losses[0] = try loss.lossAndGradient(
          logits.span, layout: layout, labels: labels, reduction: reduction,
          gradient: &gradient, output: GradientOutput(weights: [1, 1, 1], workspace: workspace))
      }
      #expect(spans.losses == [reduced.loss])
      #expect(Self.bits(spans.gradient) == Self.bits(reduced.gradient))
    }

    // NaN where there is no path.
    #expect(
      Self.bits(try loss.entropies(logits, layout: layout, labels: labels))
        == Self.bits(try loss.entropies(logits.span, layout: layout, labels: labels)))
    let best = try loss.bestAlignments(logits, layout: layout, labels: labels)
    #expect(
      try "\(best)" == "\(loss.bestAlignments(logits.span, layout: layout, labels: labels))")
    let draws = try loss.sampledAlignments(
      logits, layout: layout, labels: labels, count: 3, seed: 1)
    let others = try loss.sampledAlignments(
      logits.span, layout: layout, labels: labels, count: 3, seed: 1)
    #expect("\(draws)" == "\(others)")
    try checkRisks(batch, random(batch.riskLayout.valueCount), workspace)
  }

  func checkRisks<Loss: SequenceLoss, Element: LogitElement>(
    _ batch: Batch<Loss>, _ logits: [Element], _ workspace: LossWorkspace
  ) throws {
    let (loss, layout, risks) = (batch.loss, batch.riskLayout, batch.risks)
    let vector = logits.map { Element(nearest: $0.widened * $0.widened) }
    let plain = try loss.expectedRisksAndGradient(
      logits, layout: layout, hypotheses: risks, options: Self.options, weights: Self.weights)
    #expect(
      try loss.expectedRisks(logits, layout: layout, hypotheses: risks, options: Self.options)
        == plain.values)
    let products = try loss.expectedRiskHessianVectorProducts(
      logits, layout: layout, hypotheses: risks, options: Self.options, vector: vector)
    for workspace in [nil, workspace] {
      let alone: (losses: [Double], gradient: [Element]) = try Self.written(3, 0) {
        (values, _) throws(InputError) in
        try loss.expectedRisks(
          logits.span, layout: layout, hypotheses: risks, options: Self.options, into: &values,
          workspace: workspace)
      }
      #expect(alone.losses == plain.values)
      let spans: (losses: [Double], gradient: [Element]) = try Self.written(3, logits.count) {
        (values, gradient) throws(InputError) in
        try loss.expectedRisksAndGradient(
          logits.span, layout: layout, hypotheses: risks, options: Self.options, into: &values,
          gradient: &gradient, output: GradientOutput(weights: Self.weights, workspace: workspace))
      }
      #expect(spans.losses == plain.values)
      #expect(Self.bits(spans.gradient) == Self.bits(plain.gradient))
      let written: (losses: [Double], gradient: [Element]) = try Self.written(0, logits.count) {
        (_, product) throws(InputError) in
        try loss.expectedRiskHessianVectorProducts(
          logits.span, layout: layout, hypotheses: risks, options: Self.options,
          vector: vector.span, into: &product, output: ProductOutput(workspace: workspace))
      }
      #expect(Self.bits(written.gradient) == Self.bits(products))
    }
  }

  @Test(arguments: KernelVariant.allCases.filter(\.isSupported))
  func formsAgree(_ variant: KernelVariant) throws {
    try KernelVariant.$forced.withValue(variant) {
      // One workspace for both families.
      let workspace = LossWorkspace()
      for topology in CTCTopology.allCases {
        for inputs in CTCInputs.allCases {
          let batch = try Self.ctc(CTCLoss(topology: topology, inputs: inputs))
          try checkForms(batch, Double.self, workspace)
          try checkForms(batch, Float.self, workspace)
          try checkForms(batch, BFloat16.self, workspace)
        }
      }
      for loss in [
        TransducerLoss(), TransducerLoss(topology: .monotonic, fastEmit: 0.1),
        TransducerLoss(normalization: .none, gradientLimit: 0.4),
      ] {
        let batch = try Self.transducer(loss)
        try checkForms(batch, Double.self, workspace)
        try checkForms(batch, Float.self, workspace)
        try checkForms(batch, BFloat16.self, workspace)
      }
    }
  }

  /// A workspace that many threads and calls share changes nothing.
  @Test func sharedWorkspace() throws {
    let workspace = LossWorkspace()
    let ctc = try Self.ctc(CTCLoss(threads: 2))
    let transducer = try Self.transducer(TransducerLoss(threads: 2))
    var generator = SeededGenerator(seed: 8)
    let logits = generator.normals(ctc.layout.valueCount)
    let joints = generator.normals(transducer.layout.valueCount)
    let expected = try ctc.loss.losses(logits, layout: ctc.layout, labels: ctc.labels)
    let joint = try transducer.loss.losses(
      joints, layout: transducer.layout, labels: transducer.labels)
    for _ in 0..<20 {
      #expect(
        try ctc.loss.loss(
          logits.span, layout: ctc.layout, labels: ctc.labels, reduction: .sum,
          workspace: workspace) == expected.reduce(0, +))
      #expect(
        try transducer.loss.loss(
          joints.span, layout: transducer.layout, labels: transducer.labels, reduction: .sum,
          workspace: workspace) == joint.reduce(0, +))
    }
  }
}
