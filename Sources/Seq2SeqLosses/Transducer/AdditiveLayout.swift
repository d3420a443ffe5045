/// Where the rows of a transducer's encoder and predictor lie, whose sums are the joiner's logits, and how many frames
/// each sample has.
public struct AdditiveLayout: Sendable, Equatable {
  /// `[batch, time, vocabulary]`, with the valid frames of each sample.
  public let encoder: LogitsLayout
  /// `[batch, labels + 1, vocabulary]`: its `time` is the number of positions, and its lengths are ignored.
  public let predictor: LogitsLayout

  /// The number of samples.
  public var batch: Int { encoder.batch }
  /// The number of values in a row.
  public var vocabulary: Int { encoder.vocabulary }
  /// The number of positions held for each sample, padding included.
  public var positions: Int { predictor.time }

  /// Arrays with any strides. Rows whose values are not contiguous are computed by the general engine, which is tens of
  /// times slower.
  ///
  /// - Parameters:
  ///   - encoder: `[batch, time, vocabulary]`, with the number of valid frames of each sample.
  ///   - predictor: `[batch, positions, vocabulary]`; its lengths are ignored.
  /// - Throws: ``InputError`` where the two have another batch or vocabulary, or there are no positions.
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

  /// Dense arrays, `[batch, time, vocabulary]` and `[batch, positions, vocabulary]`.
  ///
  /// - Parameters:
  ///   - batch: The number of samples.
  ///   - time: The number of frames that the encoder has for each sample.
  ///   - positions: The number of positions that the predictor has for each sample, at least one more than the labels of
  ///     the longest.
  ///   - vocabulary: The number of tokens, the blank among them.
  ///   - lengths: The number of valid frames of each sample, `[batch]`; all of them by default.
  /// - Throws: ``InputError`` as the dense initializer of ``LogitsLayout``, and where there are no positions.
  public init(
    batch: Int, time: Int, positions: Int, vocabulary: Int, lengths: [Int]? = nil
  ) throws(InputError) {
    try self.init(
      encoder: LogitsLayout(batch: batch, time: time, vocabulary: vocabulary, lengths: lengths),
      predictor: LogitsLayout(batch: batch, time: positions, vocabulary: vocabulary))
  }
}
