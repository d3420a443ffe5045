import Seq2SeqLosses
import Testing

@testable import DigitStrings

@Suite struct DigitStringNetworkTests {
  /// Overlapping rows, a block of 16 columns, and columns beyond the block.
  @Test func productEqualsItsDefinition() {
    let (rows, inner, columns, stride) = (3, 6, 19, 2)
    let left = (0..<20).map { Float($0 % 7) - 3 }
    let right = (0..<inner * columns).map { Float($0 % 5) - 2 }
    var result = [Float](repeating: 1, count: rows * columns)
    var expected = result
    for row in 0..<rows {
      for column in 0..<columns {
        for index in 0..<inner {
          expected[row * columns + column] +=
            left[row * stride + index] * right[index * columns + column]
        }
      }
    }
    left.withUnsafeBufferPointer { left in
      addProduct(
        rows: rows, inner: inner, columns: columns,
        left: MatrixView(elements: left.baseAddress!, rowStride: stride, columnStride: 1),
        right: right, result: &result, resultStride: columns)
    }
    // Small integers, so every sum is exact.
    #expect(result == expected)
  }

  /// The derivative of `Σ weight · output` with respect to each parameter, by the network and by
  /// finite differences.
  @Test func gradientEqualsFiniteDifferences() {
    var generator = SplitMix64(seed: 5)
    let layers = [
      Convolution(inputs: 2, outputs: 17, taps: 3), Convolution(inputs: 17, outputs: 3, taps: 5),
      Convolution(inputs: 3, outputs: 4, taps: 1),
    ]
    let network = DigitStringNetwork(layers: layers, using: &generator)
    let image = (0..<7 * 2).map { _ in Float.random(in: 0...1, using: &generator) }
    let weights = (0..<7 * 4).map { _ in Float.random(in: -1...1, using: &generator) }
    func value(_ network: DigitStringNetwork) -> Double {
      zip(network.forward(image).output, weights).reduce(0) { $0 + Double($1.0) * Double($1.1) }
    }
    let gradient = network.gradient(network.forward(image), outputGradient: weights)
    #expect(gradient.count == network.parameters.count)
    let step: Float = 1.0 / 512
    var differing = 0
    for index in gradient.indices {
      let slopes = [step, -step].map { step in
        var moved = network
        moved.parameters[index] += step
        return (value(moved) - value(network)) / Double(step)
      }
      // The value is linear in one parameter but for the ReLUs' kinks, and the nearest kink lies on
      // one side only. There remains the rounding of Float, about 1e-6 / step.
      let errors = slopes.map { abs($0 - Double(gradient[index])) }
      if errors.min()! > 1e-3 { differing += 1 }
    }
    // Near two kinks, both one-sided differences may be wrong.
    #expect(differing <= gradient.count / 100)
  }

  @Test func noColumns() {
    var generator = SplitMix64(seed: 1)
    let network = DigitStringNetwork(layers: CTCDigitReader.standardLayers, using: &generator)
    let pass = network.forward([])
    #expect(pass.output.isEmpty)
    #expect(network.gradient(pass, outputGradient: []).allSatisfy { $0 == 0 })
  }
}
