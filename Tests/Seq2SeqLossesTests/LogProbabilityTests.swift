import Foundation
import Seq2SeqLosses
import TestSupport
import Testing

/// What the numerics guide promises of losses of log-probabilities: relative to the same inputs as wide numbers, an
/// error of at most 1e-7, however small the loss.
@Suite struct LogProbabilityTests {
  static let variants = KernelVariant.allCases.filter(\.isSupported)

  /// The losses by every build of the kernels, each alone and with its gradient.
  private func losses<Element: LogitElement>(
    _ values: [Element], vocabulary: Int, _ labels: [Int], topology: CTCTopology = .classic
  ) throws -> [Double] {
    let layout = try LogitsLayout(
      batch: 1, time: values.count / vocabulary, vocabulary: vocabulary)
    let ctc = CTCLoss(topology: topology, inputs: .logProbabilities)
    return try Self.variants.map { variant in
      try KernelVariant.$forced.withValue(variant) {
        let loss = try ctc.losses(values, layout: layout, labels: [labels])[0]
        let with = try ctc.lossesAndGradient(values, layout: layout, labels: [labels]).losses[0]
        #expect(loss == with || (loss.isNaN && with.isNaN), "\(variant)")
        return loss
      }
    }
  }

  private func truth<Element: LogitElement>(
    _ values: [Element], vocabulary: Int, _ labels: [Int], topology: CTCTopology = .classic
  ) -> Double {
    let oracle = CTCOracle(
      values.map { WideFloat($0.widened) }, vocabulary: vocabulary, labels: labels, blank: 0,
      rule: topology.rule)
    return Double(oracle.loss)
  }

  /// The relative error allowed to a loss of narrow elements: above some 2.2 nats a frame it is found in `Float`, and
  /// held to the promise itself; below that in `Double`, and held to `inDouble`.
  private func tolerance(_ truth: Double, frames: Int, inDouble: Double) -> Double {
    abs(truth) > 2.2 * Double(frames) ? 1e-7 : inDouble
  }

  /// Nothing but blanks: the loss is the inputs' own sum. The values of -5.9 and -26.7 are those that `exp` in `Float` is
  /// furthest off at, of all, without and with fused multiplication.
  @Test(arguments: [
    -1e-4, -1e-6, -1e-8, -1e-12, -0.5, -2, -2.2, -2.21, -2.22, -2.25, -5.89162636, -26.7483273, -50,
    1e-8, 0, -0.0,
  ])
  func lossesOfOnePathAreTheSumOfTheInputs(_ value: Double) throws {
    for frames in [1, 1000, 10_000] {
      let floats = [Float](repeating: Float(value), count: frames)
      let tolerance = tolerance(Double(frames) * value, frames: frames, inDouble: 1e-14)
      for loss in try losses(floats, vocabulary: 1, []) {
        #expect(abs(loss + Double(frames) * Double(Float(value))) <= tolerance * abs(loss))
      }
      let doubles = [Double](repeating: value, count: frames)
      for loss in try losses(doubles, vocabulary: 1, []) {
        // Of the multiples the sum is rounded once, its truth here too.
        #expect(abs(loss + Double(frames) * value) <= 1e-14 * abs(loss))
      }
      let halves = [BFloat16](repeating: BFloat16(nearest: value), count: frames)
      for loss in try losses(halves, vocabulary: 1, []) {
        #expect(abs(loss + Double(frames) * halves[0].widened) <= tolerance * abs(loss))
      }
    }
  }

