import Seq2SeqLosses

/// Finds the most probable labellings by a transducer: beam search with n-best, a language model, a lexicon and
/// preferred phrases.
///
/// ```swift
/// let decoder = try TransducerBeamSearchDecoder(vocabulary, phrases: PhraseBias(["new york"], boost: 8))
/// let best = try decoder.decode(0..<150, model: model)[0]
/// print(best.text, best.score)
/// ```
///
/// A hypothesis y has the score `log P(y | x) + language + bias`, where P sums over all paths through the frames that
/// read y and have at most ``TransducerBeamSearchOptions/maximumLabelsPerFrame`` labels at a frame: it is that of the
/// loss, if there may be as many as y has. With a wide enough beam and infinite thresholds the hypotheses are all
/// labellings with their exact probabilities.
///
/// The last move of a path is a blank's, but with `TransducerTopology.monotonic`, and it ends where the
/// frames do; a blank of duration 0 is no move. All this is as in the losses. Only if no path ends there count those
/// that reach beyond or end with a label. Spans are of the best path of each hypothesis that the search has kept: the
/// frames that a token's move takes, one where it takes none, and the move's log-probability; the confidence is the
/// token's own probability.
///
/// A decoder is immutable and serves any number of threads, each with a model or a part of one. At every frame the joiner
/// is called once for all prefixes that wait there, and once more for each further label that the beam lets through;
/// the predictor once before it for those that are new. The search itself takes O(joins · beam · vocabulary) time and
/// O(frames · beam) memory; states of the predictor are kept for prefixes of the beams alone.
public struct TransducerBeamSearchDecoder: Sendable {
  /// The tokens, blanks among them.
  public let vocabulary: TokenVocabulary
  /// How widely to look.
  public let options: TransducerBeamSearchOptions
  let fusion: Fusion?
  let moves: DecoderMoves

  /// A decoder; lexicon, model and phrases are made ready here, once.
  ///
  /// - Throws: `InputError` where an option is out of range, or a word, phrase or model does not fit the
  ///   vocabulary.
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

  /// How many logits a row of the joiner has: the vocabulary's and, where there are durations, theirs.
  public var rowWidth: Int { moves.width }

  /// The best hypotheses of one utterance, best first.
  ///
  /// Without frames the one hypothesis is empty. There is none only where a lexicon or probabilities of zero rule all
  /// out.
  ///
  /// - Throws: `InputError` where the model's results have another size, a logit is NaN or `+inf`, or all of a row
  ///   are `-inf`, with the frame; and what the model throws.
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

  /// The greedy decoder of the same vocabulary, topology and labels a frame.
  public var greedy: TransducerGreedyDecoder {
    TransducerGreedyDecoder(vocabulary, options.topology, moves)
  }
}
