/// A decoded sequence with its scores.
public struct Hypothesis: Sendable, Equatable {
  /// The tokens, without blanks.
  public internal(set) var tokens: [Int]
  /// The text of the tokens; empty if the vocabulary has no texts.
  public internal(set) var text: String
  /// The sum of the three scores below, in nats. Hypotheses are ordered by it.
  public var score: Double { acousticScore + languageScore + biasScore }
  /// The natural logarithm of the tokens' probability, summed over all paths that the search kept.
  public internal(set) var acousticScore: Double
  /// The weighted score of the language model, with the bonuses and penalties for its words or
  /// tokens.
  public internal(set) var languageScore: Double
  /// The boosts of the phrases that the hypothesis contains.
  public internal(set) var biasScore: Double
  /// The words and their tokens. With a lexicon, these are the lexicon's words.
  public internal(set) var words: [Word]
  /// The frames of each token, `[tokens]`; empty if the options turn spans off.
  public internal(set) var spans: [TokenSpan]
  /// Whether the last word is complete. False only if the search found no hypothesis with a
  /// complete last word.
  public internal(set) var isComplete: Bool

  /// A word of a hypothesis.
  public struct Word: Sendable, Equatable {
    /// The word as it is written.
    public internal(set) var text: String
    /// The indices of its tokens in the hypothesis, without separators.
    public internal(set) var tokens: Range<Int>
    /// Its frames, from the first token's first to the last token's last; empty if the options turn
    /// spans off.
    public internal(set) var frames: Range<Int>
    /// The sum of the log-probabilities of its tokens.
    public internal(set) var logProbability: Double
    /// The smallest confidence among its tokens.
    public internal(set) var confidence: Double

    /// A word whose frames are not known yet.
    init(_ text: String, tokens: Range<Int>) {
      self.text = text
      self.tokens = tokens
      frames = 0..<0
      logProbability = 0
      confidence = 0
    }
  }
}
