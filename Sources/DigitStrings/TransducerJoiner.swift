import Foundation

/// Combines the encoder's output for a frame and the predictor's output for a position: `tanh` of
/// their sum, then logits.
///
/// It reads the parameters of the last, linear layer from a slice, like ``Convolution``.
struct TransducerJoiner: Sendable {
  /// The number of values of a frame and of a position.
  let size: Int

  private var output: Convolution {
    Convolution(inputs: size, outputs: DigitVocabulary.count, taps: 1)
  }
  /// The length of the parameter slice.
  var parameterCount: Int { output.parameterCount }

  /// Random weights of the last layer, and zero biases.
  func initialParameters(using generator: inout some RandomNumberGenerator) -> [Float] {
    output.initialParameters(using: &generator)
  }

  /// `tanh(frames[t] + positions[u])` for each frame and position, `[frames, positions, size]`.
  ///
  /// O(frames · positions · size).
  func hidden(frames: [Float], positions: [Float]) -> [Float] {
    let count = frames.count / size * positions.count
    // The count of the shared empty array would be written, which is a data race between threads.
    guard count > 0 else { return [] }
    return [Float](unsafeUninitializedCapacity: count) { hidden, initializedCount in
      for place in 0..<count {
        let (frame, inFrame) = place.quotientAndRemainder(dividingBy: positions.count)
        hidden[place] = tanh(frames[frame * size + inFrame % size] + positions[inFrame])
      }
      initializedCount = count
    }
  }

  /// The logits `[frames, positions, vocabulary]` for hidden values.
  func logits(hidden: [Float], parameters: [Float]) -> [Float] {
    output.forward(hidden, parameters: parameters[...])
  }

  /// The gradients with respect to all inputs of the logits.
  struct Gradient {
    /// `[frames, size]`.
    var frames: [Float]
    /// `[positions, size]`.
    var positions: [Float]
    /// In the layout of the parameter slice.
    var parameters: [Float]
  }

  /// The gradients, given the gradient with respect to the logits. O(frames · positions ·
  /// parameters).
  func gradient(
    hidden: [Float], positions: Int, logitGradient: [Float], parameters: [Float]
  ) -> Gradient {
    let hiddenGradient = output.inputGradient(
      outputGradient: logitGradient, parameters: parameters[...])
    let frames = hidden.count / (positions * size)
    var gradient = Gradient(
      frames: [Float](repeating: 0, count: frames * size),
      positions: [Float](repeating: 0, count: positions * size),
      parameters: output.parameterGradient(hidden, outputGradient: logitGradient))
    for frame in 0..<frames {
      for position in 0..<positions {
        let row = (frame * positions + position) * size
        for index in 0..<size {
          let value = hidden[row + index]
          let slope = hiddenGradient[row + index] * (1 - value * value)
          gradient.frames[frame * size + index] += slope
          gradient.positions[position * size + index] += slope
        }
      }
    }
    return gradient
  }
}
