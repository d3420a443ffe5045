import Seq2SeqLosses

/// Finds the frames of each token and word of a known text (CTC forced alignment).
///
/// ```swift
/// let aligner = try ForcedAligner(TokenVocabulary(["_", " ", "a", "b"]))
/// let alignment = try aligner.align(logProbabilities, frames: 150, text: "ab ba")
/// for word in alignment.words { print(word.text, word.frames) }
/// ```
///
/// The result is the exact best path. If paths tie, the path is followed from the last frame to the
/// first, and the lowest lattice state is chosen at each frame. Time O(frames · (vocabulary +
/// targets)). Memory O(frames · targets) up to 64 MB; beyond that O((frames · targets)^(2/3)), so
/// hours of audio take less than a gigabyte.
public struct ForcedAligner: Sendable {
  /// A wildcard target: matches any tokens except the blank, for speech that is missing from the
  /// transcript or words that the vocabulary cannot spell.
  ///
  /// It matches one or more frames, and each frame has the score of its best non-blank token.
  public static let wildcard = SequenceAligner.wildcard

  /// The tokens.
  public let vocabulary: TokenVocabulary
  /// The topology: how paths collapse to label sequences.
  public let topology: CTCTopology
  /// How the confidences of tokens and words are computed.
  public let confidence: ConfidenceMeasure
  /// Whether confidences are computed. Otherwise they are 0 and cost nothing.
  package var findsConfidences = true

  /// Creates an aligner.
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

  /// Aligns one sequence of log-probabilities, `[frames, vocabulary]`, with a text.
  ///
  /// - Parameters:
  ///   - logProbabilities: `[frames, vocabulary]`, natural logarithms. Logits give the same path
  ///     and confidences, but other scores.
  ///   - frames: The number of frames.
  ///   - text: Words separated by white space.
  /// - Throws: `InputError` like ``alignEach(_:layout:targets:threads:)``, or if the tokens cannot
  ///   spell the text.
  public func align<Element: LogitElement>(
    _ logProbabilities: [Element], frames: Int, text: String
  ) throws(InputError) -> Alignment {
    let layout = try vocabulary.layout(of: logProbabilities, frames: frames)
    return try alignEach(
      logProbabilities.span, utterances: [layout], segments: [[text]])[0].get()
  }

  /// Options for words that the tokens cannot spell and for frames that do not belong to the text.
  public struct TextOptions: Sendable, Equatable {
    /// Whether a ``wildcard`` replaces a word that cannot be spelled. Otherwise such a word is an
    /// error.
    public var replacesUnknownWords = false
    /// Whether there may be gaps before, between and after the segments: any number of frames that
    /// do not belong to the text. Each frame of a gap is a blank, or any other token at the cost of
    /// ``gapLogProbability``. A topology without a blank cannot have gaps.
    public var hasGaps = false
    /// Added to the log-probability of the best non-blank token for each frame in a gap, in nats;
    /// at most 0. The lower it is, the more frames the text keeps. With the default of -1, a gap
    /// takes a frame from a token of the text if the token's probability is below 1/e times the
    /// largest one. With 0, a gap also takes frames of the text's first and last tokens, because it
    /// explains them equally well.
    public var gapLogProbability = -1.0

    /// Differences between a word and its spelling that are ignored. The words of the alignment
    /// keep their texts. A word that consists only of punctuation that no token has takes no
    /// frames.
    public var folding: TextFolding = []

    /// Options with which words are spelled exactly and there are no gaps.
    public init() {}
  }

