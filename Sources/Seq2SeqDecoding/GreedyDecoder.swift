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
  /// - Throws: ``InputError`` as ``BeamSearchDecoder/decode(_:frames:)``.
  public func decode<Element: LogitElement>(
    _ logProbabilities: [Element], frames: Int
  ) throws(InputError) -> Hypothesis {
    let layout = try LogitsLayout(batch: 1, time: frames, vocabulary: vocabulary.count)
    return try decodeEach(logProbabilities.span, layout: layout)[0].get()
  }

  /// The collapsed best path of each sample, or what is wrong with that sample.
  ///
  /// - Throws: ``InputError`` where the array or the layout has another size.
  public func decodeEach<Element: LogitElement>(
    _ logProbabilities: Span<Element>, layout: LogitsLayout, threads: Int? = nil
  ) throws(InputError) -> [Result<Hypothesis, InputError>] {
    try logProbabilities.withUnsafeBufferPointer { (buffer) throws(InputError) in
      let posteriors = try Posteriors(buffer, layout, vocabulary)
      return posteriors.map(threads: threads) { sample throws(InputError) in
        try hypothesis(posteriors, sample)
      }
    }
  }

  /// The collapsed best path of utterances that lie anywhere in an array, or what is wrong with each.
  ///
  /// - Parameter utterances: Where each lies: layouts of one sample.
  /// - Throws: ``InputError`` where the array or a layout has another size.
  public func decodeEach<Element: LogitElement>(
    _ logProbabilities: Span<Element>, utterances: [LogitsLayout], threads: Int? = nil
  ) throws(InputError) -> [Result<Hypothesis, InputError>] {
    try logProbabilities.withUnsafeBufferPointer { (buffer) throws(InputError) in
      try Posteriors.map(buffer, utterances, vocabulary, threads: threads) {
        (posteriors, _) throws(InputError) in try hypothesis(posteriors, 0)
      }
    }
  }

  private func hypothesis<Element>(
    _ posteriors: Posteriors<Element>, _ sample: Int
  ) throws(InputError) -> Hypothesis {
    var score = 0.0
    var spans: [TokenSpan] = []
    var sum = ConfidenceSum(confidence)
    var last = vocabulary.blank
    for frame in 0..<posteriors.layout.lengths[sample] {
      guard let best = posteriors.best(sample, frame) else {
        try posteriors.check(sample)
        break
      }
      score += best.value
      if best.token != vocabulary.blank {
        if topology == .classic && best.token == last {
          spans[spans.count - 1].frames =
            spans[spans.count - 1].frames.lowerBound..<frame + 1
        } else {
          if !spans.isEmpty { spans[spans.count - 1].confidence = sum.value }
          sum = ConfidenceSum(confidence)
          spans.append(
            TokenSpan(
              token: best.token, frames: frame..<frame + 1, logProbability: 0, confidence: 0))
        }
        spans[spans.count - 1].logProbability += best.value
        if confidence == .entropy {
          posteriors.withFrame(sample, frame) {
            sum.add($0, count: vocabulary.count, logProbability: best.value)
          }
        } else {
          sum.add(nil, count: 0, logProbability: best.value)
        }
      }
      last = best.token
    }
    if !spans.isEmpty { spans[spans.count - 1].confidence = sum.value }
    let tokens = spans.map(\.token)
    var words = WordSplitting.words(of: tokens, vocabulary)
    SequenceAligner.locate(&words, spans)
    return Hypothesis(
      tokens: tokens, text: vocabulary.text(of: tokens), acousticScore: score, languageScore: 0,
      biasScore: 0, words: words, spans: spans, isComplete: true)
  }
}
