import CLibrary
import Seq2SeqLosses

/// Finds phrases anywhere in posteriors, many at once, without decoding the rest.
///
/// ```swift
/// let spotter = try KeywordSpotter(vocabulary, phrases: ["hey seven", "stop"])
/// for detection in try spotter.spot(logProbabilities, frames: 500) {
///   print(spotter.phrases[detection.phrase], detection.frames, detection.score)
/// }
/// ```
///
/// The best path of a phrase over any stretch of frames is compared with the best path of any tokens over
/// the same stretch (a wildcard before and after it costs nothing): the logarithm of the ratio, 0 at best,
/// divided by the number of tokens, is comparable between phrases of any length. The phrases share a tree,
/// as in the word spotter of Andrusenko et al. 2024 (arXiv 2406.07096). Where the vocabulary has a token
/// between words, phrases match whole words.
///
/// Time O(frames · (vocabulary + live nodes of the tree)).
public struct KeywordSpotter: Sendable {
  /// A phrase that was found.
  public struct Detection: Sendable, Equatable {
    /// The index of the phrase.
    public let phrase: Int
    /// From the first frame of its first token to the last of its last.
    public let frames: Range<Int>
    /// The logarithm of its best path's probability over that of the best path of any tokens, 0 or less.
    public let logRatio: Double
    /// `exp(logRatio / tokens)`, above 0 and at most 1.
    public let score: Double
  }

  /// The tokens.
  public let vocabulary: TokenVocabulary
  /// The phrases as texts.
  public let phrases: [String]
  /// The least score of a detection.
  public let minimumScore: Double
  let tree: KeywordTree

  /// A spotter.
  ///
  /// - Parameters:
  ///   - phrases: What to look for.
  ///   - vocabulary: The tokens, which spell the phrases.
  ///   - minimumScore: A detection has this score or more.
  ///   - folding: Differences between a phrase and its spelling that are ignored.
  /// - Throws: `InputError` where the tokens cannot spell a phrase, or the score is not in 0..<1.
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

  /// All detections in log-probabilities `[frames, vocabulary]`, by their first frames.
  ///
  /// Where detections of one phrase overlap, only the best is returned.
  ///
  /// - Throws: `InputError` as ``BeamSearchDecoder/decode(_:frames:)``.
  public func spot<Element: LogitElement>(
    _ logProbabilities: [Element], frames: Int
  ) throws(InputError) -> [Detection] {
    let layout = try vocabulary.layout(of: logProbabilities, frames: frames)
    return try spotEach(logProbabilities.span, utterances: [layout])[0].get()
  }

  /// All detections in utterances that lie anywhere in an array, or what is wrong with each.
  ///
  /// - Parameters:
  ///   - logProbabilities: The array that holds them all.
  ///   - utterances: Where each lies: layouts of one sample.
  ///   - threads: The most threads, one a processor by default; results do not depend on it.
  /// - Throws: `InputError` where the array or a layout has another size.
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
