import Seq2SeqLosses

/// Takes the most probable move of a transducer at every place: the fastest of its decoders.
///
/// ```swift
/// let decoder = try TransducerGreedyDecoder(vocabulary, topology: .tokenAndDuration([0, 1, 2, 3, 4]))
/// let hypotheses = try decoder.decode(batch: utterances, model: model)
/// print(hypotheses[0].text, hypotheses[0].words.map(\.frames))
/// ```
///
/// A hypothesis has the log-probability of its path as its score, and for each token the frames that its move
/// takes, one where it takes none, with the move's log-probability; its confidence is the token's probability.
/// Where moves tie the lower token and the first duration are taken.
///
/// All utterances of a batch are decoded together, in a loop over labels (Bataev et al. 2024, arXiv 2406.06220): one call
/// of the joiner serves all that look for their next label, one of the predictor all that have found it. The
/// predictor is called at most once more than the longest hypothesis has labels. Of time and memory the model takes
/// what it takes, and the decoder O(joins · vocabulary) and O(batch · vocabulary).
public struct TransducerGreedyDecoder: Sendable {
  /// The tokens, blanks among them.
  public let vocabulary: TokenVocabulary
  /// What the joiner's outputs do.
  public let topology: TransducerTopology
  /// How many labels a path may have at one frame; then it takes the blank, however improbable.
  public let maximumLabelsPerFrame: Int
  let moves: DecoderMoves

  /// A decoder.
  ///
  /// With `TransducerTopology.tokenAndDuration(_:)` a blank of duration 0 counts as one of 1.
  ///
  /// - Throws: `InputError` where the number of labels, a duration or a big blank is out of range.
  public init(
    _ vocabulary: TokenVocabulary, topology: TransducerTopology = .standard,
    maximumLabelsPerFrame: Int = 10
  ) throws(InputError) {
    moves = try DecoderMoves(topology, vocabulary, maximumLabels: maximumLabelsPerFrame)
    self.vocabulary = vocabulary
    self.topology = topology
    self.maximumLabelsPerFrame = maximumLabelsPerFrame
  }

  /// From moves that were checked.
  init(
    _ vocabulary: TokenVocabulary, _ topology: TransducerTopology, _ moves: DecoderMoves
  ) {
    self.vocabulary = vocabulary
    self.topology = topology
    self.moves = moves
    maximumLabelsPerFrame = moves.maximumLabels
  }

  /// How many logits a row of the joiner has: the vocabulary's and, where there are durations, theirs.
  public var rowWidth: Int { moves.width }

  /// The greedy path of one utterance.
  ///
  /// - Throws: `InputError` where the model's results have another size, a logit is NaN or `+inf`, or all of a row
  ///   are `-inf`, with the frame; and what the model throws.
  public func decode<Model: TransducerModel>(
    _ frames: some Collection<Model.Frame>, model: Model
  ) throws -> Hypothesis {
    var search = try GreedySearch(self, model, [Array(frames)], isBatch: false)
    try search.run()
    return search.hypotheses(isWhole: true)[0]
  }

  /// The greedy path of each utterance of a batch.
  ///
  /// - Throws: As ``decode(_:model:)``, with the utterance's number too.
  public func decode<Model: TransducerModel>(
    batch: [[Model.Frame]], model: Model
  ) throws -> [Hypothesis] {
    var search = try GreedySearch(self, model, batch, isBatch: true)
    try search.run()
    return search.hypotheses(isWhole: true)
  }

  /// An incremental decoding session: feed frames as they arrive.
  ///
  /// - Throws: What the model throws.
  public func stream<Model: TransducerModel>(
    model: Model
  ) throws -> TransducerGreedyStream<Model> {
    try TransducerGreedyStream(self, model)
  }
}
