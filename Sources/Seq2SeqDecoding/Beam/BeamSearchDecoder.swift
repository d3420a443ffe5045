import Seq2SeqLosses

/// A decoder that finds the most probable label sequences of posteriors: prefix beam search with n-best hypotheses, a
/// language model, a lexicon and boosted phrases.
///
/// ```swift
/// let decoder = try BeamSearchDecoder(TokenVocabulary(["<blank>", " ", "a", "b"]))
/// let best = try decoder.decode(logProbabilities, frames: 150)[0]
/// print(best.text, best.score)
/// ```
///
/// A hypothesis y has the score `log P(y | x) + language + bias`, where P sums over all paths that collapse to y
/// (Hannun et al. 2014, arXiv 1408.2873). With a wide enough beam and infinite thresholds, the search finds the best
/// label sequences exactly. The same input gives the same bits.
///
/// A decoder is immutable, and any number of threads may use it. Time: O(frames · (vocabulary + beam) + extensions above
/// the thresholds). Memory: O(frames · beam).
public struct BeamSearchDecoder: Sendable {
  /// The tokens.
  public let vocabulary: TokenVocabulary
  /// The options of the search.
  public let options: BeamSearchOptions
  let fusion: Fusion?

  /// A decoder. Lexicon, model and phrases are prepared here, once.
  ///
  /// - Throws: `InputError` if an option is out of range, or a word, phrase or model does not fit the vocabulary.
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
  /// The probabilities of a row need not sum to one: a factor on a row shifts all scores alike. Without frames there is
  /// one hypothesis, the empty one. There is none only if the lexicon or probabilities of zero rule out all.
  ///
  /// - Throws: `InputError` if the array has another size, a value is NaN or +inf, or all values of a frame are -inf.
  public func decode<Element: LogitElement>(
    _ logProbabilities: [Element], frames: Int
  ) throws(InputError) -> [Hypothesis] {
    let layout = try vocabulary.layout(of: logProbabilities, frames: frames)
    return try decode(logProbabilities.span, layout: layout)[0]
  }

  /// The best hypotheses of each sample of a batch, `[batch][hypotheses]`.
  ///
  /// - Throws: `InputError` as ``decode(_:frames:)``, for the first invalid sample.
  public func decode<Element: LogitElement>(
    _ logProbabilities: Span<Element>, layout: LogitsLayout
  ) throws(InputError) -> [[Hypothesis]] {
    var batch: [[Hypothesis]] = []
    for result in try decodeEach(logProbabilities, layout: layout) {
      batch.append(try result.get())
    }
    return batch
  }

  /// The best hypotheses of each sample, or the error of that sample.
  ///
  /// Samples are divided among `threads` threads, by default one for each processor. Results do not depend on their
  /// number.
  ///
  /// - Throws: `InputError` if the array or the layout has another size.
  public func decodeEach<Element: LogitElement>(
    _ logProbabilities: Span<Element>, layout: LogitsLayout, threads: Int? = nil
  ) throws(InputError) -> [Result<[Hypothesis], InputError>] {
    try Posteriors.map(logProbabilities, layout, vocabulary, threads: threads) {
      (posteriors, sample) throws(InputError) in try hypotheses(posteriors, sample)
    }
  }

  /// The best hypotheses of utterances anywhere in an array, or the error of each.
  ///
  /// - Parameters:
  ///   - logProbabilities: The array that holds them all.
  ///   - utterances: Where each lies: layouts of one sample.
  ///   - threads: The maximum number of threads, by default one for each processor. Results do not depend on it.
  /// - Throws: `InputError` if the array or a layout has another size.
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

  /// A search before the first frame.
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
