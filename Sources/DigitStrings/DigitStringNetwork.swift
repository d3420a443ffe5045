/// Convolutions along time with ReLUs between: what the readers see of an image.
///
/// As many frames out as in, each from the frames around it, so that strings may have any length.
public struct DigitStringNetwork: Sendable {
  let layers: [Convolution]
  /// The parameters of one layer after the other.
  var parameters: [Float]

  /// What ``gradient(_:outputGradient:)`` needs of a forward pass.
  public struct Pass: Sendable {
    /// The last layer's output, `[frames, outputs]`.
    let output: [Float]
    /// Each layer's padded input.
    fileprivate let inputs: [[Float]]
  }

  /// A network of the given layers with random parameters.
  init(layers: [Convolution], using generator: inout some RandomNumberGenerator) {
    self.layers = layers
    parameters = []
    for layer in layers { parameters += layer.initialParameters(using: &generator) }
  }

  /// The place of each layer's parameters.
  private var parameterRanges: [Range<Int>] {
    var start = 0
    return layers.map { layer in
      defer { start += layer.parameterCount }
      return start..<start + layer.parameterCount
    }
  }

  /// The output for an input `[frames, inputs]`. O(frames · parameters).
  func forward(_ input: [Float]) -> Pass {
    var inputs: [[Float]] = []
    var values = input
    for (layer, range) in zip(layers, parameterRanges) {
      if !inputs.isEmpty { rectify(&values) }
      inputs.append(layer.padded(values))
      values = layer.forward(inputs.last!, parameters: parameters[range])
    }
    return Pass(output: values, inputs: inputs)
  }

  /// The gradient w.r.t. the parameters, from that w.r.t. the output. O(frames · parameters).
  func gradient(_ pass: Pass, outputGradient: [Float]) -> [Float] {
    var gradients: [[Float]] = []
    var values = outputGradient
    let ranges = parameterRanges
    for index in layers.indices.reversed() {
      let (layer, input) = (layers[index], pass.inputs[index])
      gradients.append(layer.parameterGradient(input, outputGradient: values))
      guard index > 0 else { break }
      values = layer.inputGradient(outputGradient: values, parameters: parameters[ranges[index]])
      // A ReLU passes the gradient where its output, this layer's input, is not zero.
      let margin = (input.count - values.count) / 2
      for place in values.indices where input[margin + place] == 0 { values[place] = 0 }
    }
    return Array(gradients.reversed().joined())
  }

  private func rectify(_ values: inout [Float]) {
    for index in values.indices { values[index] = max(0, values[index]) }
  }
}
