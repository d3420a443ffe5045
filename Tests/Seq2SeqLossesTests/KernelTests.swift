import Seq2SeqLosses
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#endif

/// Every build of the kernels that this processor supports, compared with the general engine.
@Suite struct KernelTests {
  static let kernels = KernelVariant.allCases.filter { $0.isSupported && $0 != .general }

  /// Samples of lengths that fill several tiles and blocks of the kernels.
  struct Sample: CustomTestStringConvertible {
    let ctc: CTCLoss
    let layout: LogitsLayout
    let labels: LabelBatch
    let logits: [Double]
    let scale: Double
    var testDescription: String { "\(ctc) \(layout) scale \(scale)" }

    init(seed: Int) throws {
      var generator = SeededGenerator(seed: seed)
      let vocabulary = [2, 3, 7, 8, 9, 16, 31, 32, 33, 100][seed % 10]
      let time = Int.random(in: 1...180, using: &generator)
      let blank = Int.random(in: 0..<vocabulary, using: &generator)
      let tokens = (0..<vocabulary).filter { $0 != blank }
      // Half the samples have about as many labels as fit: the band is narrow.
      let count = min(time / (seed % 2 + 1), Int.random(in: 0...90, using: &generator))
      let labels = (0..<count).map { _ in tokens.randomElement(using: &generator) ?? 0 }
      let scale = [0.1, 1, 5, 20, 60][seed / 2 % 5]
      var logits = generator.normals(time * vocabulary, scale: scale)
      switch seed % 4 {
      case 1:
        // Impossible tokens, some of which paths need.
        for index in logits.indices where Int.random(in: 0..<40, using: &generator) == 0 {
          logits[index] = -.infinity
        }
      case 2:
        // A confident model that holds a label for many frames.
        for frame in 0..<time where count > 0 {
          logits[frame * vocabulary + labels[frame * count / time]] += 4 * scale
        }
      case 3:
        // Rows far from zero, each with another offset.
        for frame in 0..<time {
          let shift = Double.random(in: -900...900, using: &generator)
          for token in 0..<vocabulary { logits[frame * vocabulary + token] += shift }
        }
      default: break
      }
      ctc = CTCLoss(
        blank: blank, topology: seed / 10 % 2 == 0 ? .classic : .simplified,
        inputs: seed % 3 == 0 ? .logProbabilities : .logits)
      layout = try LogitsLayout(batch: 1, time: time, vocabulary: vocabulary)
      self.labels = LabelBatch([labels])
      self.logits = logits
      self.scale = scale
    }

    func run<Element: LogitElement>(
      _ variant: KernelVariant, _ logits: [Element]
    ) throws -> (loss: Double, alone: Double, gradient: [Double]) {
      try KernelVariant.$forced.withValue(variant) {
        let (losses, gradient) = try ctc.lossesAndGradient(
          logits, layout: layout, labels: labels, weights: [1.5])
        let alone = try ctc.losses(logits, layout: layout, labels: labels)
        return (losses[0], alone[0], gradient.map(\.widened))
      }
    }
  }