  /// Aligns utterances, which may lie anywhere in an array, with their texts. Each text is a list
  /// of segments, such as sentences.
  ///
  /// - Parameters:
  ///   - logProbabilities: The array that contains all utterances.
  ///   - utterances: The layout of each utterance, a batch of one sample.
  ///   - segments: The text of each utterance, as a list of segments.
  ///   - options: How texts are spelled, and whether there are gaps.
  ///   - threads: The maximum number of threads, by default the number of processor cores. It does
  ///     not change the results.
  /// - Returns: For each utterance, its alignment with words and segments, or its error.
  /// - Throws: `InputError` if the size of the array or of a layout does not fit.
  public func alignEach<Element: LogitElement>(
    _ logProbabilities: Span<Element>, utterances: [LogitsLayout], segments: [[String]],
    options: TextOptions = TextOptions(), threads: Int? = nil
  ) throws(InputError) -> [Result<Alignment, InputError>] {
    guard options.gapLogProbability <= 0 else {
      throw InputError("gapLogProbability", "\(options.gapLogProbability) is not 0 or below")
    }
    guard topology.hasBlank || !options.hasGaps else {
      throw InputError(
        "hasGaps", "topology \(topology.rawValue) has no blank for gaps to stand in for")
    }
    guard segments.count == utterances.count else {
      throw InputError("segments", "\(segments.count) texts for \(utterances.count) utterances")
    }
    let words = WordSpeller(vocabulary, options.folding)
    return try Posteriors.map(logProbabilities, utterances, vocabulary, threads: threads) {
      (posteriors, index) throws(InputError) in
      try posteriors.check(0, vocabulary)
      let spelling = try vocabulary.spelling(of: segments[index], words, options)
      var alignment = try align(
        posteriors, 0, spelling.tokens,
        gaps: AlignmentGaps(
          places: spelling.gaps, logProbability: options.gapLogProbability))
      alignment.words = spelling.words
      alignment.segments = spelling.segments
      SequenceAligner.shift(&alignment.words, gaps: alignment.gaps)
      SequenceAligner.shift(&alignment.segments, gaps: alignment.gaps)
      SequenceAligner.locate(&alignment.words, alignment.tokens)
      SequenceAligner.locate(&alignment.segments, alignment.tokens)
      return alignment
    }
  }

  /// Aligns each sample of a batch with its targets, which are tokens and ``wildcard``s.
  ///
  /// - Parameters:
  ///   - logProbabilities: `[batch, time, vocabulary]`, in the layout `layout`.
  ///   - layout: The shape, the strides and the number of valid frames of each sample.
  ///   - targets: One sequence of tokens and ``wildcard``s per sample.
  ///   - threads: The maximum number of threads, by default the number of processor cores. It does
  ///     not change the results.
  /// - Returns: For each sample, its alignment, with words as the separators divide them; or its
  ///   error: a value is NaN or +inf, all values of a frame are -inf, or no path is possible.
  /// - Throws: `InputError` if the size of the array or of the layout does not fit, or if a target
  ///   is not a token.
  public func alignEach<Element: LogitElement>(
    _ logProbabilities: Span<Element>, layout: LogitsLayout, targets: [[Int]],
    threads: Int? = nil
  ) throws(InputError) -> [Result<Alignment, InputError>] {
    guard targets.count == layout.batch else {
      throw InputError("targets", "\(targets.count) sequences for a batch of \(layout.batch)")
    }
    for (sample, tokens) in targets.enumerated() {
      try checkLabels(
        "targets", sample: sample, tokens, vocabulary: vocabulary.count,
        blank: topology.hasBlank ? vocabulary.blank : nil, except: Self.wildcard,
        name: vocabulary.name)
    }
    return try Posteriors.map(logProbabilities, layout, vocabulary, threads: threads) {
      (posteriors, sample) throws(InputError) in
      try posteriors.check(sample, vocabulary)
      var alignment = try align(posteriors, sample, targets[sample])
      if !targets[sample].contains(Self.wildcard) {
        alignment.words = WordSplitting.words(of: targets[sample], vocabulary)
        SequenceAligner.locate(&alignment.words, alignment.tokens)
      }
      return alignment
    }
  }

  private func align<Element>(
    _ posteriors: Posteriors<Element>, _ sample: Int, _ targets: [Int],
    gaps: AlignmentGaps = AlignmentGaps()
  ) throws(InputError) -> Alignment {
    let aligner = SequenceAligner(
      topology: topology, blank: vocabulary.blank, vocabulary: vocabulary.count,
      confidence: findsConfidences ? confidence : nil)
    let sequence = PosteriorFrames(posteriors, sample)
    guard let alignment = aligner.align(targets, sequence, gaps: gaps) else {
      let frames = posteriors.layout.lengths[sample]
      throw InputError(
        "targets", sample: sample, "no path of \(frames) frames has \(targets.count) tokens")
    }
    return alignment
  }
}
