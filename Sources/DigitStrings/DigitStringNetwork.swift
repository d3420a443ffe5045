/// A network that reads a string column by column: convolutions along time with ReLUs between.
///
/// Input `[columns, 8]`, output logits `[columns, 11]`: ten digits and the blank. Every output sees
/// the 17 columns around it, a digit whichever edge it is at, so that strings may have any length.
struct DigitStringNetwork: Sendable {
  /// The digits and the blank.
  static let vocabulary = 11
  /// The blank's index, after the digits.
  static let blank = 10

  let layers: [Convolution]
  /// The parameters of one layer after the other.
  var parameters: [Float]

  /// What ``gradient(_:logitGradient:)`` needs of a forward pass.
  struct Pass: Sendable {
    /// `[columns, vocabulary]`.
    let logits: [Float]
    /// Each layer's padded input.
    fileprivate let inputs: [[Float]]
  }

  /// Four convolutions, five columns wide each, then the logits: about 33 000 parameters.
  static let standardLayers = [
    Convolution(inputs: DigitGlyphs.size, outputs: 32, taps: 5),
    Convolution(inputs: 32, outputs: 48, taps: 5),
    Convolution(inputs: 48, outputs: 48, taps: 5),
    Convolution(inputs: 48, outputs: 48, taps: 5),
    Convolution(inputs: 48, outputs: vocabulary, taps: 1),
  ]

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

  /// The logits of an image `[columns, 8]`. O(columns · parameters).
  func forward(_ image: [Float]) -> Pass {
    var inputs: [[Float]] = []
    var values = image
    for (layer, range) in zip(layers, parameterRanges) {
      if !inputs.isEmpty { rectify(&values) }
      inputs.append(layer.padded(values))
      values = layer.forward(inputs.last!, parameters: parameters[range])
    }
    return Pass(logits: values, inputs: inputs)
  }

  /// The gradient w.r.t. the parameters, from that w.r.t. the logits. O(columns · parameters).
  func gradient(_ pass: Pass, logitGradient: [Float]) -> [Float] {
    var gradients: [[Float]] = []
    var values = logitGradient
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
