import Foundation
import TestSupport
import Testing

@testable import Seq2SeqLosses

/// The loss of added rows against ``TransducerLoss``'s general engine on their sums, one by one.
@Suite struct AdditiveTransducerLossTests {
  /// A random batch.
  struct Case {
    var loss = AdditiveTransducerLoss()
    var layout: AdditiveLayout
    var labels: [[Int]] = []
    var encoder: [Double] = []
    var predictor: [Double] = []
    let lengths: [Int]
    let sizes: (batch: Int, time: Int, positions: Int, vocabulary: Int)

    init(_ seed: Int, scale: Double = 1, vocabulary: Int? = nil) throws {
      var generator = SeededGenerator(seed: seed)
      func random(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &generator) }
      let vocabulary = vocabulary ?? (seed % 3 == 0 ? random(2...9) : random(10...150))
      sizes = (random(1...3), random(1...13), random(1...9), vocabulary)
      loss.blank = random(0...vocabulary - 1)
      loss.topology = random(0...1) == 0 ? .standard : .monotonic
      loss.fastEmit = random(0...3) == 0 ? 0.25 : 0
      let time = sizes.time
      let batch = sizes.batch
      lengths = (0..<batch).map { _ in random(random(0...5) == 0 ? 0...time : time...time) }
      layout = try AdditiveLayout(
        batch: batch, time: time, positions: sizes.positions, vocabulary: vocabulary,
        lengths: lengths)
      for _ in 0..<batch {
        labels.append(
          (0..<random(0...sizes.positions - 1)).map { _ in
            let label = random(0...vocabulary - 2)
            return label >= loss.blank ? label + 1 : label
          })
      }
      func values(_ rows: Int) -> [Double] {
        (0..<batch * rows * vocabulary).map { _ in
          // Representable in `Float`, so that both types sum the same numbers.
          Double(Float(scale * Double.random(in: -2...2, using: &generator)))
        }
      }
      encoder = values(time)
      predictor = values(sizes.positions)
    }

    /// The sums.
    var joint: [Double] {
      var joint: [Double] = []
      let (batch, time, positions, vocabulary) = sizes
      for sample in 0..<batch {
        for frame in 0..<time {
          for position in 0..<positions {
            for token in 0..<vocabulary {
              joint.append(
                encoder[(sample * time + frame) * vocabulary + token]
                  + predictor[(sample * positions + position) * vocabulary + token])
            }
          }
        }
      }
      return joint
    }

