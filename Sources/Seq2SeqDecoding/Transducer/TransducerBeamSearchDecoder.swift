import Seq2SeqLosses

/// Finds the most probable label sequences of a transducer by beam search, with n-best lists, a
/// language model, a lexicon and preferred phrases.
///
/// ```swift
/// let decoder = try TransducerBeamSearchDecoder(vocabulary, phrases: PhraseBias(["new york"], boost: 8))
/// let best = try decoder.decode(0..<150, model: model)[0]
/// print(best.text, best.score)
/// ```
///
/// The score of a hypothesis y is `log P(y | x) + language + bias`. P sums over all paths through
/// the frames that emit y and have at most ``TransducerBeamSearchOptions/maximumLabelsPerFrame``
/// labels in a frame. If this allows as many labels as y has, P is the probability of the loss.
/// With a wide enough beam and infinite thresholds, the search finds all label sequences with their
/// exact probabilities.
///
/// Paths end as in the losses: the last move is a blank that ends exactly with the last frame
/// (except with `TransducerTopology.monotonic`), and a blank of duration 0 is not a move. Only if
/// no path ends this way do other paths count. Spans come from the best path of each hypothesis:
/// the frames that a token's move consumes (one if it consumes none), and the move's
/// log-probability. The confidence is the token's own probability.
///
/// A decoder is immutable and may be used by any number of threads, each with its own model or part
/// of one. In each frame the joiner is called once for all prefixes in the frame's beam, and once
/// more for each further label that the beam admits; before each call of the joiner, the predictor
/// is called once for the new prefixes. Besides the model, the search takes O(joins · beam ·
/// vocabulary) time and O(frames · beam) memory. Predictor states are kept only for prefixes in the
/// beams.
public struct TransducerBeamSearchDecoder: Sendable {
  /// The tokens, including the blanks.
  public let vocabulary: TokenVocabulary
  /// The options of the search.
  public let options: TransducerBeamSearchOptions
  let fusion: Fusion?
  let moves: DecoderMoves

  /// Creates a decoder. Lexicon, language model and phrases are prepared here, once.
  ///
  /// - Throws: `InputError` if an option is out of range, or if a word, phrase or model does not
  ///   fit the vocabulary.
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

  /// The number of logits of a joiner's row: those of the vocabulary, and those of the durations if
  /// there are any.
  public var rowWidth: Int { moves.width }

  /// The best hypotheses of one utterance, best first.
  ///
  /// Without frames, the only hypothesis is empty. The list is empty only if a lexicon or
  /// probabilities of zero exclude every hypothesis.
  ///
  /// - Parameters:
  ///   - frames: The frames of the utterance, in the model's own type.
  ///   - model: The predictor and the joiner.
  /// - Throws: `InputError`, with the frame, if the model's results have another size, if a logit
  ///   is NaN or `+inf`, or if all logits of a row are `-inf`; errors of the model.
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
