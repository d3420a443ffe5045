import Foundation
import TestSupport
import Testing

@testable import Seq2SeqLosses

/// Derivatives in 16 bits are those of the same numbers in `Float`, rounded once.
@Suite struct NarrowGradientTests {
  static let variants = KernelVariant.allCases.filter(\.isSupported)

  /// The distance of neighbors of an element type around a number.
  private static func unit<Element: LogitElement>(_ value: Double, _ type: Element.Type) -> Double {
    let smallest = type == BFloat16.self ? 0x1p-133 : 0x1p-24
    return value == 0
      ? smallest : max(smallest, 2 * type.unitRoundoff * exp2(floor(log2(abs(value)))))
  }

  /// Expects `found` to be what `floats` rounds to, or within a unit in the last place of `floats` and `slack`, the
  /// error of single precision.
  private static func expect<Element: LogitElement>(
    _ found: [Element], _ floats: [Float], slack: Double?, _ comment: String
  ) {
    #expect(found.count == floats.count)
    for (index, float) in floats.enumerated() {
      let (value, expected) = (found[index].widened, Double(float))
      if expected.isNaN {
        #expect(value.isNaN, "\(comment) \(index)")
      } else if value != Element(nearest: expected).widened {
        let error = slack.map { abs(value - expected) - unit(expected, Element.self) - $0 }
        #expect(
          error.map { $0 <= 0 } == true, "\(comment) \(Element.self) \(index): \(value) \(float)")
      }
    }
  }

  /// Calls `check` with each type.
  private func forEachType(_ check: (any LogitElement.Type) throws -> Void) rethrows {
    try check(BFloat16.self)
    #if !((os(macOS) || targetEnvironment(macCatalyst)) && arch(x86_64))
      try check(Float16.self)
    #endif
  }

  // MARK: Transducers

  @Test func likelyBlank() throws {
    let layout = try JoinerLayout(batch: 1, time: 1, positions: 1, vocabulary: 4)
    // 3 / (e^8 + 3), and 1 / (e^8 + 3).
    let (blank, other) = (-1.0053656739690113e-3, 3.351218913230038e-4)
    for variant in Self.variants {
      try KernelVariant.$forced.withValue(variant) {
        try forEachType { type in
          func check<Element: LogitElement>(_ type: Element.Type) throws {
            let logits = [8.0, 0, 0, 0].map { Element(nearest: $0) }
            let gradient = try TransducerLoss().lossesAndGradient(
              logits, layout: layout, labels: [[]]
            ).gradient.map(\.widened)
            for (value, expected) in zip(gradient, [blank, other, other, other]) {
              // Half a unit, and the error of Float.
              #expect(
                abs(value - expected) <= Self.unit(expected, type) / 2 + 1e-7, "\(variant) \(type)")
            }
          }
          try check(type)
        }
      }
    }
  }

  /// A batch of any member whose right tokens are likely.
  private func likely(_ seed: Int) throws -> (TransducerFamilyTests.Case, weights: [Double]?) {
    var sample = try TransducerFamilyTests.Case(seed)
    var generator = SeededGenerator(seed: 31 * seed + 5)
    if sample.loss.normalization != .none {
      for (index, labels) in sample.labels.enumerated() {
        for frame in 0..<sample.time {
          for row in 0..<sample.positions {
            let base = sample.first.isEmpty ? 0 : sample.first[index][frame]
            let first =
              ((index * sample.time + frame) * sample.positions + row) * sample.columns
            let isLabel = base + row < labels.count && Bool.random(using: &generator)
            let token = isLabel ? labels[base + row] : sample.loss.blank
            sample.logits[first + token] = Double.random(in: 2...12, using: &generator)
          }
        }
      }
    }
    if seed % 3 == 0 { sample.loss.gradientLimit = 0.01 }
    let weights =
      seed % 4 == 0
      ? sample.labels.map { _ in Double.random(in: -3...3, using: &generator) } : nil
    return (sample, weights)
  }

  @Test(arguments: 0..<150) func transducers(_ seed: Int) throws {
    let (sample, weights) = try likely(seed)
    let (layout, labels) = (sample.layout, LabelBatch(sample.labels))
    for variant in Self.variants {
      try KernelVariant.$forced.withValue(variant) {
        func check<Element: LogitElement>(_ type: Element.Type) throws {
          let logits = sample.logits.map { Element(nearest: $0) }
          let floats = logits.map { Float(nearest: $0.widened) }
          let found = try sample.loss.lossesAndGradient(
            logits, layout: layout, labels: labels, weights: weights)
          let expected = try sample.loss.lossesAndGradient(
            floats, layout: layout, labels: labels, weights: weights)
          #expect(found.losses == expected.losses)
          // The general engine rounds a `Double`, not by way of `Float`.
          let isExact = variant != .general && sample.loss.wildcard == nil
          Self.expect(
            found.gradient, expected.gradient, slack: isExact ? nil : 0, "\(variant)")
          let wide = try sample.loss.lossesAndGradient(
            logits.map(\.widened), layout: layout, labels: labels, weights: weights)
          Self.expect(
            found.gradient, wide.gradient.map { Float($0) }, slack: 2e-6, "\(variant) Double")
          var inPlace = logits
          var losses = found.losses
          var span = inPlace.mutableSpan
          var lossSpan = losses.mutableSpan
          try sample.loss.lossesAndGradient(
            replacing: &span, layout: layout, labels: labels, weights: weights, into: &lossSpan)
          #expect(inPlace.map(\.widened) == found.gradient.map(\.widened), "\(variant)")
          let vector = floats.indices.map { Element(nearest: sin(Double($0))) }
          Self.expect(
            try sample.loss.hessianVectorProducts(
              logits, layout: layout, labels: labels, vector: vector),
            try sample.loss.hessianVectorProducts(
              floats, layout: layout, labels: labels,
              vector: vector.map { Float(nearest: $0.widened) }), slack: 0, "product")
        }
        try forEachType { try check($0) }
      }
    }
  }

  /// Rows without padding, wide enough for every kernel's vectors.
  @Test(arguments: [3, 8, 16, 17, 100]) func compactRows(_ vocabulary: Int) throws {
    var generator = SeededGenerator(seed: vocabulary)
    let labels = [[1, 2, 1], [], [2]]
    let layout = try JoinerLayout(
      compact: [4, 2, 3], labelCounts: labels.map(\.count), vocabulary: vocabulary)
    let count = layout.samples.reduce(0) { $0 + $1.batch * $1.time * $1.vocabulary }
    let values = (0..<count).map {
      $0 % vocabulary == 0 ? 9 : Double.random(in: -2...2, using: &generator)
    }
    for variant in Self.variants where variant != .general {
      try KernelVariant.$forced.withValue(variant) {
        func check<Element: LogitElement>(_ type: Element.Type) throws {
          let logits = values.map { Element(nearest: $0) }
          let loss = TransducerLoss(fastEmit: 0.1)
          Self.expect(
            try loss.lossesAndGradient(logits, layout: layout, labels: LabelBatch(labels)).gradient,
            try loss.lossesAndGradient(
              logits.map { Float(nearest: $0.widened) }, layout: layout, labels: LabelBatch(labels)
            ).gradient, slack: nil, "\(variant)")
        }
        try forEachType { try check($0) }
      }
    }
  }

  @Test func expectedRisksOfTransducers() throws {
    let lists: [LabelBatch] = [[[1, 2], [1], []], [[3, 3, 1], [2]]]
    let labels = lists.flatMap { list in (0..<list.count).map { Array(list[$0]) } }
    let layout = try JoinerLayout(
      compact: [4, 4, 4, 3, 3], labelCounts: labels.map(\.count), vocabulary: 5)
    let count = layout.samples.reduce(0) { $0 + $1.batch * $1.time * $1.vocabulary }
    let hypotheses = try HypothesisRisks(
      hypotheses: lists, risks: [[0, 1, 2.5], [1, -1]], references: [[1, 2], [2]])
    let options = ExpectedRisk(scoreScale: 0.7, referenceWeight: 0.3)
    for seed in 0..<8 {
      var generator = SeededGenerator(seed: seed)
      let values = (0..<count).map {
        $0 % 5 == 0 ? 6 : Double.random(in: -3...3, using: &generator)
      }
      func check<Element: LogitElement>(_ type: Element.Type) throws {
        let logits = values.map { Element(nearest: $0) }
        let floats = logits.map { Float(nearest: $0.widened) }
        let loss = TransducerLoss()
        Self.expect(
          try loss.expectedRisksAndGradient(
            logits, layout: layout, hypotheses: hypotheses, options: options
          ).gradient,
          try loss.expectedRisksAndGradient(
            floats, layout: layout, hypotheses: hypotheses, options: options
          ).gradient, slack: 0, "risk")
        Self.expect(
          try loss.expectedRiskHessianVectorProducts(
            logits, layout: layout, hypotheses: hypotheses, options: options, vector: logits),
          try loss.expectedRiskHessianVectorProducts(
            floats, layout: layout, hypotheses: hypotheses, options: options, vector: floats),
          slack: 0, "product")
      }
      try forEachType { try check($0) }
    }
  }

  @Test(arguments: 0..<40) func additiveTransducers(_ seed: Int) throws {
    var sample = try AdditiveTransducerLossTests.Case(seed, scale: seed % 2 == 0 ? 1 : 4)
    sample.loss.encoderShare = [0, 0.25, 0.5, 1][seed % 4]
    sample.loss.predictorShare = seed % 4 < 2 && seed % 3 == 0 ? 0.2 : 0
    let labels = LabelBatch(sample.labels)
    for variant in Self.variants {
      try KernelVariant.$forced.withValue(variant) {
        func check<Element: LogitElement>(_ type: Element.Type) throws {
          let encoder = sample.encoder.map { Element(nearest: $0) }
          let predictor = sample.predictor.map { Element(nearest: $0) }
          let found = try sample.loss.lossesAndGradients(
            encoder, predictor, layout: sample.layout, labels: labels)
          let expected = try sample.loss.lossesAndGradients(
            encoder.map { Float(nearest: $0.widened) },
            predictor.map { Float(nearest: $0.widened) },
            layout: sample.layout, labels: labels)
          Self.expect(
            found.encoderGradient, expected.encoderGradient, slack: 1e-7, "\(variant) encoder")
          Self.expect(
            found.predictorGradient, expected.predictorGradient, slack: 1e-7,
            "\(variant) predictor")
        }
        try forEachType { try check($0) }
      }
    }
  }

  /// What is finite in `Float` and beyond the largest `Float16` is infinite there.
  @Test func weightsBeyondTheRange() throws {
    #if !((os(macOS) || targetEnvironment(macCatalyst)) && arch(x86_64))
      let layout = try JoinerLayout(batch: 1, time: 1, positions: 1, vocabulary: 3)
      for variant in Self.variants {
        try KernelVariant.$forced.withValue(variant) {
          let logits: [Float16] = [0, 0, 5]
          let found = try TransducerLoss().lossesAndGradient(
            logits, layout: layout, labels: [[]], weights: [1e6]
          ).gradient
          let floats = try TransducerLoss().lossesAndGradient(
            logits.map { Float($0) }, layout: layout, labels: [[]], weights: [1e6]
          ).gradient
          #expect(found == floats.map { Float16($0) })
          #expect(found[0] == -.infinity && found[1].isFinite && found[2] == .infinity)
        }
      }
    #endif
  }

  // MARK: CTC

  /// Calls `check` with likely batches.
  private func forEachBatch(
    _ check: (
      _ loss: CTCLoss, _ logits: [Double], _ layout: LogitsLayout, _ labels: LabelBatch,
      _ comment: String
    ) throws -> Void
  ) throws {
    for seed in 0..<16 {
      var generator = SeededGenerator(seed: seed)
      let vocabulary = [4, 9, 16, 40][seed % 4]
      let layout = try LogitsLayout(batch: 3, time: 7, vocabulary: vocabulary, lengths: [7, 5, 6])
      let labels: LabelBatch = [[1, 2, 1], [3], [2, 2]]
      var logits = (0..<21 * vocabulary).map { _ in Double.random(in: -2...2, using: &generator) }
      for row in 0..<21 {
        logits[row * vocabulary + Int.random(in: 0...3, using: &generator)] =
          Double.random(in: 3...11, using: &generator)
      }
      var loss = CTCLoss(topology: CTCTopology.allCases[seed % CTCTopology.allCases.count])
      if seed % 3 == 2 {
        loss.inputs = .logProbabilities
        logits = logits.map { $0 - 11.5 }
      }
      for variant in Self.variants {
        try KernelVariant.$forced.withValue(variant) {
          try check(loss, logits, layout, labels, "\(variant) \(seed)")
        }
      }
    }
  }

  @Test func ctcGradients() throws {
    try forEachBatch { loss, values, layout, labels, comment in
      func gradients<Element: LogitElement>(_ logits: [Element]) throws -> [(String, [Element])] {
        var batch = loss
        batch.threads = 1
        let loss = batch
        let priors = (0..<layout.vocabulary).map { -0.1 * Double($0) }
        let lists: [LabelBatch] = [[[1, 2, 1], [1, 2]], [[3], [2], []], [[2, 2], [2]]]
        let risks = try HypothesisRisks(
          hypotheses: lists, risks: [[0, 1], [0, 1, 2], [1, 0]], references: labels)
        let options = ExpectedRisk(scoreScale: 0.8, referenceWeight: 0.5)
        let plain = ExpectedRisk()
        return [
          ("loss", try loss.lossesAndGradient(logits, layout: layout, labels: labels).gradient),
          (
            "product",
            try loss.hessianVectorProducts(logits, layout: layout, labels: labels, vector: logits)
          ),
          ("Hessian", try loss.hessians(logits, layout: layout, labels: labels)),
          (
            "focal",
            try loss.focalLossesAndGradient(logits, layout: layout, labels: labels, focus: 1.5)
              .gradient
          ),
          (
            "smoothed",
            try loss.smoothedLossesAndGradient(
              logits, layout: layout, labels: labels, smoothing: 0.1
            ).gradient
          ),
          (
            "priors",
            try loss.priorCorrectedLossesAndGradient(
              logits, layout: layout, labels: labels, logPriors: priors, scale: 0.3
            ).gradient
          ),
          (
            "entropy",
            try loss.entropyRegularizedLossesAndGradient(
              logits, layout: layout, labels: labels, entropyWeight: 0.2
            ).gradient
          ),
          (
            "hypotheses",
            try loss.hypothesisLossesAndWeightedGradient(
              logits, layout: layout, hypotheses: lists,
              weights: [[0.5, 0.5], [1, -1, 2], [3, 1]]
            ).gradient
          ),
          (
            "path risk",
            try loss.pathRisksAndGradient(logits, layout: layout, labels: labels, costs: logits)
              .gradient
          ),
          (
            "sampled risk",
            try loss.sampledRisksAndGradient(logits, layout: layout, count: 4, seed: 7) {
              Double($1.count)
            }.gradient
          ),
          (
            "risk",
            try loss.expectedRisksAndGradient(
              logits, layout: layout, hypotheses: risks, options: plain, weights: [1, 0.3, -2]
            ).gradient
          ),
          (
            "risk and reference",
            try loss.expectedRisksAndGradient(
              logits, layout: layout, hypotheses: risks, options: options, weights: [1, 0.3, -2]
            ).gradient
          ),
          (
            "product of risk and reference",
            try loss.expectedRiskHessianVectorProducts(
              logits, layout: layout, hypotheses: risks, options: options, vector: logits)
          ),
        ]
      }
      func check<Element: LogitElement>(_ type: Element.Type) throws {
        let logits = values.map { Element(nearest: $0) }
        let found = try gradients(logits)
        let expected = try gradients(logits.map { Float(nearest: $0.widened) })
        for (one, other) in zip(found, expected) {
          // Products have factors of up to twelve, those of risks two of them.
          let slack = one.0.hasPrefix("product") ? 2e-5 : one.0 == "path risk" ? 2e-6 : 5e-7
          Self.expect(one.1, other.1, slack: slack, "\(comment) \(one.0)")
        }
      }
      try forEachType { try check($0) }
    }
  }
}
