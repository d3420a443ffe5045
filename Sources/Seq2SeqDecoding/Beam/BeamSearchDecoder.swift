import Seq2SeqLosses

/// Finds the most probable label sequences by prefix beam search, with n-best lists, a language
/// model, a lexicon and preferred phrases.
///
/// ```swift
/// let decoder = try BeamSearchDecoder(TokenVocabulary(["<blank>", " ", "a", "b"]))
/// let best = try decoder.decode(logProbabilities, frames: 150)[0]
/// print(best.text, best.score)
/// ```
///
/// The score of a hypothesis y is `log P(y | x) + language + bias`, where P sums over all paths
/// that collapse to y (Hannun et al. 2014, arXiv 1408.2873). With a wide enough beam and infinite
/// thresholds, the result is exact: the most probable label sequences. The same input gives the
/// same bits.
///
/// A decoder is immutable and may be used by any number of threads. Time O(frames · (vocabulary +
/// beam)), plus the time for the extensions that pass the thresholds. Memory O(frames · beam).
public struct BeamSearchDecoder: Sendable {
  /// The tokens.
  public let vocabulary: TokenVocabulary
  /// The options of the search.
  public let options: BeamSearchOptions
  let fusion: Fusion?

  /// Creates a decoder. Lexicon, language model and phrases are prepared here, once.
  ///
  /// - Throws: `InputError` if an option is out of range, or if a word, phrase or model does not
  ///   fit the vocabulary.
  public init(
    _ vocabulary: TokenVocabulary, options: BeamSearchOptions = BeamSearchOptions(),
    languageModel: LanguageModelFusion? = nil, lexicon: Lexicon? = nil, phrases: PhraseBias? = nil
  ) throws(InputError) {
    try KernelVariant.check()
    try options.search.check()
    self.vocabulary = vocabulary
    self.options = options
    fusion = try Fusion(vocabulary, languageModel, lexicon, phrases)
  }

  /// The best hypotheses of one sequence of log-probabilities, `[frames, vocabulary]`, best first.
  ///
  /// Rows need not sum to one, because the missing normalization changes all scores by the same
  /// amount. Without frames, the only hypothesis is empty. The list is empty only if a lexicon or
  /// probabilities of zero exclude every hypothesis.
  ///
  /// - Parameters:
  ///   - logProbabilities: `[frames, vocabulary]`, natural logarithms or logits.
  ///   - frames: The number of frames.
  /// - Throws: `InputError` if the array has another size, if a value is NaN or +inf, or if all
  ///   values of a frame are -inf.
  public func decode<Element: LogitElement>(
    _ logProbabilities: [Element], frames: Int
  ) throws(InputError) -> [Hypothesis] {
    let layout = try vocabulary.layout(of: logProbabilities, frames: frames)
    return try decode(logProbabilities.span, layout: layout)[0]
  }

  /// The best hypotheses of each sample of a batch, `[batch][hypotheses]`.
  ///
  /// - Throws: `InputError` like ``decode(_:frames:)``, for the first faulty sample.
  public func decode<Element: LogitElement>(
    _ logProbabilities: Span<Element>, layout: LogitsLayout
  ) throws(InputError) -> [[Hypothesis]] {
    var batch: [[Hypothesis]] = []
    for result in try decodeEach(logProbabilities, layout: layout) {
      batch.append(try result.get())
    }
    return batch
  }

  /// Decodes each sample of a batch; the result for a sample is its hypotheses or its error.
  ///
  /// The samples are divided among `threads` threads, by default as many as there are processor
  /// cores. The number of threads does not change the results.
  ///
  /// - Throws: `InputError` if the size of the array or of the layout does not fit.
  public func decodeEach<Element: LogitElement>(
    _ logProbabilities: Span<Element>, layout: LogitsLayout, threads: Int? = nil
  ) throws(InputError) -> [Result<[Hypothesis], InputError>] {
    try Posteriors.map(logProbabilities, layout, vocabulary, threads: threads) {
      (posteriors, sample) throws(InputError) in try hypotheses(posteriors, sample)
    }
  }

  /// Decodes utterances, which may lie anywhere in an array; the result for each is its hypotheses
  /// or its error.
  ///
  /// - Parameters:
  ///   - logProbabilities: The array that contains all utterances.
  ///   - utterances: The layout of each utterance, a batch of one sample.
  ///   - threads: The maximum number of threads, by default the number of processor cores. It does
  ///     not change the results.
  /// - Throws: `InputError` if the size of the array or of a layout does not fit.
  public func decodeEach<Element: LogitElement>(
    _ logProbabilities: Span<Element>, utterances: [LogitsLayout], threads: Int? = nil
  ) throws(InputError) -> [Result<[Hypothesis], InputError>] {
    try Posteriors.map(logProbabilities, utterances, vocabulary, threads: threads) {
      (utterance, _) throws(InputError) in try hypotheses(utterance, 0)
    }
  }

  private func hypotheses<Element>(
    _ posteriors: Posteriors<Element>, _ sample: Int
  ) throws(InputError) -> [Hypothesis] {
    try posteriors.check(sample, vocabulary)
    var search = search()
    posteriors.forEachFrame(sample) { search.step($0) }
    var hypotheses = search.hypotheses(
      vocabulary, count: options.hypothesisCount, isFinal: true)
    if options.findsSpans { findSpans(&hypotheses, posteriors, sample) }
    return hypotheses
  }

  /// A search before its first frame.
  func search() -> BeamSearch {
    BeamSearch(options, vocabulary: vocabulary.count, blank: vocabulary.blank, fusion: fusion)
  }

  /// The greedy decoder with the same vocabulary and options.
  public var greedy: GreedyDecoder {
    var decoder = GreedyDecoder(
      vocabulary, topology: options.topology, confidence: options.confidence)
    decoder.findsSpans = options.findsSpans
    return decoder
  }

  /// An incremental decoding session: feed frames as they arrive.
  public func stream() -> BeamSearchStream { BeamSearchStream(self) }

  /// Finds the frames of the tokens and words of hypotheses.
  func findSpans<Element>(
    _ hypotheses: inout [Hypothesis], _ posteriors: Posteriors<Element>, _ sample: Int
  ) {
    let aligner = SequenceAligner(
      topology: options.topology, blank: vocabulary.blank, vocabulary: vocabulary.count,
      confidence: options.confidence)
    let sequence = PosteriorFrames(posteriors, sample)
    for index in hypotheses.indices {
      let alignment = aligner.align(hypotheses[index].tokens, sequence)
      hypotheses[index].spans = alignment?.tokens ?? []
      SequenceAligner.locate(&hypotheses[index].words, hypotheses[index].spans)
    }
  }
}
