/// The layout of the outputs of a transducer's encoder and predictor, whose sums are the joiner's
/// logits, and the number of frames of each sample.
public struct AdditiveLayout: Sendable, Equatable {
  /// `[batch, time, vocabulary]`, with the valid frames of each sample.
  public let encoder: LogitsLayout
  /// `[batch, labels + 1, vocabulary]`. Its `time` is the number of positions; its lengths are
  /// ignored.
  public let predictor: LogitsLayout

  /// The number of samples.
  public var batch: Int { encoder.batch }
  /// The number of values in a row.
  public var vocabulary: Int { encoder.vocabulary }
  /// The number of positions of each sample in the array, including those past its labels.
  public var positions: Int { predictor.time }

  /// Arrays with any strides. If the values of a row are not contiguous, the general engine
  /// computes the loss, which is tens of times slower.
  ///
  /// - Throws: ``InputError`` if the two have different batches or vocabularies, or if there are no
  ///   positions.
  public init(encoder: LogitsLayout, predictor: LogitsLayout) throws(InputError) {
    guard encoder.batch == predictor.batch else {
      throw InputError(
        "predictor", "a batch of \(predictor.batch) where the encoder has \(encoder.batch)")
    }
    guard encoder.vocabulary == predictor.vocabulary else {
      throw InputError(
        "predictor",
        "a vocabulary of \(predictor.vocabulary) where the encoder has \(encoder.vocabulary)")
    }
    guard predictor.time >= 1 else { throw InputError("positions", "none: no labels take one") }
    self.encoder = encoder
    self.predictor = predictor
  }

  /// Contiguous arrays, `[batch, time, vocabulary]` and `[batch, positions, vocabulary]`.
  ///
  /// - Parameters:
  ///   - batch: The number of samples.
  ///   - time: The number of frames of each sample in the encoder's array.
  ///   - positions: The number of positions of each sample in the predictor's array: at least one
  ///     more than the longest label sequence has labels.
  ///   - vocabulary: The number of tokens, including the blank.
  ///   - lengths: The number of valid frames of each sample, `[batch]`; by default all.
  /// - Throws: ``InputError`` like ``LogitsLayout``'s contiguous initializer, and if there are no
  ///   positions.
  public init(
    batch: Int, time: Int, positions: Int, vocabulary: Int, lengths: [Int]? = nil
  ) throws(InputError) {
    try self.init(
      encoder: LogitsLayout(batch: batch, time: time, vocabulary: vocabulary, lengths: lengths),
      predictor: LogitsLayout(batch: batch, time: positions, vocabulary: vocabulary))
  }
}
