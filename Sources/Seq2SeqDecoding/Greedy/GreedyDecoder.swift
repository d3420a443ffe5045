import Seq2SeqLosses

/// Takes the most probable token of each frame and collapses the path. This is the fastest decoder.
/// It finds the best path, which is not always the best label sequence.
///
/// If tokens tie, it takes the lowest. Time O(frames · vocabulary); the values are read once.
public struct GreedyDecoder: Sendable {
  /// The tokens.
  public let vocabulary: TokenVocabulary
  /// The topology: how paths collapse to label sequences.
  public let topology: CTCTopology
  /// How the confidences of tokens and words are computed.
  public let confidence: ConfidenceMeasure
  /// Whether the frames of tokens and words are returned.
  var findsSpans = true

  /// Creates a decoder.
  ///
  /// - Parameters:
  ///   - vocabulary: The tokens.
  ///   - topology: How paths collapse to label sequences.
  ///   - confidence: How the confidences of tokens and words are computed.
  public init(
    _ vocabulary: TokenVocabulary, topology: CTCTopology = .classic,
    confidence: ConfidenceMeasure = .largest
  ) {
    self.vocabulary = vocabulary
    self.topology = topology
    self.confidence = confidence
  }

  /// Decodes one sequence of log-probabilities, `[frames, vocabulary]`.
  ///
  /// - Parameters:
  ///   - logProbabilities: `[frames, vocabulary]`, natural logarithms or logits.
  ///   - frames: The number of frames.
  /// - Throws: `InputError` like ``BeamSearchDecoder/decode(_:frames:)``.
  public func decode<Element: LogitElement>(
    _ logProbabilities: [Element], frames: Int
  ) throws(InputError) -> Hypothesis {
    let layout = try vocabulary.layout(of: logProbabilities, frames: frames)
    return try decodeEach(logProbabilities.span, layout: layout)[0].get()
  }

  /// Decodes each sample of a batch; the result for a sample is its hypothesis or its error.
  ///
  /// - Parameters:
  ///   - logProbabilities: `[batch, time, vocabulary]`, in the layout `layout`.
  ///   - layout: The shape, the strides and the number of valid frames of each sample.
  ///   - threads: The maximum number of threads, by default the number of processor cores. It does
  ///     not change the results.
  /// - Throws: `InputError` if the size of the array or of the layout does not fit.
  public func decodeEach<Element: LogitElement>(
    _ logProbabilities: Span<Element>, layout: LogitsLayout, threads: Int? = nil
  ) throws(InputError) -> [Result<Hypothesis, InputError>] {
    try Posteriors.map(logProbabilities, layout, vocabulary, threads: threads) {
      (posteriors, sample) throws(InputError) in try hypothesis(posteriors, sample)
    }
  }

  /// Decodes utterances, which may lie anywhere in an array; the result for each is its hypothesis
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
  ) throws(InputError) -> [Result<Hypothesis, InputError>] {
    try Posteriors.map(logProbabilities, utterances, vocabulary, threads: threads) {
      (utterance, _) throws(InputError) in try hypothesis(utterance, 0)
    }
  }

  private func hypothesis<Element>(
    _ posteriors: Posteriors<Element>, _ sample: Int
  ) throws(InputError) -> Hypothesis {
    var score = 0.0
    var collector = SpanCollector(findsSpans ? confidence : nil)
    let sequence = PosteriorFrames(posteriors, sample)
    var last = -1
    try posteriors.forEachBest(sample, vocabulary) { frame, token, value in
      score += value
      if !topology.isBlank(token, blank: vocabulary.blank) {
        if topology.beginsLabel(token, after: last, blank: vocabulary.blank) {
          collector.begin(token, at: frame)
        }
        collector.add(frame, score: value, value: value, of: sequence)
      }
      last = token
    }
    collector.end()
    let spans = collector.spans
    let tokens = spans.map(\.token)
    var words = WordSplitting.words(of: tokens, vocabulary)
    if findsSpans { SequenceAligner.locate(&words, spans) }
    return Hypothesis(
      tokens: tokens, text: vocabulary.text(of: tokens), acousticScore: score, languageScore: 0,
      biasScore: 0, words: words, spans: findsSpans ? spans : [], isComplete: true)
  }
}
