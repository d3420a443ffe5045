import Foundation

/// Brings what a transducer sees in a frame and what it knows at a position together: `tanh` of the sum of both, then
/// logits.
///
/// It reads the parameters of the last, linear layer from a slice, as ``Convolution`` has them.
struct TransducerJoiner: Sendable {
  /// The values of a frame, and of a position.
  let size: Int

  private var output: Convolution {
    Convolution(inputs: size, outputs: DigitVocabulary.count, taps: 1)
  }
  /// The length of the parameter slice.
  var parameterCount: Int { output.parameterCount }

  /// The last layer's weights, random, and biases, zero.
  func initialParameters(using generator: inout some RandomNumberGenerator) -> [Float] {
    output.initialParameters(using: &generator)
  }

  /// `tanh(frames[t] + positions[u])` for each frame and position, `[frames, positions, size]`.
  ///
  /// O(frames · positions · size).
  func hidden(frames: [Float], positions: [Float]) -> [Float] {
    let count = frames.count / size * positions.count
    // Of the empty array the count is one place for all threads, and would be written.
    guard count > 0 else { return [] }
    return [Float](unsafeUninitializedCapacity: count) { hidden, initializedCount in
      for place in 0..<count {
        let (frame, inFrame) = place.quotientAndRemainder(dividingBy: positions.count)
        hidden[place] = tanh(frames[frame * size + inFrame % size] + positions[inFrame])
      }
      initializedCount = count
    }
  }

  /// The logits `[frames, positions, vocabulary]` of hidden values.
  func logits(hidden: [Float], parameters: [Float]) -> [Float] {
    output.forward(hidden, parameters: parameters[...])
  }

  /// Gradients w.r.t. all that logits come from.
  struct Gradient {
    /// `[frames, size]`.
    var frames: [Float]
    /// `[positions, size]`.
    var positions: [Float]
    /// As the slice of the parameters.
    var parameters: [Float]
  }

  /// The gradients, from that w.r.t. the logits. O(frames · positions · parameters).
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
