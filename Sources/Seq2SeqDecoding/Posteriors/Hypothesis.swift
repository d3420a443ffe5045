/// A labelling that a decoder proposes, with its scores kept apart by where they come from.
public struct Hypothesis: Sendable, Equatable {
  /// The tokens, without blanks.
  public internal(set) var tokens: [Int]
  /// What they read; empty where the vocabulary has no texts.
  public internal(set) var text: String
  /// By what hypotheses are ordered: the sum of the three scores below, in nats.
  public var score: Double { acousticScore + languageScore + biasScore }
  /// The natural logarithm of the probability of the tokens by the posteriors, over all paths that the
  /// search kept.
  public internal(set) var acousticScore: Double
  /// What the language model adds, weighted, with bonuses and penalties.
  public internal(set) var languageScore: Double
  /// What complete phrases add.
  public internal(set) var biasScore: Double
  /// The words and the tokens that each is made of; where the lexicon has names for words, those.
  public internal(set) var words: [Word]
  /// The frames of each token, `[tokens]`; empty where the options ask for none.
  public internal(set) var spans: [TokenSpan]
  /// Whether the last word is whole; false only where the search found no hypothesis that is.
  public internal(set) var isComplete: Bool

  /// A word of a hypothesis.
  public struct Word: Sendable, Equatable {
    /// The word as it is written.
    public internal(set) var text: String
    /// Its tokens, separators excepted.
    public internal(set) var tokens: Range<Int>
    /// Its frames, from the first token's to the last's; empty where the options ask for none.
    public internal(set) var frames: Range<Int>
    /// The sum of the tokens' log-probabilities.
    public internal(set) var logProbability: Double
    /// The smallest confidence of its tokens.
    public internal(set) var confidence: Double

    /// A word that has no place yet.
    init(_ text: String, tokens: Range<Int>) {
      self.text = text
      self.tokens = tokens
      frames = 0..<0
      logProbability = 0
      confidence = 0
    }
  }
}
