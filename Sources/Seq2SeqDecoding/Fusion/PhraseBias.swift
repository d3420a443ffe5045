import Seq2SeqLosses

/// Phrases that a decoder shall prefer (hotwords, contextual biasing), each with a boost.
///
/// A hypothesis gets a phrase's boost, in nats, once for every time it holds the phrase. While a phrase is
/// under way its share is lent, and given back when the match breaks, so that at the end a score holds the
/// boosts of complete phrases alone. Where the vocabulary separates words, phrases match whole words. If a phrase is
/// there twice, also with another spelling that folding makes the same, the last boost counts.
public struct PhraseBias: Sendable {
  /// A phrase and its boost.
  public struct Phrase: Sendable, Equatable {
    enum Spelling: Sendable, Equatable {
      case text(String)
      case tokens([Int])
    }
    let spelling: Spelling
    var isText: Bool { if case .text = spelling { true } else { false } }
    /// The phrase's text; empty for one in tokens.
    public var text: String {
      if case .text(let text) = spelling { text } else { "" }
    }
    /// What a hypothesis gains by the phrase, in nats; negative for phrases to avoid. At most 1e9 in magnitude: more
    /// would leave nothing of the posteriors in a sum.
    public var boost: Double

    /// A phrase of words, spelled by their characters however the tokens divide them.
    public init(_ text: String, boost: Double) {
      spelling = .text(text)
      self.boost = boost
    }

    /// A phrase in tokens.
    public init(tokens: [Int], boost: Double) {
      spelling = .tokens(tokens)
      self.boost = boost
    }
  }

  /// The phrases.
  public var phrases: [Phrase]

  /// These phrases.
  public init(_ phrases: [Phrase]) { self.phrases = phrases }

  /// The phrases as tokens can spell them, as `TokenVocabulary.folded` has them. Those in tokens stay, and
  /// those that nothing would be left of.
  ///
  /// - Complexity: O(length of the phrases · tokens that match at a place).
  public func folded(_ vocabulary: TokenVocabulary, _ folding: TextFolding) -> PhraseBias {
    let texts = vocabulary.folded(phrases.map(\.text), folding)
    return PhraseBias(
      zip(phrases, texts).map { phrase, text in
        phrase.isText && !text.isEmpty ? Phrase(text, boost: phrase.boost) : phrase
      })
  }

  /// Phrases that share a boost.
  public init(_ texts: some Sequence<String>, boost: Double) {
    phrases = texts.map { Phrase($0, boost: boost) }
  }
}
