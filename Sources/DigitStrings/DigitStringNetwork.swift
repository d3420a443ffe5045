/// Convolutions along time with ReLUs between them, which the readers share.
///
/// The output has as many frames as the input, and each depends on the frames around it, so strings
/// may have any length.
public struct DigitStringNetwork: Sendable {
  let layers: [Convolution]
  /// The parameters of all layers, one layer after the other.
  var parameters: [Float]

  /// The values of a forward pass that ``gradient(_:outputGradient:)`` needs.
  public struct Pass: Sendable {
    /// The last layer's output, `[frames, outputs]`.
    let output: [Float]
    /// Each layer's padded input.
    fileprivate let inputs: [[Float]]
  }

  /// A network with these layers and random parameters.
  init(layers: [Convolution], using generator: inout some RandomNumberGenerator) {
    self.layers = layers
    parameters = []
    for layer in layers { parameters += layer.initialParameters(using: &generator) }
  }

  /// The range of each layer's parameters.
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

  /// The gradient with respect to the parameters, given the gradient with respect to the output.
  /// O(frames · parameters).
  func gradient(_ pass: Pass, outputGradient: [Float]) -> [Float] {
    var gradients: [[Float]] = []
    var values = outputGradient
    let ranges = parameterRanges
    for index in layers.indices.reversed() {
      let (layer, input) = (layers[index], pass.inputs[index])
      gradients.append(layer.parameterGradient(input, outputGradient: values))
      guard index > 0 else { break }
      values = layer.inputGradient(outputGradient: values, parameters: parameters[ranges[index]])
      // A ReLU passes the gradient on where its output, the input of this layer, is not zero.
      let margin = (input.count - values.count) / 2
      for place in values.indices where input[margin + place] == 0 { values[place] = 0 }
    }
    return Array(gradients.reversed().joined())
  }

  private func rectify(_ values: inout [Float]) {
    for index in values.indices { values[index] = max(0, values[index]) }
  }
}
