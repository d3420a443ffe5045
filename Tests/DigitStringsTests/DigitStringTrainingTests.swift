import Testing

@testable import DigitStrings

/// A training small enough for a build without optimization.
private func smallTraining(
  steps: Int, seed: UInt64 = 1, threads: Int
) throws -> DigitStringTraining<CTCDigitReader> {
  try DigitStringTraining(
    steps: steps, seed: seed, threads: threads, batchSize: 4, heldOutCount: 5
  ) {
    CTCDigitReader(
      layers: [
        Convolution(inputs: 8, outputs: 16, taps: 3), Convolution(inputs: 16, outputs: 11, taps: 1),
      ], using: &$0)
  }
}

@Suite struct DigitStringTrainingTests {
  @Test func loweringTheLoss() throws {
    var training = try smallTraining(steps: 60, threads: 2)
    let before = try training.evaluate().loss
    var reports: [TrainingProgress] = []
    try training.run(reportEvery: 25) { reports.append($0) }
    #expect(reports.map(\.step) == [25, 50, 60])
    let after = try #require(reports.last).heldOut
    #expect(after.loss < 0.9 * before)
    #expect(try training.evaluate() == after)
    #expect((0...1).contains(after.characterErrorRate))
  }

  @Test func sameBitsForAnyNumberOfThreads() throws {
    func parameters(seed: UInt64, threads: Int) throws -> [UInt32] {
      var training = try smallTraining(steps: 3, seed: seed, threads: threads)
      try training.run { _ in }
      return training.reader.parameters.map(\.bitPattern)
    }
    let single = try parameters(seed: 1, threads: 1)
    #expect(try parameters(seed: 1, threads: 2) == single)
    #expect(try parameters(seed: 1, threads: 3) == single)
    #expect(try parameters(seed: 2, threads: 1) != single)
  }
}