  /// Rows as a `Float` log-softmax leaves them, from nearly certain to even; their sums are within rounding of one.
  @Test(arguments: CTCTopology.allCases) func randomRows(_ topology: CTCTopology) throws {
    var generator = SeededGenerator(seed: 18)
    for seed in 0..<60 {
      let vocabulary = [2, 3, 9, 40, 700][seed % 5]
      let frames = [1, 7, 60, 400][seed / 5 % 4]
      let count = min(frames / 2, Int.random(in: 0...12, using: &generator))
      var labels = (0..<count).map { _ in Int.random(in: 1..<vocabulary, using: &generator) }
      // Without a blank there is a label at each frame, after another one.
      if !topology.hasBlank { labels = (0..<max(1, count)).map { $0 % 2 } }
      var logits = generator.normals(frames * vocabulary, scale: [0.1, 1, 3][seed % 3])
      // How sure the model is of the right token: up to what leaves 1e-9 to all others.
      let margin = [0.0, 5, 12, 16, 21][seed / 3 % 5]
      for frame in 0..<frames {
        let index = frame * count / max(1, frames)
        let isLabel = count > 0 && frame == (2 * index + 1) * frames / (2 * count)
        let token =
          topology.hasBlank
          ? (isLabel ? labels[index] : 0) : labels[frame * labels.count / frames]
        logits[frame * vocabulary + token] += margin
      }
      let values = logSoftmax(logits, vocabulary: vocabulary).map { Float($0) }
      let truth = truth(values, vocabulary: vocabulary, labels, topology: topology)
      for loss in try losses(values, vocabulary: vocabulary, labels, topology: topology) {
        // 2^-50 a frame for the roundings of sums over many paths near a probability of one.
        #expect(
          loss == truth
            || abs(loss - truth) <= 1e-7 * abs(truth) + Double(frames) * 0x1p-50,
          "seed \(seed): \(loss), \(truth)")
        // Far stricter than 1e-7 where a loss is neither tiny nor large.
        let tolerance = tolerance(truth, frames: frames, inDouble: 1e-11)
        if truth > 1e-3 { #expect(abs(loss - truth) <= tolerance * truth, "seed \(seed)") }
      }
    }
  }

  /// A confident model: 1e-8 a frame for 10,000 frames, and a label on the way.
  @Test func tinyLossesOfManyFrames() throws {
    let (frames, vocabulary) = (10_000, 3)
    var values: [Float] = []
    for frame in 0..<frames {
      values += frame == 500 ? [-21, -1e-8, -22] : [-1e-8, -21, -22]
    }
    let truth = truth(values, vocabulary: vocabulary, [1])
    #expect(truth > 0 && truth < 1e-3)
    for loss in try losses(values, vocabulary: vocabulary, [1]) {
      #expect(abs(loss - truth) <= 1e-7 * truth)
    }
  }

  /// A large vocabulary: its sum is the caller's; the labels' columns are what counts.
  @Test func largeVocabulary() throws {
    let (frames, vocabulary) = (12, 5000)
    var generator = SeededGenerator(seed: 5000)
    let values = logSoftmax(
      generator.normals(frames * vocabulary, scale: 2), vocabulary: vocabulary
    ).map { Float($0) }
    let labels = [4999, 17, 17, 2500]
    let truth = truth(values, vocabulary: vocabulary, labels)
    for loss in try losses(values, vocabulary: vocabulary, labels) {
      #expect(abs(loss - truth) <= 1e-7 * truth)
    }
  }

  /// A large loss is found in `Float`, a smaller one in `Double`: the same promise on either side of the boundary.
  @Test func aroundTheBoundary() throws {
    var generator = SeededGenerator(seed: 22)
    let (frames, vocabulary) = (200, 12)
    let labels = [3, 3, 7, 1]
    var wereInFloat = Set<Bool>()
    for step in 0..<40 {
      // The more of the labels' tokens is likely, the smaller is the loss.
      var logits = generator.normals(frames * vocabulary, scale: 1)
      for frame in 0..<frames { logits[frame * vocabulary] += Double(step - 20) / 20 }
      let values = logSoftmax(logits, vocabulary: vocabulary).map { Float($0) }
      let truth = truth(values, vocabulary: vocabulary, labels)
      wereInFloat.insert(truth > 2.22 * Double(frames))
      for loss in try losses(values, vocabulary: vocabulary, labels) {
        #expect(abs(loss - truth) <= 1e-7 * truth, "step \(step)")
      }
    }
    #expect(wereInFloat.count == 2)
  }

