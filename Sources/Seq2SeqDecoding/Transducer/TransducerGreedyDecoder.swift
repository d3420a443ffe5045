import Seq2SeqLosses

/// A greedy decoder for transducers: it takes the most probable move at each step, which is the fastest way to decode.
///
/// ```swift
/// let decoder = try TransducerGreedyDecoder(vocabulary, topology: .tokenAndDuration([0, 1, 2, 3, 4]))
/// let hypotheses = try decoder.decode(batch: utterances, model: model)
/// print(hypotheses[0].text, hypotheses[0].words.map(\.frames))
/// ```
///
/// The score of a hypothesis is the log-probability of its path. The span of a token has the frames of its move, or one
/// frame if the move takes none, and the move's log-probability; the confidence is the probability of the token. Where
/// moves tie, the lower token and the first duration are taken.
///
/// All utterances of a batch are decoded together, in a loop over labels (Bataev et al. 2024, arXiv 2406.06220): each call
/// of the joiner serves all utterances that search for their next label, and each call of the predictor all that have
/// found it. The predictor is called at most once more than the longest hypothesis has labels. Besides the model, the
/// decoder takes O(joins · vocabulary) time and O(batch · vocabulary) memory.
public struct TransducerGreedyDecoder: Sendable {
  /// The tokens, including the blanks.
  public let vocabulary: TokenVocabulary
  /// The moves of the joiner's outputs.
  public let topology: TransducerTopology
  /// The maximum number of labels of a path in one frame. After that many, it takes the blank.
  public let maximumLabelsPerFrame: Int
  let moves: DecoderMoves

  /// A decoder.
  ///
  /// With `TransducerTopology.tokenAndDuration(_:)` a blank of duration 0 counts as one of 1.
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

  /// A decoder with moves that were checked.
  init(
    _ vocabulary: TokenVocabulary, _ topology: TransducerTopology, _ moves: DecoderMoves
  ) {
    self.vocabulary = vocabulary
    self.topology = topology
    self.moves = moves
    maximumLabelsPerFrame = moves.maximumLabels
  }

  /// The number of logits in a row of the joiner: those of the vocabulary, then those of the durations if there are any.
  public var rowWidth: Int { moves.width }

  /// The greedy path of one utterance.
  ///
  /// - Throws: `InputError` with the frame, if the model's results have another size, a logit is NaN or `+inf`, or all
  ///   logits of a row are `-inf`; and the errors of the model.
  public func decode<Model: TransducerModel>(
    _ frames: some Collection<Model.Frame>, model: Model
  ) throws -> Hypothesis {
    var search = try GreedySearch(self, model, [Array(frames)], isBatch: false)
    try search.run()
    return search.hypotheses(isWhole: true)[0]
  }

  /// The greedy path of each utterance of a batch.
  ///
  /// - Throws: As ``decode(_:model:)``, with the number of the utterance as well.
  public func decode<Model: TransducerModel>(
    batch: [[Model.Frame]], model: Model
  ) throws -> [Hypothesis] {
    var search = try GreedySearch(self, model, batch, isBatch: true)
    try search.run()
    return search.hypotheses(isWhole: true)
  }

  /// An incremental decoding session: feed frames as they arrive.
  ///
  /// - Throws: The errors of the model.
  public func stream<Model: TransducerModel>(
    model: Model
  ) throws -> TransducerGreedyStream<Model> {
    try TransducerGreedyStream(self, model)
  }
}
