import Foundation
import Seq2SeqLosses

/// Trains a small network to read strings of handwritten digits, with the reader's loss.
///
/// The seed determines the initial parameters and every string. The same seed gives the same bits
/// for any number of threads.
public struct DigitStringTraining<Reader: DigitReader>: Sendable {
  /// The number of steps over which the learning rate decays.
  public let steps: Int
  /// The number of steps taken.
  public private(set) var step = 0
  /// The strings that ``evaluate()`` reads, made of images that are not used in training.
  public let heldOutStrings: [DigitString]

  private let threads: Int
  private let batchSize: Int
  private let initialLearningRate: Float = 4e-3
  private let glyphs: [DigitGlyphs.Glyph]
  private let style: DigitStringStyle
  private var generator: SplitMix64
  private(set) var reader: Reader
  private var optimizer: AdamOptimizer

  /// A reader with random parameters, before its first step.
  ///
  /// - Parameters:
  ///   - steps: The number of batches of 32 strings that ``run(reportEvery:progress:)`` trains on.
  ///   - seed: Determines the training. The held-out strings are always the same.
  ///   - threads: The number of threads that divide a batch.
  ///   - heldOutCount: The number of strings that ``evaluate()`` reads.
  public init(steps: Int, seed: UInt64 = 1, threads: Int = 2, heldOutCount: Int = 400) throws {
    try self.init(
      steps: steps, seed: seed, threads: threads, batchSize: 32, heldOutCount: heldOutCount
    ) { Reader(using: &$0) }
  }

  /// A training of any size, on strings of any style. Tests in debug builds use small ones.
  init(
    steps: Int, seed: UInt64, threads: Int, batchSize: Int, heldOutCount: Int,
    style: DigitStringStyle = .augmented, makeReader: (inout SplitMix64) -> Reader
  ) throws {
    precondition(steps > 0 && threads > 0 && batchSize > 0)
    let glyphs = try DigitGlyphs()
    self.glyphs = glyphs.training
    self.steps = steps
    self.threads = threads
    self.batchSize = batchSize
    self.style = style
    generator = SplitMix64(seed: seed)
    reader = makeReader(&generator)
    optimizer = AdamOptimizer(parameterCount: reader.parameters.count)
    var heldOutGenerator = SplitMix64(seed: 0)
    let heldOutStyle = DigitStringStyle(length: style.length, gap: style.gap)
    heldOutStrings = (0..<heldOutCount).map { _ in
      heldOutStyle.string(of: glyphs.heldOut, using: &heldOutGenerator)
    }
  }

  /// Trains on one batch of new strings. Returns their mean loss before the step.
  public mutating func takeStep() throws -> Double {
    let strings = (0..<batchSize).map { _ in style.string(of: glyphs, using: &generator) }
    let (reader, threads) = (reader, threads)
    let passes = concurrentMap(count: strings.count, threads: threads) {
      reader.forward(strings[$0])
    }
    let results = try reader.losses(passes, digits: strings.map(\.digits), threads: threads)
    let gradients = concurrentMap(count: strings.count, threads: threads) {
      reader.gradient(passes[$0], valueGradient: results[$0].gradient)
    }
    optimizer.update(
      &self.reader.parameters, gradient: mean(gradients), learningRate: learningRate)
    step += 1
    return results.reduce(0) { $0 + $1.loss } / Double(batchSize)
  }

  /// Trains for the remaining steps. Evaluates and calls `progress` every `reportEvery` steps and
  /// after the last step.
  public mutating func run(
    reportEvery: Int = 100, progress: (TrainingProgress) throws -> Void
  ) throws {
    precondition(reportEvery > 0)
    var losses: [Double] = []
    while step < steps {
      losses.append(try takeStep())
      guard step % reportEvery == 0 || step == steps else { continue }
      let trainingLoss = losses.reduce(0, +) / Double(losses.count)
      try progress(
        TrainingProgress(step: step, trainingLoss: trainingLoss, heldOut: evaluate()))
      losses = []
    }
  }

  /// The mean loss and the character error rate on ``heldOutStrings``.
  public func evaluate() throws -> TrainingProgress.Score {
    let (reader, strings) = (reader, heldOutStrings)
    let passes = concurrentMap(count: strings.count, threads: threads) {
      reader.forward(strings[$0])
    }
    let hypotheses = concurrentMap(count: strings.count, threads: threads) {
      reader.digits(in: strings[$0].image)
    }
    let references = strings.map(\.digits)
    let results = try reader.losses(passes, digits: references, threads: threads)
    return TrainingProgress.Score(
      loss: results.reduce(0) { $0 + $1.loss } / Double(strings.count),
      characterErrorRate: characterErrorRate(hypotheses: hypotheses, references: references))
  }

  /// Reads a string's image with the current network.
  ///
  /// - Throws: `InputError` if a size is beyond the library's limits.
  public func read(_ string: DigitString) throws -> DigitStringReading {
    try reader.read(string.image)
  }

  /// The learning rate falls along half a cosine from its initial value to zero.
  private var learningRate: Float {
    let progress = Float(min(step, steps)) / Float(steps)
    return initialLearningRate * (1 + cos(Float.pi * progress)) / 2
  }

  /// The mean over a batch, summed in the order of the strings, whichever thread finishes first.
  private func mean(_ gradients: [[Float]]) -> [Float] {
    var sum = [Float](repeating: 0, count: reader.parameters.count)
    for gradient in gradients {
      for index in sum.indices { sum[index] += gradient[index] }
    }
    return sum.map { $0 / Float(batchSize) }
  }
}
