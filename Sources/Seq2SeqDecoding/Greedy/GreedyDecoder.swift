import Seq2SeqLosses

/// Takes the most probable token of each frame and collapses the path: the fastest decoder, and the best
/// path, if not the best labelling.
///
/// Where tokens tie the lower one is taken. Time O(frames · vocabulary), one pass over the values.
public struct GreedyDecoder: Sendable {
  /// The tokens.
  public let vocabulary: TokenVocabulary
  /// How paths of tokens collapse to labellings.
  public let topology: CTCTopology
  /// How sure of tokens and words the hypotheses say the posteriors are.
  public let confidence: ConfidenceMeasure
  /// Whether the hypothesis has the frames of its tokens and words.
  var findsSpans = true

  /// A decoder.
  public init(
    _ vocabulary: TokenVocabulary, topology: CTCTopology = .classic,
    confidence: ConfidenceMeasure = .largest
  ) {
    self.vocabulary = vocabulary
    self.topology = topology
    self.confidence = confidence
  }

  /// The collapsed best path of one sequence of log-probabilities, `[frames, vocabulary]`.
  ///
  /// - Throws: `InputError` as ``BeamSearchDecoder/decode(_:frames:)``.
  public func decode<Element: LogitElement>(
    _ logProbabilities: [Element], frames: Int
  ) throws(InputError) -> Hypothesis {
    let layout = try vocabulary.layout(of: logProbabilities, frames: frames)
    return try decodeEach(logProbabilities.span, layout: layout)[0].get()
  }

  /// The collapsed best path of each sample, or what is wrong with that sample.
  ///
  /// - Throws: `InputError` where the array or the layout has another size.
  public func decodeEach<Element: LogitElement>(
    _ logProbabilities: Span<Element>, layout: LogitsLayout, threads: Int? = nil
  ) throws(InputError) -> [Result<Hypothesis, InputError>] {
    try Posteriors.map(logProbabilities, layout, vocabulary, threads: threads) {
      (posteriors, sample) throws(InputError) in try hypothesis(posteriors, sample)
    }
  }

  /// The collapsed best path of utterances that lie anywhere in an array, or what is wrong with each.
  ///
  /// - Parameters:
  ///   - logProbabilities: The array that holds them all.
  ///   - utterances: Where each lies: layouts of one sample.
  ///   - threads: The most threads, one a processor by default; results do not depend on it.
  /// - Throws: `InputError` where the array or a layout has another size.
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