  @Test(arguments: kernels) func doublesAgreeWithTheGeneralEngine(_ kernel: KernelVariant) throws {
    for seed in 0..<240 {
      let sample = try Sample(seed: seed)
      let truth = try sample.run(.general, sample.logits)
      let result = try sample.run(kernel, sample.logits)
      #expect(result.alone == result.loss, "\(sample)")
      // Roundings of numerators, 1e-16 a frame; of logits as large as 1000, 1e-13 a frame.
      #expect(
        result.loss == truth.loss
          || abs(result.loss - truth.loss) < 1e-10 + 1e-13 * abs(truth.loss), "\(sample)")
      for (entry, expected) in zip(result.gradient, truth.gradient) {
        #expect(abs(entry - expected) < 1e-9, "\(sample)")
      }
    }
  }

  #if arch(x86_64) && canImport(Glibc)
    /// XLA's threads flush subnormal numbers to zero. The bits must be the same there, including
    /// subnormal 16-bit numbers.
    @Test(arguments: KernelVariant.allCases.filter(\.isSupported))
    func threadsThatFlushSubnormals(_ variant: KernelVariant) throws {
      var generator = SeededGenerator(seed: 6)
      let (time, vocabulary, labels) = (8, 20, [1, 2])
      let logits = generator.normals(time * vocabulary, scale: 4)
      func gradients<Element: LogitElement>(_ elements: [Element]) throws -> [Element] {
        let layout = try LogitsLayout(batch: 1, time: time, vocabulary: vocabulary)
        let joiner = try JoinerLayout(batch: 1, time: 2, positions: 4, vocabulary: vocabulary)
        return try KernelVariant.$forced.withValue(variant) {
          let inputs = [CTCInputs.logits, .logProbabilities]
          let ctc = try inputs.flatMap {
            try CTCLoss(inputs: $0, threads: 1).lossesAndGradient(
              elements, layout: layout, labels: [labels]
            ).gradient
          }
          let transducer = try TransducerLoss(threads: 1).lossesAndGradient(
            elements, layout: joiner, labels: [labels + [3]]
          ).gradient
          return ctc + transducer
        }
      }
      func check<Element: LogitElement>(_ elements: [Element]) throws {
        let expected = try gradients(elements)
        var before = fenv_t()
        fegetenv(&before)
        var environment = before
        environment.__mxcsr |= 0x8040
        fesetenv(&environment)
        let found = try gradients(elements)
        fesetenv(&before)
        let areEqual = zip(found, expected).allSatisfy { $0.widened == $1.widened }
        #expect(areEqual)
      }
      try check(logits.map { Float($0) })
      try check(logits.map { Float16($0) })
      try check(logits)
      let halves = try gradients(logits.map { Float16($0) })
      #expect(halves.contains { $0 != 0 && $0.magnitude < 0x1p-14 })
    }
  #endif

  /// Weights that overflow `Float`: a token of probability 0 has a derivative of 0 for any weight.
  @Test(arguments: kernels, [1e308, -1e308, 1e39, -1e20, 0x1p64, 1e9])
  func hugeWeights(_ kernel: KernelVariant, _ weight: Double) throws {
    func check<Element: LogitElement>(_ type: Element.Type) throws {
      var generator = SeededGenerator(seed: 39)
      let (time, vocabulary, labels) = (6, 5, [1, 2])
      var logits = generator.normals(time * vocabulary, scale: 1)
      for frame in 0..<time { logits[frame * vocabulary + 3] = -.infinity }
      let elements = logits.map { Element(nearest: $0) }
      let layout = try LogitsLayout(batch: 1, time: time, vocabulary: vocabulary)
      for inputs in [CTCInputs.logits, .logProbabilities] {
        let gradient = try KernelVariant.$forced.withValue(kernel) {
          try CTCLoss(inputs: inputs).lossesAndGradient(
            elements, layout: layout, labels: [labels], weights: [weight]
          ).gradient
        }
        for (index, entry) in gradient.enumerated() {
          #expect(!entry.widened.isNaN, "\(inputs), \(index)")
          if index % vocabulary == 3 { #expect(entry.widened == 0) }
        }
      }
      var grid = generator.normals(4 * 3 * vocabulary, scale: 1)
      for node in 0..<12 { grid[node * vocabulary + 3] = -.infinity }
      let joiner = try JoinerLayout(batch: 1, time: 4, positions: 3, vocabulary: vocabulary)
      for normalization in TransducerNormalization.allCases {
        for fastEmit in [0, weight.magnitude] {
          let loss = TransducerLoss(normalization: normalization, fastEmit: fastEmit)
          let gradient = try KernelVariant.$forced.withValue(kernel) {
            try loss.lossesAndGradient(
              grid.map { Element(nearest: $0) }, layout: joiner, labels: [labels],
              weights: [weight]
            ).gradient
          }
          for entry in gradient { #expect(!entry.widened.isNaN, "\(normalization) \(fastEmit)") }
        }
      }
    }
    try check(Float.self)
    try check(Double.self)
    try check(BFloat16.self)
  }

  @Test(arguments: kernels) func floatsAgreeWithTheGeneralEngine(_ kernel: KernelVariant) throws {
    var others = 0
    for seed in 0..<240 {
      let sample = try Sample(seed: seed)
      let logits = sample.logits.map { Float($0) }
      let truth = try sample.run(.general, logits)
      let result = try sample.run(kernel, logits)
      #expect(result.alone == result.loss, "\(sample)")
      // Numerators in Float: 2e-7 each, on up to 180 frames.
      #expect(
        result.loss == truth.loss || abs(result.loss - truth.loss) < 2e-5, "\(sample)")
      for (entry, expected) in zip(result.gradient, truth.gradient) {
        #expect(abs(entry - expected) < 1e-5, "\(sample)")
      }
      if result.gradient != truth.gradient { others += 1 }
    }
    // Roundings differ, so it was not the general engine that did them.
    #expect(others > 120)
  }

  @Test(arguments: kernels) func halvesRoundOnceMore(_ kernel: KernelVariant) throws {
    func check<Element: LogitElement>(_ type: Element.Type) throws {
      for seed in stride(from: 0, to: 240, by: 4) {
        let sample = try Sample(seed: seed)
        let narrow = sample.logits.map { Element(nearest: $0) }
        let result = try sample.run(kernel, narrow)
        let wide = try sample.run(kernel, narrow.map { Float($0.widened) })
        #expect(result.loss == wide.loss, "\(sample)")
        for (entry, expected) in zip(result.gradient, wide.gradient) {
          // And the roundings to Float that the wide result has: of a softmax and of posteriors.
          let rounding = abs(expected) * Element.unitRoundoff * 1.01 + 0x1p-25 + 0x1p-22
          #expect(abs(entry - expected) <= rounding, "\(sample)")
        }
      }
    }
    try check(BFloat16.self)
    #if !((os(macOS) || targetEnvironment(macCatalyst)) && arch(x86_64))
      try check(Float16.self)
    #endif
  }

  /// The kernels support strides, time-major layouts and rows that are not contiguous.
  @Test(arguments: kernels) func viewsGiveTheSameBits(_ kernel: KernelVariant) throws {
    for seed in 0..<60 {
      let sample = try Sample(seed: seed)
      let (time, vocabulary) = (sample.layout.time, sample.layout.vocabulary)
      let dense = sample.logits.map { Float($0) }
      let transposed = try LogitsLayout(
        batch: 1, time: time, vocabulary: vocabulary, strides: (0, 1, time))
      var logits = dense
      for frame in 0..<time {
        for token in 0..<vocabulary {
          logits[token * time + frame] = dense[frame * vocabulary + token]
        }
      }
      try KernelVariant.$forced.withValue(kernel) {
        let expected = try sample.ctc.lossesAndGradient(
          dense, layout: sample.layout, labels: sample.labels)
        let result = try sample.ctc.lossesAndGradient(
          logits, layout: transposed, labels: sample.labels)
        #expect(result.losses == expected.losses)
        for frame in 0..<time {
          for token in 0..<vocabulary {
            // The same except for one rounding, because a strided row is scaled in Double.
            let entry = result.gradient[token * time + frame]
            #expect(abs(entry - expected.gradient[frame * vocabulary + token]) < 1e-7)
          }
        }
      }
    }
  }

  /// Numbers at the edges of the kernels' range and beyond, in samples of every small size.
  @Test(arguments: kernels) func extremesAgreeWithTheGeneralEngine(_ kernel: KernelVariant) throws {
    let calm: [Double] = [0, 1, -1, 1e-40, 30, -30]
    let wild: [[Double]] = [
      [-.infinity], [-1e9, -3e38], [-86, -87, -88, -100], [8191, 8193], [-.infinity, -80, 80],
      [.nan], [.infinity], [1e9, -1e9],
    ]
    func agree(_ left: Double, _ right: Double, _ tolerance: Double) -> Bool {
      left == right || (left.isNaN && right.isNaN) || abs(left - right) <= tolerance
    }
    for seed in 0..<600 {
      var generator = SeededGenerator(seed: seed)
      let vocabulary = Int.random(in: 1...20, using: &generator)
      let time = Int.random(in: 1...40, using: &generator)
      let blank = Int.random(in: 0..<vocabulary, using: &generator)
      let tokens = (0..<vocabulary).filter { $0 != blank }
      let most = min(time, tokens.isEmpty ? 0 : 20)
      let labels = (0..<Int.random(in: 0...most, using: &generator)).map { _ in
        tokens.randomElement(using: &generator) ?? 0
      }
      let choices = calm + wild[seed % wild.count]
      let rare = Int.random(in: 1...30, using: &generator)
      let logits = (0..<time * vocabulary).map { _ in
        Int.random(in: 0..<rare, using: &generator) == 0
          ? choices.randomElement(using: &generator) ?? 0
          : calm.randomElement(using: &generator) ?? 0
      }
      let ctc = CTCLoss(
        blank: blank, topology: seed / 2 % 2 == 0 ? .classic : .simplified,
        inputs: seed % 5 == 0 ? .logProbabilities : .logits)
      let layout = try LogitsLayout(batch: 1, time: time, vocabulary: vocabulary)
      func run<Element: LogitElement>(
        _ variant: KernelVariant, _ logits: [Element]
      ) throws -> (losses: [Double], gradient: [Element]) {
        try KernelVariant.$forced.withValue(variant) {
          try ctc.lossesAndGradient(logits, layout: layout, labels: LabelBatch([labels]))
        }
      }
      let floats = logits.map { Float($0) }
      let (floatTruth, floatResult) = (try run(.general, floats), try run(kernel, floats))
      #expect(agree(floatResult.losses[0], floatTruth.losses[0], 2e-5), "\(seed)")
      for (entry, truth) in zip(floatResult.gradient, floatTruth.gradient) {
        #expect(agree(Double(entry), Double(truth), 1e-5), "\(seed)")
      }
      let (truth, result) = (try run(.general, logits), try run(kernel, logits))
      #expect(
        agree(result.losses[0], truth.losses[0], 1e-10 + 1e-13 * abs(truth.losses[0])), "\(seed)")
      for (entry, expected) in zip(result.gradient, truth.gradient) {
        #expect(agree(entry, expected, 1e-9), "\(seed)")
      }
    }
  }

  @Test func allRunHere() {
    #if arch(x86_64) && os(Linux)
      // Said in the log, because a machine without AVX2 tests less.
      if !KernelVariant.avx2.isSupported { print("AVX2 kernels: not on this processor") }
    #endif
    #expect(Self.kernels.contains(.baseline))
  }
}
