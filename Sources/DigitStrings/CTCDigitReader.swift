import Seq2SeqLosses

/// A convolutional network with logits for each column, trained with the CTC loss.
public struct CTCDigitReader: DigitReader {
  var network: DigitStringNetwork

  /// Four convolutions, five columns wide each, then the logits: about 33,000 parameters. Every
  /// output depends on the 17 columns around it, which contain a whole digit even if the output is
  /// at the digit's edge.
  static let standardLayers = [
    Convolution(inputs: DigitGlyphs.size, outputs: 32, taps: 5),
    Convolution(inputs: 32, outputs: 48, taps: 5),
    Convolution(inputs: 48, outputs: 48, taps: 5),
    Convolution(inputs: 48, outputs: 48, taps: 5),
    Convolution(inputs: 48, outputs: DigitVocabulary.count, taps: 1),
  ]

  /// A reader of any size.
  init(layers: [Convolution], using generator: inout some RandomNumberGenerator) {
    network = DigitStringNetwork(layers: layers, using: &generator)
  }

  /// A reader of the demo's size, with random parameters.
  public init(using generator: inout some RandomNumberGenerator) {
    self.init(layers: Self.standardLayers, using: &generator)
  }

  /// The network's parameters, layer after layer.
  public var parameters: [Float] {
    get { network.parameters }
    set { network.parameters = newValue }
  }

  /// The forward pass over a string's image, to logits `[columns, vocabulary]`.
  public func forward(_ string: DigitString) -> DigitStringNetwork.Pass {
    network.forward(string.image.ink)
  }

  /// The demo's only call of the CTC loss. Strings of different lengths are padded to one array.
  public func losses(
    _ passes: [DigitStringNetwork.Pass], digits: [[Int]], threads: Int
  ) throws -> [(loss: Double, gradient: [Float])] {
    let vocabulary = DigitVocabulary.count
    let width = passes.reduce(0) { max($0, $1.output.count) }
    let padded = passes.flatMap {
      $0.output + [Float](repeating: 0, count: width - $0.output.count)
    }
    let layout = try LogitsLayout(
      batch: passes.count, time: width / vocabulary, vocabulary: vocabulary,
      lengths: passes.map { $0.output.count / vocabulary })
    let (losses, gradient) = try CTCLoss(blank: DigitVocabulary.blank, threads: threads)
      .lossesAndGradient(padded, layout: layout, labels: LabelBatch(digits))
    return passes.indices.map { index in
      (losses[index], Array(gradient[index * width..<index * width + passes[index].output.count]))
    }
  }

  /// The gradient with respect to the parameters, given the gradient with respect to the logits.
  public func gradient(_ pass: DigitStringNetwork.Pass, valueGradient: [Float]) -> [Float] {
    network.gradient(pass, outputGradient: valueGradient)
  }

  /// The digits of the most probable path.
  public func digits(in image: GrayscaleImage) -> [Int] {
    Self.collapse(DigitVocabulary.likeliestTokens(network.forward(image.ink).output))
  }

  /// The digits of the most probable path, and their best alignment with the columns.
  ///
  /// - Throws: `InputError` if the image is larger than the library allows.
  public func read(_ image: GrayscaleImage) throws -> DigitStringReading {
    let logits = network.forward(image.ink).output
    let digits = Self.collapse(DigitVocabulary.likeliestTokens(logits))
    let layout = try LogitsLayout(
      batch: 1, time: image.columns, vocabulary: DigitVocabulary.count)
    let alignments = try CTCLoss(blank: DigitVocabulary.blank)
      .bestAlignments(logits, layout: layout, labels: [digits])
    return DigitStringReading(digits: digits, logits: logits, alignment: alignments[0].tokens)
  }

  /// The digits of a path: repeats merged, then blanks removed.
  static func collapse(_ path: [Int]) -> [Int] {
    TokenRun.runs(of: path).map(\.token).filter { $0 != DigitVocabulary.blank }
  }
}
