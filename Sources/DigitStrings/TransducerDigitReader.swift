import Seq2SeqLosses

/// A transducer: a convolutional encoder of the image, a predictor of labels from the last two, and a joiner with
/// logits for each frame and position, trained with the transducer loss.
///
/// A frame is two columns, side by side: half as many nodes in the loss's grid, and a digit still has four frames.
public struct TransducerDigitReader: DigitReader {
  /// The columns of a frame.
  static let columnsPerFrame = 2
  static let frameSize = columnsPerFrame * DigitGlyphs.size

  /// How the loss's paths move, and how the search does.
  let topology: TransducerTopology
  var encoder: DigitStringNetwork
  let predictor: LabelPredictor
  var predictorParameters: [Float]
  let joiner: TransducerJoiner
  var joinerParameters: [Float]

  /// A forward pass with the digits known, with what the gradient needs of it.
  public struct Pass: Sendable {
    let digits: [Int]
    let encoderPass: DigitStringNetwork.Pass
    /// The joiner's hidden values.
    let hidden: [Float]
    /// `[frames, digits + 1, vocabulary]`.
    let logits: [Float]

    var frames: Int { logits.count / ((digits.count + 1) * DigitVocabulary.count) }
  }

  /// Four convolutions, five frames wide each, then the values that the joiner takes: about 36 000 parameters. Each
  /// frame sees the 34 columns around it, the digit before and the one after.
  static let standardLayers = [
    Convolution(inputs: frameSize, outputs: 32, taps: 5),
    Convolution(inputs: 32, outputs: 48, taps: 5),
    Convolution(inputs: 48, outputs: 48, taps: 5),
    Convolution(inputs: 48, outputs: 48, taps: 5),
    Convolution(inputs: 48, outputs: 48, taps: 1),
  ]

  /// A reader of any size; the encoder's last layer decides the joiner's.
  ///
  /// - Parameter topology: the standard one, or the monotonic one. A predictor without state goes with the latter: as a
  ///   label takes a frame, which digit of a row of equal ones has been read need not be known.
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

  /// The encoder's, the predictor's, then the joiner's.
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

  /// What the encoder sees of an image, an empty column after an odd number of them.
  func encode(_ image: GrayscaleImage) -> DigitStringNetwork.Pass {
    let margin = (Self.frameSize - image.ink.count % Self.frameSize) % Self.frameSize
    return encoder.forward(image.ink + [Float](repeating: 0, count: margin))
  }

  /// The pass over a string's image and its digits, to logits `[frames, digits + 1, vocabulary]`.
  public func forward(_ string: DigitString) -> Pass {
    let encoderPass = encode(string.image)
    let positions = predictor.values(along: string.digits, parameters: predictorParameters)
    let hidden = joiner.hidden(frames: encoderPass.output, positions: positions)
    let logits = joiner.logits(hidden: hidden, parameters: joinerParameters)
    return Pass(
      digits: string.digits, encoderPass: encoderPass, hidden: hidden, logits: logits)
  }

  /// The demo's only use of the transducer loss: strings lie one after the other, without padding.
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

  /// The gradient w.r.t. the parameters, from that w.r.t. the logits: back through the joiner, and from there through the
  /// predictor and the encoder.
  public func gradient(_ pass: Pass, valueGradient: [Float]) -> [Float] {
    let joined = joiner.gradient(
      hidden: pass.hidden, positions: pass.digits.count + 1, logitGradient: valueGradient,
      parameters: joinerParameters)
    return encoder.gradient(pass.encoderPass, outputGradient: joined.frames)
      + predictor.parameterGradient(along: pass.digits, valueGradient: joined.positions)
      + joined.parameters
  }
}
