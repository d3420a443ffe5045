import CLibrary
import Seq2SeqLosses

/// Finds many phrases at once in a model's output, without decoding the rest.
///
/// ```swift
/// let spotter = try KeywordSpotter(vocabulary, phrases: ["hey seven", "stop"])
/// for detection in try spotter.spot(logProbabilities, frames: 500) {
///   print(spotter.phrases[detection.phrase], detection.frames, detection.score)
/// }
/// ```
///
/// The probability of a phrase's best path over a range of frames is divided by that of the best
/// path of any tokens over the same range. (A wildcard before and after the phrase costs nothing.)
/// The logarithm of this ratio, 0 at best, is divided by the number of tokens, so that phrases of
/// any length are comparable. The phrases share a prefix tree, as in the word spotter of Andrusenko
/// et al. 2024 (arXiv 2406.07096). If the vocabulary has a separator, phrases match whole words.
///
/// Time O(frames · (vocabulary + active nodes of the tree)).
public struct KeywordSpotter: Sendable {
  /// An occurrence of a phrase.
  public struct Detection: Sendable, Equatable {
    /// The index of the phrase.
    public let phrase: Int
    /// From the first frame of its first token to the last frame of its last token.
    public let frames: Range<Int>
    /// The logarithm of the probability of its best path, divided by that of the best path of any
    /// tokens; at most 0.
    public let logRatio: Double
    /// `exp(logRatio / tokens)`, above 0 and at most 1.
    public let score: Double
  }

  /// The tokens.
  public let vocabulary: TokenVocabulary
  /// The phrases as texts.
  public let phrases: [String]
  /// The minimum score of a detection.
  public let minimumScore: Double
  let tree: KeywordTree

  /// Creates a spotter.
  ///
  /// - Parameters:
  ///   - vocabulary: The tokens.
  ///   - phrases: The texts to find.
  ///   - minimumScore: The minimum score of a detection, between 0 and 1.
  ///   - folding: Differences between a phrase and its spelling that are ignored.
  /// - Throws: `InputError` if the tokens cannot spell a phrase, or if the score is not between 0
  ///   and 1.
  public init(
    _ vocabulary: TokenVocabulary, phrases: [String], minimumScore: Double = 0.5,
    folding: TextFolding = []
  ) throws(InputError) {
    guard minimumScore > 0, minimumScore < 1 else {
      throw InputError("minimumScore", "\(minimumScore) is not between 0 and 1")
    }
    let words = WordSpeller(vocabulary, folding)
    var spellings: [[Int]] = []
    for (index, phrase) in phrases.enumerated() {
      do throws(InputError) {
        spellings.append(try vocabulary.spelling(of: [phrase], words).tokens)
      } catch {
        throw InputError("phrases", position: index, error.problem)
      }
      guard spellings[index].isEmpty == false else {
        throw InputError(
          "phrases", position: index,
          UnspellableText.isEmpty(phrase)
            ? UnspellableText.empty : "no token has any of \(quoted(phrase))")
      }
    }
    self.vocabulary = vocabulary
    self.phrases = phrases
    self.minimumScore = minimumScore
    tree = KeywordTree(
      spellings, separator: vocabulary.separator,
      leastLogRatio: log(minimumScore))
  }

  /// Finds the phrases in log-probabilities `[frames, vocabulary]`. Detections are ordered by their
  /// first frames.
  ///
  /// If detections of the same phrase overlap, only the best is returned.
  ///
  /// - Parameters:
  ///   - logProbabilities: `[frames, vocabulary]`, natural logarithms or logits.
  ///   - frames: The number of frames.
  /// - Throws: `InputError` like ``BeamSearchDecoder/decode(_:frames:)``.
  public func spot<Element: LogitElement>(
    _ logProbabilities: [Element], frames: Int
  ) throws(InputError) -> [Detection] {
    let layout = try vocabulary.layout(of: logProbabilities, frames: frames)
    return try spotEach(logProbabilities.span, utterances: [layout])[0].get()
  }

  /// Finds the phrases in utterances, which may lie anywhere in an array; the result for each is
  /// its detections or its error.
  ///
  /// - Parameters:
  ///   - logProbabilities: The array that contains all utterances.
  ///   - utterances: The layout of each utterance, a batch of one sample.
  ///   - threads: The maximum number of threads, by default the number of processor cores. It does
  ///     not change the results.
  /// - Throws: `InputError` if the size of the array or of a layout does not fit.
  public func spotEach<Element: LogitElement>(
    _ logProbabilities: Span<Element>, utterances: [LogitsLayout], threads: Int? = nil
  ) throws(InputError) -> [Result<[Detection], InputError>] {
    try Posteriors.map(logProbabilities, utterances, vocabulary, threads: threads) {
      (utterance, _) throws(InputError) in
      let stream = stream()
      var detections = try stream.feed(utterance)
      detections += stream.finish()
      return detections.sorted {
        ($0.frames.lowerBound, $0.phrase) < ($1.frames.lowerBound, $1.phrase)
      }
    }
  }

  /// An incremental search: feed frames as they arrive.
  public func stream() -> KeywordStream { KeywordStream(self) }
}