    /// Losses and gradients by the general engine on the sums.
    func truth() throws -> (losses: [Double], encoder: [Double], predictor: [Double]) {
      let full = TransducerLoss(blank: loss.blank, topology: loss.topology, fastEmit: loss.fastEmit)
      let (batch, time, positions, vocabulary) = sizes
      let layout = try JoinerLayout(
        batch: batch, time: time, positions: positions, vocabulary: vocabulary, lengths: lengths)
      let joint = joint
      let (losses, gradient) = try KernelVariant.$forced.withValue(.general) {
        try full.lossesAndGradient(joint, layout: layout, labels: LabelBatch(labels))
      }
      var ofEncoder = encoder.map { _ in 0.0 }
      var ofPredictor = predictor.map { _ in 0.0 }
      var place = 0
      for sample in 0..<batch {
        for frame in 0..<time {
          for position in 0..<positions {
            for token in 0..<vocabulary {
              ofEncoder[(sample * time + frame) * vocabulary + token] += gradient[place]
              ofPredictor[(sample * positions + position) * vocabulary + token] += gradient[place]
              place += 1
            }
          }
        }
      }
      return (losses, ofEncoder, ofPredictor)
    }
  }

  static let variants = KernelVariant.allCases.filter(\.isSupported)

  /// Same infinities and NaN, numbers within a relative and an absolute tolerance.
  static func expect(
    _ found: [Double], _ truth: [Double], relative: Double, absolute: Double,
    _ message: @autoclosure () -> String
  ) {
    for (index, (found, truth)) in zip(found, truth).enumerated() where found != truth {
      if found.isNaN && truth.isNaN { continue }
      guard (found - truth).magnitude <= absolute + relative * truth.magnitude else {
        Issue.record("\(message()), element \(index): \(found) where \(truth) is right")
        return
      }
    }
  }

  func check<Element: LogitElement>(
    _ example: Case, as type: Element.Type, relative: Double, absolute: Double, _ message: String
  ) throws {
    let truth = try example.truth()
    for variant in Self.variants {
      try KernelVariant.$forced.withValue(variant) {
        let encoder = example.encoder.map { Element(nearest: $0) }
        let predictor = example.predictor.map { Element(nearest: $0) }
        let labels = LabelBatch(example.labels)
        let found = try example.loss.lossesAndGradients(
          encoder, predictor, layout: example.layout, labels: labels)
        let name = "\(message), \(variant), \(type)"
        Self.expect(
          found.losses, truth.losses, relative: relative, absolute: absolute, "\(name): losses")
        Self.expect(
          found.encoderGradient.map(\.widened), truth.encoder, relative: relative,
          absolute: absolute, "\(name): encoder")
        Self.expect(
          found.predictorGradient.map(\.widened), truth.predictor, relative: relative,
          absolute: absolute * Double(example.sizes.time), "\(name): predictor")
        let alone = try example.loss.losses(
          encoder, predictor, layout: example.layout, labels: labels)
        // NaN is not equal to itself.
        #expect(alone.map(\.bitPattern) == found.losses.map(\.bitPattern))
      }
    }
  }

  @Test func equalsTheFullLossOfTheSums() throws {
    for seed in 0..<60 {
      let example = try Case(seed)
      try check(example, as: Double.self, relative: 1e-12, absolute: 1e-12, "case \(seed)")
      // A product of matrices in 24 bits.
      try check(example, as: Float.self, relative: 2e-6, absolute: 2e-6, "case \(seed)")
    }
  }

  /// Rows whose largest logits are far apart: products of exponentials underflow there, and nodes are computed by
  /// themselves.
  @Test(arguments: [30.0, 100, 1000]) func isRightWhereProductsUnderflow(scale: Double) throws {
    for seed in 100..<130 {
      let example = try Case(seed, scale: scale)
      try check(
        example, as: Double.self, relative: 1e-11, absolute: 1e-10, "case \(seed) at \(scale)")
      try check(
        example, as: Float.self, relative: 2e-6, absolute: 2e-6, "case \(seed) at \(scale)")
    }
  }

  // MARK: Smoothed

  struct Figures: Sendable {
    let topology: TransducerTopology
    let shares: (predictor: Double, encoder: Double)
    let losses: [Double]
    /// The encoder's gradient at `[1, 2]`, the predictor's at `[0, 1]`.
    let encoder: [Double]
    let predictor: [Double]
  }

  /// Made with fast_rnnt 1.3's `rnnt_loss_smoothed` in float64.
  static let figures = [
    Figures(
      topology: .standard, shares: (0.25, 0.1), losses: [16.352228160638, 14.109605537535],
      encoder: [
        -0.731600050711, 0.038588074355, 0.120706803892,
        -0.333693077885, 0.040167424255, 0.865830826093,
      ],
      predictor: [
        -0.753409714933, 0.046394962053, 0.101981128032,
        0.529605675609, 0.771752822585, -0.696324873346,
      ]),
    Figures(
      topology: .standard, shares: (0.0, 0.3), losses: [18.096456304088, 13.455485617893],
      encoder: [
        -0.976080166449, 0.048974565899, 0.151789292445,
        -0.283221015836, -0.068122662103, 1.126659986044,
      ],
      predictor: [
        -0.819352153562, 0.041709899454, 0.099025766133,
        0.451119048551, 0.71480242167, -0.487304982245,
      ]),
    Figures(
      topology: .standard, shares: (0.5, 0.0), losses: [14.667774495052, 14.265975298086],
      encoder: [
        -0.488004690564, 0.022933801886, 0.071521345679,
        -0.261592159972, 0.098025699849, 0.557116003122,
      ],
      predictor: [
        -0.604881857245, 0.045386657282, 0.093125267662,
        0.525306510732, 0.757692504807, -0.816629083239,
      ]),
    Figures(
      topology: .monotonic, shares: (0.25, 0.1), losses: [9.225198305265, 8.391990743358],
      encoder: [
        0.004462447848, 0.002948875411, 0.021139423394,
        -0.370080881117, 0.135041546541, 0.206488587924,
      ],
      predictor: [
        -0.047438762376, 0.015919038145, 0.029047969004,
        0.186103039261, 0.536270227749, -0.719901511782,
      ]),
    Figures(
      topology: .monotonic, shares: (0.0, 0.3), losses: [8.669747076028, 7.943191705448],
      encoder: [
        0.007314084152, 0.005750777907, 0.036384302376,
        -0.318442499445, -0.037266733776, 0.306260068786,
      ],
      predictor: [
        -0.030249704046, 0.003974731545, 0.010434174033,
        0.052784961843, 0.475809453323, -0.512753616698,
      ]),
    Figures(
      topology: .monotonic, shares: (0.5, 0.0), losses: [9.129214589903, 8.581852887776],
      encoder: [
        0.0010513872, 0.00123493599, 0.010756959037,
        -0.299512213735, 0.16109733248, 0.125371599029,
      ],
      predictor: [
        -0.179746892275, 0.036459396871, 0.063742048377,
        0.362807688993, 0.569973123462, -0.853235365428,
      ]),
  ]

  @Test(arguments: figures) func smoothedEqualsFastRNNT(_ figures: Figures) throws {
    let loss = AdditiveTransducerLoss(
      topology: figures.topology, predictorShare: figures.shares.predictor,
      encoderShare: figures.shares.encoder)
    let encoder = PruningBoundsTests.waves(2 * 5 * 6, 2) { sin(0.7 * $0) }
    let predictor = PruningBoundsTests.waves(2 * 4 * 6, 1.5) { cos(1.3 * $0) }
    let layout = try AdditiveLayout(
      batch: 2, time: 5, positions: 4, vocabulary: 6, lengths: [5, 4])
    for variant in Self.variants {
      try KernelVariant.$forced.withValue(variant) {
        let found = try loss.lossesAndGradients(
          encoder, predictor, layout: layout, labels: [[1, 5, 2], [3, 3, 4]])
        Self.expect(found.losses, figures.losses, relative: 0, absolute: 2e-12, "\(variant)")
        Self.expect(
          Array(found.encoderGradient[42..<48]), figures.encoder, relative: 0, absolute: 2e-12,
          "\(variant): encoder")
        Self.expect(
          Array(found.predictorGradient[6..<12]), figures.predictor, relative: 0,
          absolute: 2e-12, "\(variant): predictor")
      }
    }
  }

  /// Every build against the general engine, and that one's gradients against differences of its losses.
  @Test(arguments: [1.0, 30, 300]) func smoothedIsTheSameEverywhere(scale: Double) throws {
    for seed in 200..<220 {
      var example = try Case(seed, scale: scale)
      example.loss.fastEmit = 0
      example.loss.predictorShare = [0.25, 0, 0.5][seed % 3]
      example.loss.encoderShare = [0.1, 0.3, 0.5, 0][seed % 4]
      let labels = LabelBatch(example.labels)
      let (loss, layout) = (example.loss, example.layout)
      func general(_ encoder: [Double], _ predictor: [Double]) throws -> [Double] {
        try KernelVariant.$forced.withValue(.general) {
          try loss.losses(encoder, predictor, layout: layout, labels: labels)
        }
      }
      let truth = try KernelVariant.$forced.withValue(.general) {
        try loss.lossesAndGradients(
          example.encoder, example.predictor, layout: layout, labels: labels)
      }
      for variant in Self.variants {
        try KernelVariant.$forced.withValue(variant) {
          let found = try loss.lossesAndGradients(
            example.encoder, example.predictor, layout: layout, labels: labels)
          let name = "case \(seed), \(variant)"
          Self.expect(found.losses, truth.losses, relative: 1e-11, absolute: 1e-11, name)
          Self.expect(
            found.encoderGradient, truth.encoderGradient, relative: 1e-9, absolute: 1e-10, name)
          Self.expect(
            found.predictorGradient, truth.predictorGradient, relative: 1e-9, absolute: 1e-10, name)
          let floats = try loss.lossesAndGradients(
            example.encoder.map { Float($0) }, example.predictor.map { Float($0) }, layout: layout,
            labels: labels)
          Self.expect(floats.losses, truth.losses, relative: 3e-6, absolute: 3e-6, name)
          Self.expect(
            floats.encoderGradient.map { Double($0) }, truth.encoderGradient, relative: 1e-5,
            absolute: 1e-5, name)
          Self.expect(
            floats.predictorGradient.map { Double($0) }, truth.predictorGradient, relative: 1e-5,
            absolute: 1e-5 * Double(example.sizes.time), name)
        }
      }
      guard scale == 1 else { continue }
      // Infinite losses have no differences.
      let sum = { (losses: [Double]) in losses.filter(\.isFinite).reduce(0, +) }
      let step = 1e-5
      var generator = SeededGenerator(seed: seed)
      for isEncoder in [true, false] {
        let values = isEncoder ? example.encoder : example.predictor
        let gradient = isEncoder ? truth.encoderGradient : truth.predictorGradient
        for _ in 0..<6 {
          let place = Int.random(in: 0..<values.count, using: &generator)
          let sides = try [step, -step].map { step in
            var moved = values
            moved[place] += step
            return sum(
              try isEncoder
                ? general(moved, example.predictor) : general(example.encoder, moved))
          }
          let difference = (sides[0] - sides[1]) / (2 * step)
          #expect((gradient[place] - difference).magnitude < 1e-7, "case \(seed)")
        }
      }
    }
  }

  // MARK: Edges

  @Test func edges() throws {
    let layout = try AdditiveLayout(
      batch: 4, time: 3, positions: 3, vocabulary: 4, lengths: [3, 3, 0, 0])
    let labels: LabelBatch = [[1, 2], [], [], [3]]
    var generator = SeededGenerator(seed: 7)
    let encoder = (0..<4 * 3 * 4).map { _ in Double.random(in: -1...1, using: &generator) }
    let predictor = (0..<4 * 3 * 4).map { _ in Double.random(in: -1...1, using: &generator) }
    for variant in Self.variants {
      try KernelVariant.$forced.withValue(variant) {
        let loss = AdditiveTransducerLoss()
        func found(
          _ change: (inout [Double], inout [Double]) -> Void
        ) throws -> (
          losses: [Double], encoderGradient: [Double], predictorGradient: [Double],
          occupancies: TransducerOccupancies
        ) {
          var (encoder, predictor) = (encoder, predictor)
          change(&encoder, &predictor)
          return try loss.lossesGradientsAndOccupancies(
            encoder, predictor, layout: layout, labels: labels)
        }
        let plain = try found { _, _ in }
        #expect(plain.losses[2...] == [0, .infinity])
        #expect(plain.encoderGradient[24...].allSatisfy { $0 == 0 })
        #expect(plain.predictorGradient[24...].allSatisfy { $0 == 0 })
        // Entries that no sample uses are never read.
        let padding = try found { encoder, predictor in
          for index in 24..<48 { encoder[index] = .nan }
          // Past the second sample's labels.
          for index in 16..<24 { predictor[index] = .nan }
        }
        #expect(padding.losses == plain.losses)
        #expect(padding.encoderGradient == plain.encoderGradient)
        #expect(padding.predictorGradient == plain.predictorGradient)
        #expect(padding.occupancies == plain.occupancies)
        // NaN, infinity or only -inf affect only their own sample.
        for (value, all) in [(Double.nan, false), (.infinity, false), (-.infinity, true)] {
          for isEncoder in [true, false] {
            let bad = try found { encoder, predictor in
              for index in 0..<(all ? 4 : 1) {
                if isEncoder { encoder[4 + index] = value } else { predictor[4 + index] = value }
              }
            }
            #expect(bad.losses[0].isNaN)
            #expect(bad.losses[1...] == plain.losses[1...])
            #expect(bad.encoderGradient[..<12].allSatisfy { $0.isNaN })
            #expect(bad.predictorGradient[..<12].allSatisfy { $0.isNaN })
            #expect(bad.encoderGradient[12...] == plain.encoderGradient[12...])
            #expect(bad.occupancies.samples[0].blanks.allSatisfy { $0.isNaN })
            #expect(bad.occupancies.samples[1] == plain.occupancies.samples[1])
          }
        }
        // Finite rows without a common possible token.
        let apart = try found { encoder, predictor in
          for index in 4..<6 { encoder[index] = -.infinity }
          for index in 6..<8 { predictor[index] = -.infinity }
        }
        #expect(apart.losses[0].isNaN)
        // An impossible label.
        let impossible = try found { _, predictor in predictor[4 + 2] = -.infinity }
        #expect(impossible.losses[0] == .infinity)
        #expect(impossible.encoderGradient[..<12].allSatisfy { $0 == 0 })
        #expect(impossible.occupancies.samples[0].labels.allSatisfy { $0 == 0 })
      }
    }
    // Logits of any size are right: one token is certain, or has no chance.
    let far = try AdditiveLayout(batch: 1, time: 1, positions: 1, vocabulary: 2)
    let losses = try AdditiveTransducerLoss().losses(
      [0.0, 1e10], [1e9, 0], layout: far, labels: [[]])
    #expect(losses == [9e9])
  }

  @Test func shortElementTypes() throws {
    for seed in 300..<310 {
      let example = try Case(seed)
      let labels = LabelBatch(example.labels)
      func rounded<Element: LogitElement>(_ type: Element.Type, _ tolerance: Double) throws {
        let encoder = example.encoder.map { Element(nearest: $0) }
        let predictor = example.predictor.map { Element(nearest: $0) }
        let found = try example.loss.lossesAndGradients(
          encoder, predictor, layout: example.layout, labels: labels)
        let truth = try example.loss.lossesAndGradients(
          encoder.map(\.widened), predictor.map(\.widened), layout: example.layout, labels: labels)
        Self.expect(found.losses, truth.losses, relative: 2e-6, absolute: 2e-6, "\(type)")
        Self.expect(
          found.encoderGradient.map(\.widened), truth.encoderGradient, relative: tolerance,
          absolute: 2e-6, "\(type)")
        Self.expect(
          found.predictorGradient.map(\.widened), truth.predictorGradient, relative: tolerance,
          absolute: 2e-5, "\(type)")
      }
      try rounded(BFloat16.self, 0x1p-8)
      #if !((os(macOS) || targetEnvironment(macCatalyst)) && arch(x86_64))
        try rounded(Float16.self, 0x1p-11)
      #endif
    }
  }

  @Test func threadsAndStridesChangeNothing() throws {
    for seed in 400..<410 {
      var example = try Case(seed)
      example.loss.encoderShare = seed % 2 == 0 ? 0.2 : 0
      let labels = LabelBatch(example.labels)
      let truth = try example.loss.lossesGradientsAndOccupancies(
        example.encoder, example.predictor, layout: example.layout, labels: labels)
      for threads in [1, 2, 5] {
        example.loss.threads = threads
        let found = try example.loss.lossesGradientsAndOccupancies(
          example.encoder, example.predictor, layout: example.layout, labels: labels)
        #expect(found.losses == truth.losses)
        #expect(found.encoderGradient == truth.encoderGradient)
        #expect(found.predictorGradient == truth.predictorGradient)
        #expect(found.occupancies == truth.occupancies)
      }
      // Strided columns: computed by the general engine.
      let (batch, time, positions, vocabulary) = example.sizes
      let apart = try AdditiveLayout(
        encoder: LogitsLayout(
          batch: batch, time: time, vocabulary: vocabulary,
          strides: (time * vocabulary, 1, time), lengths: example.lengths),
        predictor: example.layout.predictor)
      var encoder = example.encoder
      for sample in 0..<batch {
        for frame in 0..<time {
          for token in 0..<vocabulary {
            encoder[sample * time * vocabulary + token * time + frame] =
              example.encoder[(sample * time + frame) * vocabulary + token]
          }
        }
      }
      let found = try example.loss.lossesAndGradients(
        encoder, example.predictor, layout: apart, labels: labels)
      Self.expect(found.losses, truth.losses, relative: 1e-12, absolute: 1e-12, "apart")
      Self.expect(
        found.predictorGradient, truth.predictorGradient, relative: 1e-9, absolute: 1e-11, "apart")
      #expect(positions == example.layout.positions)
    }
  }

  @Test func occupanciesAreMinusTheGradientByLogProbabilities() throws {
    for seed in 500..<520 {
      var example = try Case(seed)
      example.loss.fastEmit = 0
      let labels = LabelBatch(example.labels)
      let (_, occupancies) = try example.loss.lossesAndOccupancies(
        example.encoder.span, example.predictor.span, layout: example.layout, labels: labels)
      for (sample, shares) in occupancies.samples.enumerated() {
        #expect(shares.frames == example.lengths[sample])
        guard shares.blanks.contains(where: { $0 > 0 }) else { continue }
        // Each path leaves each frame once, and each label is emitted once.
        let isMonotonic = example.loss.topology == .monotonic
        for frame in 0..<shares.frames {
          let row = frame * shares.positions..<(frame + 1) * shares.positions
          let sum =
            shares.blanks[row].reduce(0, +) + (isMonotonic ? shares.labels[row].reduce(0, +) : 0)
          #expect((sum - 1).magnitude < 1e-9)
        }
        for position in 0..<shares.positions {
          let sum = (0..<shares.frames).reduce(0.0) {
            $0 + shares.labels[$1 * shares.positions + position]
          }
          #expect((sum - (position < shares.positions - 1 ? 1 : 0)).magnitude < 1e-9)
        }
      }
    }
  }

  @Test func mistakes() throws {
    let layout = try AdditiveLayout(batch: 1, time: 2, positions: 2, vocabulary: 3)
    let rows = [Double](repeating: 0, count: 6)
    func argument(
      _ loss: AdditiveTransducerLoss = AdditiveTransducerLoss(), encoder: [Double]? = nil,
      predictor: [Double]? = nil, labels: LabelBatch = [[1]]
    ) -> String {
      do throws(InputError) {
        _ = try loss.lossesAndGradients(
          encoder ?? rows, predictor ?? rows, layout: layout, labels: labels)
        return ""
      } catch { return error.argument }
    }
    #expect(argument() == "")
    #expect(argument(encoder: [0]) == "encoder")
    #expect(argument(predictor: [0]) == "predictor")
    #expect(argument(labels: []) == "labels")
    #expect(argument(labels: [[0]]) == "labels")
    #expect(argument(labels: [[3]]) == "labels")
    #expect(argument(labels: [[1, 1]]) == "labels")
    #expect(argument(.init(blank: 3)) == "blank")
    #expect(argument(.init(topology: .tokenAndDuration([1]))) == "topology")
    #expect(argument(.init(predictorShare: -0.1)) == "predictorShare")
    #expect(argument(.init(encoderShare: .nan)) == "encoderShare")
    #expect(argument(.init(predictorShare: 0.6, encoderShare: 0.6)) == "encoderShare")
    #expect(argument(.init(fastEmit: -1)) == "fastEmit")
    #expect(argument(.init(threads: 0)) == "threads")
    func layoutError(_ body: () throws(InputError) -> AdditiveLayout) -> String {
      do throws(InputError) {
        _ = try body()
        return ""
      } catch { return error.argument }
    }
    let one = try LogitsLayout(batch: 1, time: 2, vocabulary: 3)
    let wide = try LogitsLayout(batch: 1, time: 2, vocabulary: 4)
    let many = try LogitsLayout(batch: 2, time: 2, vocabulary: 3)
    let none = try LogitsLayout(batch: 1, time: 0, vocabulary: 3)
    for (other, expected) in [(wide, "predictor"), (many, "predictor"), (none, "positions")] {
      #expect(
        layoutError { () throws(InputError) in
          try AdditiveLayout(encoder: one, predictor: other)
        } == expected)
    }
    // A gradient of another size, and one whose elements would overlap.
    var (short, right) = ([0.0], rows)
    #expect(throws: InputError.self) {
      var first = short.mutableSpan
      var second = right.mutableSpan
      var losses = [0.0]
      var lossSpan = losses.mutableSpan
      try AdditiveTransducerLoss().lossesAndGradients(
        rows.span, rows.span, layout: layout, labels: [[1]], into: &lossSpan,
        encoderGradient: &first, predictorGradient: &second)
    }
    let shared = try AdditiveLayout(
      encoder: LogitsLayout(batch: 2, time: 2, vocabulary: 3, strides: (0, 3, 1)),
      predictor: LogitsLayout(batch: 2, time: 2, vocabulary: 3, strides: (0, 3, 1)))
    #expect(throws: InputError.self) {
      try AdditiveTransducerLoss().lossesAndGradients(
        rows, rows, layout: shared, labels: [[1], [2]])
    }
    #expect(
      try AdditiveTransducerLoss().losses(rows, rows, layout: shared, labels: [[1], [2]]).count
        == 2)
  }

  /// A token of a probability below any that the kernels know is improbable still, not impossible.
  @Test(arguments: [1e9, 1e10, 1e30, 3e38]) func improbableTokensKeepALoss(_ depth: Double) throws {
    for topology in [TransducerTopology.standard, .monotonic] {
      let loss = AdditiveTransducerLoss(blank: 0, topology: topology)
      let layout = try AdditiveLayout(batch: 1, time: 2, positions: 2, vocabulary: 3)
      // One blank at least and one label: -depth for each blank of whatever frame.
      let encoder = [-depth, 0, 0, -depth, 0, 0]
      let predictor = [Double](repeating: 0, count: 6)
      let blanks: Double = topology == .standard ? 2 : 1
      for variant in Self.variants {
        try KernelVariant.$forced.withValue(variant) {
          let found = try loss.lossesAndGradients(encoder, predictor, layout: layout, labels: [[1]])
          Self.expect(
            found.losses, [blanks * depth], relative: 1e-9, absolute: 0, "\(variant)")
          let floats = try loss.losses(
            encoder.map { Float($0) }, predictor.map { Float($0) }, layout: layout, labels: [[1]])
          Self.expect(floats, [blanks * depth], relative: 1e-6, absolute: 0, "\(variant)")
        }
      }
    }
  }
}
