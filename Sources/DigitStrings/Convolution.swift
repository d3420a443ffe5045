/// A convolution along time with zero padding: the output has as many frames as the input.
///
/// It has no parameters of its own, but reads them from a slice with the weights `[tap, input,
/// output]` followed by the biases `[output]`. With this layout, a window of the padded input is a
/// contiguous row, so the forward pass and both gradients are plain matrix products.
struct Convolution: Sendable {
  /// Channels of the input.
  let inputs: Int
  /// Channels of the output.
  let outputs: Int
  /// The number of frames that an output depends on; odd, so that they are centered.
  let taps: Int

  private var windowLength: Int { taps * inputs }
  private var weightCount: Int { windowLength * outputs }
  /// The length of the parameter slice.
  var parameterCount: Int { weightCount + outputs }

  /// Weights from a uniform distribution that preserves the variance through a ReLU (He et al.
  /// 2015), and zero biases.
  func initialParameters(using generator: inout some RandomNumberGenerator) -> [Float] {
    let bound = (6 / Float(windowLength)).squareRoot()
    return (0..<weightCount).map { _ in Float.random(in: -bound...bound, using: &generator) }
      + [Float](repeating: 0, count: outputs)
  }

  /// `input` `[frames, inputs]` with the padding that ``forward(_:parameters:)`` expects.
  func padded(_ input: [Float]) -> [Float] {
    let margin = [Float](repeating: 0, count: taps / 2 * inputs)
    return margin + input + margin
  }

  private func frames(inPadded input: [Float]) -> Int { input.count / inputs - (taps - 1) }

  /// The output `[frames, outputs]` for a padded input. O(frames · weights).
  func forward(_ paddedInput: [Float], parameters: ArraySlice<Float>) -> [Float] {
    precondition(parameters.count == parameterCount)
    let frames = frames(inPadded: paddedInput)
    let biases = parameters.suffix(outputs)
    var output: [Float] = []
    output.reserveCapacity(frames * outputs)
    for _ in 0..<frames { output += biases }
    paddedInput.withUnsafeBufferPointer { input in
      parameters.withUnsafeBufferPointer { parameters in
        output.withUnsafeMutableBufferPointer { output in
          guard frames > 0 else { return }
          addProduct(
            rows: frames, inner: windowLength, columns: outputs,
            left: MatrixView(elements: input.baseAddress!, rowStride: inputs, columnStride: 1),
            right: parameters.baseAddress!, result: output.baseAddress!, resultStride: outputs)
        }
      }
    }
    return output
  }

  /// The gradient with respect to the parameters, given the gradient with respect to the output
  /// `[frames, outputs]`.
  ///
  /// O(frames · weights).
  func parameterGradient(_ paddedInput: [Float], outputGradient: [Float]) -> [Float] {
    let frames = frames(inPadded: paddedInput)
    var gradient = [Float](repeating: 0, count: parameterCount)
    paddedInput.withUnsafeBufferPointer { input in
      outputGradient.withUnsafeBufferPointer { outputGradient in
        gradient.withUnsafeMutableBufferPointer { gradient in
          guard frames > 0 else { return }
          addProduct(
            rows: windowLength, inner: frames, columns: outputs,
            left: MatrixView(elements: input.baseAddress!, rowStride: 1, columnStride: inputs),
            right: outputGradient.baseAddress!, result: gradient.baseAddress!,
            resultStride: outputs)
        }
      }
    }
    for index in outputGradient.indices {
      gradient[weightCount + index % outputs] += outputGradient[index]
    }
    return gradient
  }

  /// The gradient with respect to the input `[frames, inputs]`, without padding. O(frames ·
  /// weights).
  func inputGradient(outputGradient: [Float], parameters: ArraySlice<Float>) -> [Float] {
    precondition(parameters.count == parameterCount)
    let frames = outputGradient.count / outputs
    let transposedWeights = transposedWeights(parameters)
    var gradient = [Float](repeating: 0, count: (frames + taps - 1) * inputs)
    outputGradient.withUnsafeBufferPointer { outputGradient in
      transposedWeights.withUnsafeBufferPointer { weights in
        gradient.withUnsafeMutableBufferPointer { gradient in
          guard frames > 0 else { return }
          addProduct(
            rows: frames, inner: outputs, columns: windowLength,
            left: MatrixView(
              elements: outputGradient.baseAddress!, rowStride: outputs, columnStride: 1),
            right: weights.baseAddress!, result: gradient.baseAddress!, resultStride: inputs)
        }
      }
    }
    let margin = taps / 2 * inputs
    return Array(gradient[margin..<gradient.count - margin])
  }

  /// `[output, tap, input]`, so that the products run over contiguous memory.
  private func transposedWeights(_ parameters: ArraySlice<Float>) -> [Float] {
    [Float](unsafeUninitializedCapacity: weightCount) { transposed, initializedCount in
      parameters.withUnsafeBufferPointer { weights in
        for output in 0..<outputs {
          for place in 0..<windowLength {
            transposed[output * windowLength + place] = weights[place * outputs + output]
          }
        }
      }
      initializedCount = weightCount
    }
  }
}
