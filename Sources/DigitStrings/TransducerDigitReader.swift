import Seq2SeqLosses

/// A transducer: a convolutional encoder of the image, a predictor that uses the last two labels,
/// and a joiner, trained with the transducer loss.
///
/// A frame consists of two columns. This halves the number of nodes of the loss's grid, and a digit
/// still has four frames.
public struct TransducerDigitReader: DigitReader {
  /// The number of columns of a frame.
  static let columnsPerFrame = 2
  static let frameSize = columnsPerFrame * DigitGlyphs.size

  /// The topology of the loss and of the search.
  let topology: TransducerTopology
  var encoder: DigitStringNetwork
  let predictor: LabelPredictor
  var predictorParameters: [Float]
  let joiner: TransducerJoiner
  var joinerParameters: [Float]

  /// A forward pass with known digits, with the values that the gradient needs.
  public struct Pass: Sendable {
    let digits: [Int]
    let encoderPass: DigitStringNetwork.Pass
    /// The hidden values of the joiner.
    let hidden: [Float]
    /// `[frames, digits + 1, vocabulary]`.
    let logits: [Float]

    var frames: Int { logits.count / ((digits.count + 1) * DigitVocabulary.count) }
  }

  /// Four convolutions, five frames wide each, then the inputs of the joiner: about 36,000
  /// parameters. Each frame depends on the 34 columns around it, which contain the previous digit
  /// and the next.
  static let standardLayers = [
    Convolution(inputs: frameSize, outputs: 32, taps: 5),
    Convolution(inputs: 32, outputs: 48, taps: 5),
    Convolution(inputs: 48, outputs: 48, taps: 5),
    Convolution(inputs: 48, outputs: 48, taps: 5),
    Convolution(inputs: 48, outputs: 48, taps: 1),
  ]

  /// A reader of any size. The encoder's last layer determines the size of the joiner.
  ///
  /// - Parameter topology: Standard or monotonic. A predictor without state needs the monotonic
  ///   one: because a label consumes a frame, the predictor need not count equal digits in a row.
  init(
    encoderLayers: [Convolution], topology: TransducerTopology = .monotonic,
    using generator: inout some RandomNumberGenerator
  ) {
    precondition(encoderLayers.first?.inputs == Self.frameSize)
    self.topology = topology
    let size = encoderLayers.last!.outputs
    encoder = DigitStringNetwork(layers: encoderLayers, using: &generator)
    predictor = LabelPredictor(size: size)
    predictorParameters = predictor.initialParameters(using: &generator)
    joiner = TransducerJoiner(size: size)
    joinerParameters = joiner.initialParameters(using: &generator)
  }

  /// A reader of the demo's size, with random parameters.
  public init(using generator: inout some RandomNumberGenerator) {
    self.init(encoderLayers: Self.standardLayers, using: &generator)
  }

  /// The parameters of the encoder, the predictor and the joiner.
  public var parameters: [Float] {
    get { encoder.parameters + predictorParameters + joinerParameters }
    set {
      let joinerStart = newValue.count - joiner.parameterCount
      let predictorStart = joinerStart - predictor.parameterCount
      encoder.parameters = Array(newValue[..<predictorStart])
      predictorParameters = Array(newValue[predictorStart..<joinerStart])
      joinerParameters = Array(newValue[joinerStart...])
    }
  }

  /// The encoder's output for an image, with an empty column after an odd number of columns.
  func encode(_ image: GrayscaleImage) -> DigitStringNetwork.Pass {
    let margin = (Self.frameSize - image.ink.count % Self.frameSize) % Self.frameSize
    return encoder.forward(image.ink + [Float](repeating: 0, count: margin))
  }

  /// The forward pass over a string's image and digits, to logits `[frames, digits + 1,
  /// vocabulary]`.
  public func forward(_ string: DigitString) -> Pass {
    let encoderPass = encode(string.image)
    let positions = predictor.values(along: string.digits, parameters: predictorParameters)
    let hidden = joiner.hidden(frames: encoderPass.output, positions: positions)
    let logits = joiner.logits(hidden: hidden, parameters: joinerParameters)
    return Pass(
      digits: string.digits, encoderPass: encoderPass, hidden: hidden, logits: logits)
  }

  /// The demo's only call of the transducer loss. The samples follow one another without padding.
  public func losses(
    _ passes: [Pass], digits: [[Int]], threads: Int
  ) throws -> [(loss: Double, gradient: [Float])] {
    let layout = try JoinerLayout(
      compact: passes.map(\.frames), labelCounts: digits.map(\.count),
      vocabulary: DigitVocabulary.count)
    let loss = TransducerLoss(blank: DigitVocabulary.blank, topology: topology, threads: threads)
    let (losses, gradient) = try loss.lossesAndGradient(
      passes.flatMap(\.logits), layout: layout, labels: LabelBatch(digits))
    var start = 0
    return zip(passes, losses).map { pass, loss in
      defer { start += pass.logits.count }
      return (loss, Array(gradient[start..<start + pass.logits.count]))
    }
  }

  /// The gradient with respect to the parameters, given the gradient with respect to the logits. It
  /// is propagated back through the joiner, and then through the predictor and the encoder.
  public func gradient(_ pass: Pass, valueGradient: [Float]) -> [Float] {
    let joined = joiner.gradient(
      hidden: pass.hidden, positions: pass.digits.count + 1, logitGradient: valueGradient,
      parameters: joinerParameters)
    return encoder.gradient(pass.encoderPass, outputGradient: joined.frames)
      + predictor.parameterGradient(along: pass.digits, valueGradient: joined.positions)
      + joined.parameters
  }
}
