import Seq2SeqLosses
import TestSupport
import Testing

/// Gradients and products in the place of the logits, and in layouts of their own.
@Suite struct SequenceLossLayoutTests {
  typealias Forms = SequenceLossTests

  /// Samples that the kernels give up after they wrote, log-probabilities that are computed twice, and strides.
  @Test(arguments: 0..<40) func ctcInPlace(_ seed: Int) throws {
    let sample = try KernelTests.Sample(seed: seed)
    func check<Element: LogitElement>(_ type: Element.Type, factor: Double) throws {
      let logits = sample.logits.map { Element(nearest: factor * $0) }
      let (time, vocabulary) = (sample.layout.time, sample.layout.vocabulary)
      // Tokens apart from each other, between elements that no layout names.
      let apart = try LogitsLayout(
        batch: 1, time: time, vocabulary: vocabulary, strides: (0, 1, time), offset: 0)
      for (layout, isTurned) in [(sample.layout, false), (apart, true)] {
        let placed =
          isTurned
          ? (0..<logits.count).map { logits[$0 % time * vocabulary + $0 / time] } : logits
        let expected = try sample.ctc.lossesAndGradient(
          placed, layout: layout, labels: sample.labels, weights: [1.5])
        var (losses, replaced) = ([0.0], placed)
        try losses.withMutableSpan { (losses) throws(InputError) in
          try replaced.withMutableSpan { (logits) throws(InputError) in
            try sample.ctc.lossesAndGradient(
              replacing: &logits, layout: layout, labels: sample.labels, weights: [1.5],
              into: &losses)
          }
        }
        #expect(Forms.bits(losses) == Forms.bits(expected.losses))
        #expect(Forms.bits(replaced) == Forms.bits(expected.gradient))
      }
    }
    for variant in KernelVariant.allCases.filter(\.isSupported) {
      try KernelVariant.$forced.withValue(variant) {
        // Of a factor of 1e9, the general engine's.
        for factor in [1, 1e9] {
          try check(Float.self, factor: factor)
          try check(Double.self, factor: factor)
          try check(BFloat16.self, factor: factor)
        }
      }
    }
  }

  /// A transducer's gradient and products with other padding than the logits have, and without any.
  @Test(arguments: KernelVariant.allCases.filter(\.isSupported))
  func transducerLayouts(_ variant: KernelVariant) throws {
    try KernelVariant.$forced.withValue(variant) {
      let batch = try Forms.transducer(TransducerLoss(fastEmit: 0.1))
      let (lengths, counts) = (batch.layout.lengths, batch.labels.lengths)
      let wide = try JoinerLayout(
        batch: 3, time: 5, positions: 4, vocabulary: 4, lengths: lengths)
      let compact = try JoinerLayout(compact: lengths, labelCounts: counts, vocabulary: 4)
      var generator = SeededGenerator(seed: 3)
      let logits = generator.normals(wide.valueCount).map { Float($0) }
      let vector = generator.normals(wide.valueCount).map { Float($0) }
      /// The nodes of the samples from one layout in another, all other elements 0.
      func moved(_ values: [Float], from: JoinerLayout, to: JoinerLayout) -> [Float] {
        var result = [Float](repeating: 0, count: to.valueCount)
        for sample in 0..<3 {
          for frame in 0..<lengths[sample] {
            for position in 0...counts[sample] {
              for token in 0..<4 {
                result[place(to, sample, frame, position) + token] =
                  values[place(from, sample, frame, position) + token]
              }
            }
          }
        }
        return result
      }
      func place(_ layout: JoinerLayout, _ sample: Int, _ frame: Int, _ position: Int) -> Int {
        if layout == wide { return ((sample * 5 + frame) * 4 + position) * 4 }
        let first = (0..<sample).reduce(0) { $0 + lengths[$1] * (counts[$1] + 1) }
        return (first + frame * (counts[sample] + 1) + position) * 4
      }
      for (layout, other) in [(wide, compact), (compact, wide)] {
        let own = moved(logits, from: wide, to: layout)
        let direction = moved(vector, from: wide, to: layout)
        let expected = try batch.loss.lossesAndGradient(
          own, layout: layout, labels: batch.labels, weights: Forms.weights)
        let found: (losses: [Double], gradient: [Float]) = try Forms.written(3, other.valueCount) {
          (losses, gradient) throws(InputError) in
          try batch.loss.lossesAndGradient(
            own.span, layout: layout, labels: batch.labels, into: &losses, gradient: &gradient,
            output: GradientOutput(weights: Forms.weights, layout: other))
        }
        #expect(found.losses == expected.losses)
        #expect(found.gradient == moved(expected.gradient, from: layout, to: other))
        let products = try batch.loss.hessianVectorProducts(
          own, layout: layout, labels: batch.labels, vector: direction)
        let otherDirection = moved(direction, from: layout, to: other)
        let placed: (losses: [Double], gradient: [Float]) = try Forms.written(0, other.valueCount) {
          (_, product) throws(InputError) in
          try batch.loss.hessianVectorProducts(
            own.span, layout: layout, labels: batch.labels, vector: otherDirection.span,
            into: &product, output: ProductOutput(vectorLayout: other, layout: other))
        }
        #expect(placed.gradient == moved(products, from: layout, to: other))
      }
    }
  }

