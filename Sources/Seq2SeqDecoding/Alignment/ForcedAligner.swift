import Seq2SeqLosses

/// Finds which frames belong to which token and word of a known text: CTC forced alignment.
///
/// ```swift
/// let aligner = try ForcedAligner(TokenVocabulary(["_", " ", "a", "b"]))
/// let alignment = try aligner.align(logProbabilities, frames: 150, text: "ab ba")
/// for word in alignment.words { print(word.text, word.frames) }
/// ```
///
/// The path is the best one, exactly, also where paths tie: then the lowest lattice state wins at each
/// frame, from the last frame back. Time O(frames · (vocabulary + targets)). Memory O(frames · targets) up
/// to 64 MB, beyond that O((frames · targets)^(2/3)): hours of audio in less than a gigabyte.
public struct ForcedAligner: Sendable {
  /// A wildcard target: matches any tokens but the blank, for speech that is missing from the transcript or words that
  /// the vocabulary cannot spell.
  ///
  /// It takes one frame or more, each scored by its best token.
  public static let wildcard = SequenceAligner.wildcard

  /// The tokens.
  public let vocabulary: TokenVocabulary
  /// How paths of tokens collapse to labellings.
  public let topology: CTCTopology
  /// How sure of tokens and words the alignments say the posteriors are.
  public let confidence: ConfidenceMeasure
  /// Whether tokens and words have confidences; else they are 0 and cost nothing.
  package var findsConfidences = true

  /// An aligner.
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
  /// - Throws: `InputError` as ``alignEach(_:layout:targets:threads:)``, or where tokens cannot spell the
  ///   text.
  public func align<Element: LogitElement>(
    _ logProbabilities: [Element], frames: Int, text: String
  ) throws(InputError) -> Alignment {
    let layout = try vocabulary.layout(of: logProbabilities, frames: frames)
    return try alignEach(
      logProbabilities.span, utterances: [layout], segments: [[text]])[0].get()
  }

  /// What becomes of words that the tokens cannot spell, and of stretches that the texts have not.
  public struct TextOptions: Sendable, Equatable {
    /// Whether a word that cannot be spelled becomes a ``wildcard``; else it is an error.
    public var replacesUnknownWords = false
    /// Whether there may be anything before, between and after the segments: any number of frames, also
    /// none, each the blank, or any other token at the price of ``gapLogProbability``. A topology without a
    /// blank has no gaps.
    public var hasGaps = false
    /// What is added to the log-probability of the best token but the blank, for each frame that a gap
    /// takes, in nats; at most 0. The lower it is, the more frames the text explains. By default -1: a gap
    /// takes a frame from the text's own token where that is less than 1/e as probable as the best one. At 0,
    /// a gap takes frames of the text's first tokens too: it explains them as well.
    public var gapLogProbability = -1.0

    /// Differences between a word and its spelling that are ignored. The words of the alignment keep their texts. A word
    /// of only punctuation that no token has takes no frames.
    public var folding: TextFolding = []

    /// Words are spelled as they are, and there are no gaps.
    public init() {}
  }

  /// Aligns utterances that lie anywhere in an array with their texts, each a list of segments such as
  /// sentences.
  ///
  /// - Returns: For each its alignment with words and segments, or what is wrong with it.
  /// - Throws: `InputError` where the array or a layout has another size.
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

  /// Aligns each sample of a batch with its targets: tokens, and ``wildcard``s.
  ///
  /// - Returns: For each sample its alignment, whose words are those that separators show; or what is wrong
  ///   with it: values that are NaN or +inf, frames that are all -inf, or no possible path.
  /// - Throws: `InputError` where the array or the layout has another size, or a target is no token.
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
