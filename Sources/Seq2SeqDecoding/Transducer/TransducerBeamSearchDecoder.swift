import Seq2SeqLosses

/// A decoder that finds the most probable label sequences of a transducer: beam search with n-best hypotheses, a language
/// model, a lexicon and boosted phrases.
///
/// ```swift
/// let decoder = try TransducerBeamSearchDecoder(vocabulary, phrases: PhraseBias(["new york"], boost: 8))
/// let best = try decoder.decode(0..<150, model: model)[0]
/// print(best.text, best.score)
/// ```
///
/// A hypothesis y has the score `log P(y | x) + language + bias`, where P sums over all paths through the frames that
/// emit y with at most ``TransducerBeamSearchOptions/maximumLabelsPerFrame`` labels in a frame. P is the probability of
/// the loss if that maximum is at least the length of y. With a wide enough beam and infinite thresholds, the search finds
/// all label sequences with their exact probabilities.
///
/// Paths end as in the losses: the last move is a blank that ends exactly with the last frame (except with
/// `TransducerTopology.monotonic`), and a blank of duration 0 is not a move. Other paths count only if no path ends this
/// way.
///
/// Spans are those of the best path of each hypothesis that the search has kept. A token's span has the frames of its
/// move, or one frame if the move takes none, and the move's log-probability. Its confidence is the probability of the
/// token.
///
/// A decoder is immutable, and any number of threads may use it, each with a model of its own. In each frame the joiner is
/// called once for all prefixes that wait there, and once more for each further label; before each call the predictor is
/// called once for the prefixes that are new. The search takes O(joins · beam · vocabulary) time and O(frames · beam)
/// memory. Predictor states are kept only for the prefixes of the beams.
public struct TransducerBeamSearchDecoder: Sendable {
  /// The tokens, including the blanks.
  public let vocabulary: TokenVocabulary
  /// The options of the search.
  public let options: TransducerBeamSearchOptions
  let fusion: Fusion?
  let moves: DecoderMoves

  /// A decoder. Lexicon, model and phrases are prepared here, once.
  ///
  /// - Throws: `InputError` if an option is out of range, or a word, phrase or model does not fit the vocabulary.
  public init(
    _ vocabulary: TokenVocabulary,
    options: TransducerBeamSearchOptions = TransducerBeamSearchOptions(),
    languageModel: LanguageModelFusion? = nil, lexicon: Lexicon? = nil, phrases: PhraseBias? = nil
  ) throws(InputError) {
    try options.search.check()
    moves = try DecoderMoves(
      options.topology, vocabulary, maximumLabels: options.maximumLabelsPerFrame)
    self.vocabulary = vocabulary
    self.options = options
    fusion = try Fusion(vocabulary, languageModel, lexicon, phrases)
  }

  /// The number of logits in a row of the joiner: those of the vocabulary, then those of the durations if there are any.
  public var rowWidth: Int { moves.width }

  /// The best hypotheses of one utterance, best first.
  ///
  /// Without frames there is one hypothesis, the empty one. There is none only if the lexicon or probabilities of zero rule
  /// out all.
  ///
  /// - Throws: `InputError` with the frame, if the model's results have another size, a logit is NaN or `+inf`, or all
  ///   logits of a row are `-inf`; and the errors of the model.
  public func decode<Model: TransducerModel>(
    _ frames: some Collection<Model.Frame>, model: Model
  ) throws -> [Hypothesis] {
    let stream = stream(model: model)
    try stream.feed(frames)
    return stream.finish()
  }

  /// An incremental decoding session: feed frames as they arrive.
  public func stream<Model: TransducerModel>(
    model: Model
  ) -> TransducerBeamSearchStream<Model> {
    TransducerBeamSearchStream(self, model)
  }

  /// The greedy decoder with the same vocabulary, topology and number of labels per frame.
  public var greedy: TransducerGreedyDecoder {
    TransducerGreedyDecoder(vocabulary, options.topology, moves)
  }
}