  /// Expected risks with a vector and a product that lie elsewhere.
  @Test func transducerRiskLayouts() throws {
    let batch = try Forms.transducer(TransducerLoss())
    let (layout, counts) = (batch.riskLayout, [2, 1, 0, 1, 1, 2])
    let wide = try JoinerLayout(
      batch: 6, time: 4, positions: 3, vocabulary: 4, lengths: layout.lengths)
    var generator = SeededGenerator(seed: 4)
    let logits = generator.normals(layout.valueCount)
    let vector = generator.normals(layout.valueCount)
    // NaN where no node is: never read.
    func spread(_ values: [Double], rest: Double) -> [Double] {
      var result = [Double](repeating: rest, count: wide.valueCount)
      var index = 0
      for (sample, frames) in layout.lengths.enumerated() {
        for frame in 0..<frames {
          for position in 0...counts[sample] {
            for token in 0..<4 {
              result[((sample * 4 + frame) * 3 + position) * 4 + token] = values[index]
              index += 1
            }
          }
        }
      }
      return result
    }
    let expected = try batch.loss.expectedRiskHessianVectorProducts(
      logits, layout: layout, hypotheses: batch.risks, options: Forms.options, vector: vector)
    let direction = spread(vector, rest: .nan)
    let found: (losses: [Double], gradient: [Double]) = try Forms.written(0, wide.valueCount) {
      (_, product) throws(InputError) in
      try batch.loss.expectedRiskHessianVectorProducts(
        logits.span, layout: layout, hypotheses: batch.risks, options: Forms.options,
        vector: direction.span, into: &product,
        output: ProductOutput(vectorLayout: wide, layout: wide))
    }
    #expect(found.gradient == spread(expected, rest: 0))
  }

  /// What of a caller's array does not fit is named, before anything is written.
  func checkErrors<Loss: SequenceLoss>(_ batch: Batch<Loss>, _ other: Loss.Layout) throws {
    let (loss, layout, labels) = (batch.loss, batch.layout, batch.labels)
    let logits = [Double](repeating: 0, count: layout.valueCount)
    let vector = logits
    func argument(
      losses: Int = 3, count: Int,
      _ body: (
        Span<Double>, inout MutableSpan<Double>,
        inout MutableSpan<Double>
      ) throws(InputError) -> Void
    ) -> String? {
      var name: String?
      let written: (losses: [Double], gradient: [Double])? = try? Forms.written(losses, count) {
        (losses, gradient) throws(InputError) in
        do throws(InputError) { try body(logits.span, &losses, &gradient) } catch {
          name = error.argument
        }
      }
      #expect(written?.losses.allSatisfy { $0 == 9 } == true)
      #expect(written?.gradient.allSatisfy { $0 == 9 } == true)
      return name
    }
    let size = logits.count
    #expect(
      argument(losses: 2, count: 0) { (logits, losses, _) throws(InputError) in
        try loss.losses(logits, layout: layout, labels: labels, into: &losses, workspace: nil)
      } == "losses")
    for (losses, count, weights, other, expected) in [
      (2, size, [1, 1, 1], nil, "losses"), (3, size - 1, [1, 1, 1], nil, "gradient"),
      (3, size, [1.0, 1], nil, "weights"), (3, size, [1.0, 1, 1], other, "gradient"),
    ] {
      #expect(
        argument(losses: losses, count: count) { (logits, losses, gradient) throws(InputError) in
          try loss.lossesAndGradient(
            logits, layout: layout, labels: labels, into: &losses, gradient: &gradient,
            output: GradientOutput(weights: weights, layout: other))
        } == expected)
    }
    #expect(
      argument(count: size) { (_, losses, logits) throws(InputError) in
        try loss.lossesAndGradient(
          replacing: &logits, layout: layout, labels: labels, weights: [1], into: &losses,
          workspace: nil)
      } == "weights")
    for (count, vectorLayout, other, expected) in [
      (size - 1, nil, nil, "product"), (size, other, nil, "vector"), (size, nil, other, "product"),
    ] {
      #expect(
        argument(count: count) { (logits, _, product) throws(InputError) in
          try loss.hessianVectorProducts(
            logits, layout: layout, labels: labels, vector: vector.span, into: &product,
            output: ProductOutput(vectorLayout: vectorLayout, layout: other))
        } == expected)
    }
    #expect(
      argument(count: 5) { (logits, _, hessians) throws(InputError) in
        try loss.hessians(
          logits, layout: layout, labels: labels, into: &hessians, workspace: nil)
      } == "hessians")
    #expect(throws: InputError.self) {
      try loss.lossAndGradient(logits, layout: layout, labels: [[1]], reduction: .mean)
    }
    #expect(throws: InputError.self) { try loss.validate(layout: layout, labels: [[1]]) }
    try loss.validate(layout: layout, labels: labels)
  }

  typealias Batch = SequenceLossTests.Batch

  @Test func errors() throws {
    try checkErrors(
      Forms.ctc(CTCLoss()), LogitsLayout(batch: 3, time: 5, vocabulary: 4))
    try checkErrors(
      Forms.transducer(TransducerLoss()),
      JoinerLayout(batch: 3, time: 3, positions: 3, vocabulary: 4))
  }

  @Test func riskErrors() throws {
    func check<Loss: SequenceLoss>(_ batch: Batch<Loss>) throws {
      let logits = [Double](repeating: 0, count: batch.riskLayout.valueCount)
      for (values, weights) in [(2, [1.0, 1, 1]), (3, [1.0, 1])] {
        #expect(throws: InputError.self) {
          let _: (losses: [Double], gradient: [Double]) = try Forms.written(values, logits.count) {
            (values, gradient) throws(InputError) in
            try batch.loss.expectedRisksAndGradient(
              logits.span, layout: batch.riskLayout, hypotheses: batch.risks,
              options: ExpectedRisk(), into: &values, gradient: &gradient,
              output: GradientOutput(weights: weights))
          }
        }
      }
    }
    try check(Forms.ctc(CTCLoss()))
    try check(Forms.transducer(TransducerLoss()))
  }
}
