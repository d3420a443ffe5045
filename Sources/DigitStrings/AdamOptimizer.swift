import Foundation

/// Adam: gradient descent with a step per parameter scaled by the running moments of its gradient.
///
/// Source: Kingma and Ba, "Adam: A Method for Stochastic Optimization", ICLR 2015.
struct AdamOptimizer: Sendable {
  private var means: [Float]
  private var squares: [Float]
  private var meanDecayPower: Float = 1
  private var squareDecayPower: Float = 1
  private let meanDecay: Float = 0.9
  private let squareDecay: Float = 0.999
  private let epsilon: Float = 1e-8

  init(parameterCount: Int) {
    means = [Float](repeating: 0, count: parameterCount)
    squares = means
  }

  /// Moves `parameters` against `gradient`. O(parameters).
  mutating func update(_ parameters: inout [Float], gradient: [Float], learningRate: Float) {
    precondition(parameters.count == means.count && gradient.count == means.count)
    meanDecayPower *= meanDecay
    squareDecayPower *= squareDecay
    let rate = learningRate / (1 - meanDecayPower)
    let squareScale = 1 / (1 - squareDecayPower)
    for index in parameters.indices {
      let slope = gradient[index]
      means[index] += (1 - meanDecay) * (slope - means[index])
      squares[index] += (1 - squareDecay) * (slope * slope - squares[index])
      let scale = (squares[index] * squareScale).squareRoot() + epsilon
      parameters[index] -= rate * means[index] / scale
    }
  }
}