  /// A loss beyond the range is infinite; its posteriors are known all the same.
  @Test func lossesBeyondTheRange() throws {
    let values = [Double](repeating: -1e308, count: 6)
    let ctc = CTCLoss(inputs: .logProbabilities)
    let layout = try LogitsLayout(batch: 1, time: 3, vocabulary: 2)
    for variant in KernelVariant.allCases.filter(\.isSupported) {
      try KernelVariant.$forced.withValue(variant) {
        let (losses, gradient) = try ctc.lossesAndGradient(values, layout: layout, labels: [[1]])
        #expect(losses == [.infinity])
        #expect(
          zip(gradient, [-0.5, -0.5, -1.0 / 3, -2.0 / 3, -0.5, -0.5]).allSatisfy {
            abs($0 - $1) < 1e-15
          })
      }
    }
  }

  /// Gradients are minus posteriors: of the same arithmetic, rounded once.
  @Test func gradientsAreRoundedOnce() throws {
    let vocabulary = 4
    var generator = SeededGenerator(seed: 4)
    let values = logSoftmax(generator.normals(50 * vocabulary, scale: 2), vocabulary: vocabulary)
      .map { Float($0) }
    let labels = [1, 2, 2, 3]
    let oracle = CTCOracle(
      values.map { WideFloat($0) }, vocabulary: vocabulary, labels: labels, blank: 0,
      rule: .classic)
    let ctc = CTCLoss(inputs: .logProbabilities)
    let layout = try LogitsLayout(batch: 1, time: 50, vocabulary: vocabulary)
    for variant in Self.variants {
      try KernelVariant.$forced.withValue(variant) {
        let gradient = try ctc.lossesAndGradient(values, layout: layout, labels: [labels]).gradient
        for (entry, occupancy) in zip(gradient, oracle.occupancies) {
          // Paths that are left out are fewer than 2^-60.
          #expect(abs(Double(entry) + Double(occupancy)) <= 0x1p-24 * Double(occupancy) + 0x1p-60)
        }
      }
    }
  }

  /// Rows that add up to more than one give a loss below 0, as they must.
  @Test func rowsAboveOne() throws {
    let values = [Float](repeating: 1e-8, count: 100)
    for loss in try losses(values, vocabulary: 1, []) {
      #expect(abs(loss + 100 * Double(Float(1e-8))) < 1e-14)
    }
  }

  @Test func impossibleTokensAndNumbersThatAreNone() throws {
    let infinity = Float.infinity
    for loss in try losses([-infinity, -infinity, 0, -infinity], vocabulary: 2, []) {
      #expect(loss == .infinity)
    }
    for loss in try losses([-1, -infinity, -0.5, -infinity], vocabulary: 2, []) {
      #expect(loss == 1.5)
    }
    // Bad numbers count in any column, also beside rows that are impossible.
    for bad in [infinity, .nan, -.nan] {
      for place in 0..<27 {
        var values = [Float](repeating: -infinity, count: 27)
        values[place] = bad
        for loss in try losses(values, vocabulary: 9, []) { #expect(loss.isNaN) }
        for loss in try losses(values.map { BFloat16($0) }, vocabulary: 9, []) {
          #expect(loss.isNaN)
        }
        for loss in try losses(values.map { Double($0) }, vocabulary: 9, []) {
          #expect(loss.isNaN)
        }
      }
    }
  }

  /// Strided logits and gradients, and batches, change no bit.
  @Test func layoutsChangeNothing() throws {
    var generator = SeededGenerator(seed: 9)
    let values = logSoftmax(generator.normals(2 * 30 * 10, scale: 2), vocabulary: 10)
      .map { Float($0) }
    let labels: LabelBatch = [[1, 2, 3], [4, 4]]
    let ctc = CTCLoss(inputs: .logProbabilities)
    let plain = try LogitsLayout(batch: 2, time: 30, vocabulary: 10)
    let other = try LogitsLayout(batch: 2, time: 30, vocabulary: 10, strides: (1, 2, 60))
    var turned = [Float](repeating: 0, count: 600)
    for sample in 0..<2 {
      for frame in 0..<30 {
        for token in 0..<10 {
          turned[sample + 2 * frame + 60 * token] = values[(sample * 30 + frame) * 10 + token]
        }
      }
    }
    let expected = try ctc.lossesAndGradient(values, layout: plain, labels: labels)
    let found = try ctc.lossesAndGradient(turned, layout: other, labels: labels)
    #expect(expected.losses == found.losses)
    for sample in 0..<2 {
      for frame in 0..<30 {
        for token in 0..<10 {
          #expect(
            found.gradient[sample + 2 * frame + 60 * token]
              == expected.gradient[(sample * 30 + frame) * 10 + token])
        }
      }
    }
  }

  /// A transducer's rows without a softmax: the same promise.
  @Test(arguments: [-1e-4, -1e-6, -1e-8, -1e-12, -0.5, -50])
  func transducers(_ value: Double) throws {
    let frames = 500
    let values = [Float](repeating: Float(value), count: frames)
    let layout = try JoinerLayout(batch: 1, time: frames, positions: 1, vocabulary: 1)
    for variant in Self.variants {
      try KernelVariant.$forced.withValue(variant) {
        let loss = try TransducerLoss(normalization: .none).losses(
          values, layout: layout, labels: [[]])[0]
        let truth = -Double(frames) * Double(Float(value))
        // `exp` rounds each once: 1e-16 a frame.
        #expect(abs(loss - truth) <= 1e-7 * truth + Double(frames) * 0x1p-52, "\(variant)")
      }
    }
  }
}
