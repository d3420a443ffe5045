import Seq2SeqLosses
import Testing

@testable import DigitStrings

/// A reader small enough for finite differences and for a build without optimization.
private func smallReader(
  hidden: Int = 8, topology: TransducerTopology = .monotonic,
  using generator: inout some RandomNumberGenerator
) -> TransducerDigitReader {
  TransducerDigitReader(
    encoderLayers: [
      Convolution(inputs: 16, outputs: hidden, taps: 3),
      Convolution(inputs: hidden, outputs: hidden, taps: 3),
    ], topology: topology, using: &generator)
}

private func smallTraining(
  steps: Int, seed: UInt64 = 1, threads: Int, topology: TransducerTopology = .monotonic
) throws -> DigitStringTraining<TransducerDigitReader> {
  try DigitStringTraining(
    steps: steps, seed: seed, threads: threads, batchSize: 16, heldOutCount: 40,
    style: DigitStringStyle(length: 1...2, gap: 0...1)
  ) { smallReader(hidden: 24, topology: topology, using: &$0) }
}

@Suite struct TransducerDigitReaderTests {
  /// The derivative of the loss with respect to every parameter, through joiner, predictor and
  /// encoder, and by differences.
  @Test(arguments: [TransducerTopology.monotonic, .standard])
  func gradientEqualsFiniteDifferences(topology: TransducerTopology) throws {
    var generator = SplitMix64(seed: 3)
    let reader = smallReader(topology: topology, using: &generator)
    // An odd number of columns, and a digit twice in a row.
    let image = GrayscaleImage(
      columns: 11, rows: 8, ink: (0..<88).map { _ in Float.random(in: 0...1, using: &generator) })
    let string = DigitString(image: image, digits: [4, 7, 7])
    func result(_ reader: TransducerDigitReader) throws -> (loss: Double, gradient: [Float]) {
      try reader.losses([reader.forward(string)], digits: [string.digits], threads: 1)[0]
    }
    let valueGradient = try result(reader).gradient
    let gradient = reader.gradient(reader.forward(string), valueGradient: valueGradient)
    #expect(gradient.count == reader.parameters.count)
    let step: Float = 1.0 / 256
    var differing: [Int] = []
    for index in gradient.indices {
      let ends = try [step, -step].map { step in
        var moved = reader
        moved.parameters[index] += step
        return try result(moved).loss
      }
      // Central differences: the error is of the order of step², 2e-5, plus the rounding of Float,
      // 1e-6 / step.
      let slope = (ends[0] - ends[1]) / Double(2 * step)
      if abs(slope - Double(gradient[index])) > 2e-3 { differing.append(index) }
    }
    // A step may cross the kink of one of the encoder's ReLUs; nothing else has kinks.
    let encoderCount = reader.encoder.parameters.count
    #expect(differing.allSatisfy { $0 < encoderCount })
    #expect(differing.count <= encoderCount / 50)
    // Every part has a gradient.
    let (predictorCount, joinerCount) = (
      reader.predictorParameters.count, reader.joinerParameters.count
    )
    #expect(encoderCount + predictorCount + joinerCount == gradient.count)
    for part in [gradient[..<encoderCount], gradient[encoderCount...].prefix(predictorCount)] {
      #expect(part.contains { abs($0) > 0.01 })
    }
  }

  @Test func parametersRoundTrip() {
    var generator = SplitMix64(seed: 1)
    let first = smallReader(using: &generator)
    var second = smallReader(using: &generator)
    #expect(first.parameters != second.parameters)
    second.parameters = first.parameters
    #expect(second.parameters == first.parameters)
    #expect(second.encoder.parameters == first.encoder.parameters)
  }

  @Test func emptyImage() throws {
    var generator = SplitMix64(seed: 1)
    let reader = smallReader(using: &generator)
    let nothing = DigitString(image: GrayscaleImage(columns: 0, rows: 8, ink: []), digits: [])
    let pass = reader.forward(nothing)
    let result = try reader.losses([pass], digits: [[]], threads: 1)[0]
    #expect(result.loss == 0 && result.gradient.isEmpty)
    #expect(reader.gradient(pass, valueGradient: []).allSatisfy { $0 == 0 })
    #expect(reader.read(nothing.image).digits.isEmpty)
  }

  /// Six tenths of a short training on strings of one or two digits, before its learning rate has fallen far; the
  /// demo's rate takes more, see `seq2seq demo --transducer`.
  @Test func learningToRead() throws {
    var training = try smallTraining(steps: 200, threads: 2)
    let before = try training.evaluate()
    for _ in 0..<120 { _ = try training.takeStep() }
    let after = try training.evaluate()
    #expect(after.loss < 0.4 * before.loss)
    // A reader that emits nothing has a rate of 1.
    #expect(before.characterErrorRate >= 1)
    #expect(after.characterErrorRate < 0.75)
  }

  @Test func standardTopologyLowersItsLoss() throws {
    var training = try smallTraining(steps: 40, threads: 2, topology: .standard)
    let before = try training.evaluate().loss
    try training.run { _ in }
    #expect(try training.evaluate().loss < 0.5 * before)
  }

  /// A joiner that always prefers one digit, so that only the limit of labels per frame ends the
  /// search.
  @Test(arguments: [TransducerTopology.monotonic, .standard])
  func searchStopsAtTheMostLabelsOfAFrame(topology: TransducerTopology) {
    var generator = SplitMix64(seed: 2)
    var reader = smallReader(topology: topology, using: &generator)
    // The biases come last, one per token.
    let biases = reader.joinerParameters.count - DigitVocabulary.count
    reader.joinerParameters[biases + 5] = 1000
    let image = GrayscaleImage(columns: 5, rows: 8, ink: [Float](repeating: 0.5, count: 40))
    let perFrame = topology == .monotonic ? 1 : 3
    #expect(reader.digits(in: image) == [Int](repeating: 5, count: 3 * perFrame))
    let blank = DigitVocabulary.blank
    let drawn = topology == .monotonic ? [5, blank, 5, blank, 5] : [5, 5, 5, 5, 5]
    let reading = reader.read(image)
    #expect(reading.digits == reader.digits(in: image))
    #expect(reading.alignment == drawn)
    #expect(reading.logits.count == 5 * DigitVocabulary.count)
    reader.joinerParameters[biases + blank] = 2000
    #expect(reader.read(image).digits.isEmpty)
  }

  @Test func sameBitsForAnyNumberOfThreads() throws {
    func parameters(seed: UInt64, threads: Int) throws -> [UInt32] {
      var training = try smallTraining(steps: 2, seed: seed, threads: threads)
      try training.run { _ in }
      return training.reader.parameters.map(\.bitPattern)
    }
    let single = try parameters(seed: 1, threads: 1)
    #expect(try parameters(seed: 1, threads: 2) == single)
    #expect(try parameters(seed: 1, threads: 3) == single)
    #expect(try parameters(seed: 2, threads: 1) != single)
  }
}
