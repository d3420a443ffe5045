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
          // What `Float` holds, so that the same numbers are summed.
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
}
