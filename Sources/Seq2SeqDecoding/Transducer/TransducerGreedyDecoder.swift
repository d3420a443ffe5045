import Seq2SeqLosses

/// Takes the most probable move of a transducer at each step: the fastest of its decoders.
///
/// ```swift
/// let decoder = try TransducerGreedyDecoder(vocabulary, topology: .tokenAndDuration([0, 1, 2, 3, 4]))
/// let hypotheses = try decoder.decode(batch: utterances, model: model)
/// print(hypotheses[0].text, hypotheses[0].words.map(\.frames))
/// ```
///
/// The score of a hypothesis is the log-probability of its path. Each token has the frames that its
/// move consumes (one if it consumes none) and the move's log-probability; its confidence is the
/// token's probability. If moves tie, the lower token and the first duration are taken.
///
/// All utterances of a batch are decoded together in a loop over labels (Bataev et al. 2024, arXiv
/// 2406.06220). One call of the joiner serves all utterances that have not found their next label
/// yet; one call of the predictor then advances all that have found one. The predictor is called at
/// most once more than the longest hypothesis has labels. Besides the model, the decoder takes
/// O(joins · vocabulary) time and O(batch · vocabulary) memory.
public struct TransducerGreedyDecoder: Sendable {
  /// The tokens, including the blanks.
  public let vocabulary: TokenVocabulary
  /// The moves of the joiner's outputs.
  public let topology: TransducerTopology
  /// The maximum number of labels of a path in one frame. After them it takes the blank, however
  /// improbable.
  public let maximumLabelsPerFrame: Int
  let moves: DecoderMoves

  /// Creates a decoder.
  ///
  /// With `TransducerTopology.tokenAndDuration(_:)`, a blank with duration 0 counts as a blank with
  /// duration 1.
  ///
  /// - Throws: `InputError` if the number of labels, a duration or a big blank is out of range.
  public init(
    _ vocabulary: TokenVocabulary, topology: TransducerTopology = .standard,
    maximumLabelsPerFrame: Int = 10
  ) throws(InputError) {
    moves = try DecoderMoves(topology, vocabulary, maximumLabels: maximumLabelsPerFrame)
    self.vocabulary = vocabulary
    self.topology = topology
    self.maximumLabelsPerFrame = maximumLabelsPerFrame
  }

  /// A decoder with moves that have been checked.
  init(
    _ vocabulary: TokenVocabulary, _ topology: TransducerTopology, _ moves: DecoderMoves
  ) {
    self.vocabulary = vocabulary
    self.topology = topology
    self.moves = moves
    maximumLabelsPerFrame = moves.maximumLabels
  }

  /// The number of logits of a joiner's row: those of the vocabulary, and those of the durations if
  /// there are any.
  public var rowWidth: Int { moves.width }

  /// Decodes one utterance.
  ///
  /// - Throws: `InputError`, with the frame, if the model's results have another size, if a logit
  ///   is NaN or `+inf`, or if all logits of a row are `-inf`; errors of the model.
  public func decode<Model: TransducerModel>(
    _ frames: some Collection<Model.Frame>, model: Model
  ) throws -> Hypothesis {
    var search = try GreedySearch(self, model, [Array(frames)], isBatch: false)
    try search.run()
    return search.hypotheses(isWhole: true)[0]
  }

  /// Decodes each utterance of a batch.
  ///
  /// - Throws: Like ``decode(_:model:)``, with the index of the utterance.
  public func decode<Model: TransducerModel>(
    batch: [[Model.Frame]], model: Model
  ) throws -> [Hypothesis] {
    var search = try GreedySearch(self, model, batch, isBatch: true)
    try search.run()
    return search.hypotheses(isWhole: true)
  }

  /// An incremental decoding session: feed frames as they arrive.
  ///
  /// - Throws: Errors of the model.
  public func stream<Model: TransducerModel>(
    model: Model
  ) throws -> TransducerGreedyStream<Model> {
    try TransducerGreedyStream(self, model)
  }
}
