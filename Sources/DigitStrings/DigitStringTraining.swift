import Foundation
import Seq2SeqLosses

/// The training of a small network that reads strings of handwritten digits with the CTC loss.
///
/// The seed decides the parameters' start and every string: the same seed gives the same bits for any
/// number of threads.
public struct DigitStringTraining: Sendable {
  /// Losses and errors on strings of held-out images; see ``DigitGlyphs``.
  public struct Score: Sendable, Equatable {
    /// The mean CTC loss of a string.
    public let loss: Double
    /// Edits per digit of the best path's labels, 0 for perfect reading.
    public let characterErrorRate: Double
  }

  /// What a step tells its caller.
  public struct Progress: Sendable, Equatable {
    /// The number of steps taken.
    public let step: Int
    /// The mean CTC loss of a training string over the steps since the last report.
    public let trainingLoss: Double
    /// The network's score after this step.
    public let heldOut: Score
  }

  /// The number of steps that the learning rate's decay is planned for.
  public let steps: Int
  /// The number of steps taken.
  public private(set) var step = 0
  /// The strings that ``evaluate()`` reads, made of images that training never sees.
  public let heldOutStrings: [DigitString]

  private let threads: Int
  private let batchSize: Int
  private let initialLearningRate: Float = 4e-3
  private let glyphs: [DigitGlyphs.Glyph]
  private var generator: SplitMix64
  private(set) var network: DigitStringNetwork
  private var optimizer: AdamOptimizer

  /// A network with random parameters, before its first step.
  ///
  /// - Parameters:
  ///   - steps: how many batches of 32 strings ``run(reportEvery:progress:)`` trains on.
  ///   - seed: decides the training; the held-out strings are always the same.
  ///   - threads: how many threads share a batch.
  ///   - heldOutCount: how many strings ``evaluate()`` reads.
  public init(steps: Int = 1500, seed: UInt64 = 1, threads: Int = 2, heldOutCount: Int = 400) throws
  {
    try self.init(
      steps: steps, seed: seed, threads: threads, layers: DigitStringNetwork.standardLayers,
      batchSize: 32, heldOutCount: heldOutCount)
  }

  /// A training of any size; tests without optimization want a small one.
  init(
    steps: Int, seed: UInt64, threads: Int, layers: [Convolution], batchSize: Int,
    heldOutCount: Int
  ) throws {
    precondition(steps > 0 && threads > 0 && batchSize > 0)
    let glyphs = try DigitGlyphs()
    self.glyphs = glyphs.training
    self.steps = steps
    self.threads = threads
    self.batchSize = batchSize
    generator = SplitMix64(seed: seed)
    network = DigitStringNetwork(layers: layers, using: &generator)
    optimizer = AdamOptimizer(parameterCount: network.parameters.count)
    var heldOutGenerator = SplitMix64(seed: 0)
    heldOutStrings = (0..<heldOutCount).map { _ in
      DigitStringStyle.plain.string(of: glyphs.heldOut, using: &heldOutGenerator)
    }
  }

  /// Trains on one batch of new strings; returns their mean loss before the step.
  public mutating func takeStep() throws -> Double {
    let strings = (0..<batchSize).map { _ in
      DigitStringStyle.augmented.string(of: glyphs, using: &generator)
    }
    let (network, threads) = (network, threads)
    let passes = concurrentMap(count: strings.count, threads: threads) {
      network.forward(strings[$0].image.ink)
    }
    let results = try ctcTrainingLoss(
      logits: passes.map(\.logits), digits: strings.map(\.digits), threads: threads)
    let gradients = concurrentMap(count: strings.count, threads: threads) {
      network.gradient(passes[$0], logitGradient: results[$0].gradient)
    }
    optimizer.update(
      &self.network.parameters, gradient: mean(gradients), learningRate: learningRate)
    step += 1
    return results.reduce(0) { $0 + $1.loss } / Double(batchSize)
  }

  /// Trains for the remaining steps; every `reportEvery` steps and after the last it evaluates and
  /// calls `progress`.
  public mutating func run(
    reportEvery: Int = 100, progress: (Progress) throws -> Void
  ) throws {
    precondition(reportEvery > 0)
    var losses: [Double] = []
    while step < steps {
      losses.append(try takeStep())
      guard step % reportEvery == 0 || step == steps else { continue }
      let trainingLoss = losses.reduce(0, +) / Double(losses.count)
      try progress(Progress(step: step, trainingLoss: trainingLoss, heldOut: evaluate()))
      losses = []
    }
  }

  /// The mean loss and the character error rate on ``heldOutStrings``.
  public func evaluate() throws -> Score {
    let (network, strings) = (network, heldOutStrings)
    let logits = concurrentMap(count: strings.count, threads: threads) {
      network.forward(strings[$0].image.ink).logits
    }
    let references = strings.map(\.digits)
    let results = try ctcTrainingLoss(logits: logits, digits: references, threads: threads)
    let hypotheses = logits.map { DigitStringReading(logits: $0).digits }
    return Score(
      loss: results.reduce(0) { $0 + $1.loss } / Double(strings.count),
      characterErrorRate: characterErrorRate(hypotheses: hypotheses, references: references))
  }

  /// Reads a string with the network as it is now.
  public func read(_ string: DigitString) -> DigitStringReading {
    DigitStringReading(logits: network.forward(string.image.ink).logits)
  }

  /// The learning rate falls along half a cosine from its initial value to zero.
  private var learningRate: Float {
    let progress = Float(min(step, steps)) / Float(steps)
    return initialLearningRate * (1 + cos(Float.pi * progress)) / 2
  }

  /// The mean over a batch, summed in the strings' order whichever thread was first.
  private func mean(_ gradients: [[Float]]) -> [Float] {
    var sum = [Float](repeating: 0, count: network.parameters.count)
    for gradient in gradients {
      for index in sum.indices { sum[index] += gradient[index] }
    }
    return sum.map { $0 / Float(batchSize) }
  }
}
