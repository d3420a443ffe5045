import Seq2SeqLosses

/// Phrases that a decoder prefers (hotwords, contextual biasing), each with a boost.
///
/// A hypothesis gets a phrase's boost, in nats, for each occurrence of the phrase. While it is
/// inside a phrase it has part of the boost in advance, which is withdrawn if the match breaks, so
/// the final score contains only the boosts of complete phrases. If the vocabulary separates words,
/// phrases match whole words. If a phrase occurs twice, also after folding, its last boost counts.
public struct PhraseBias: Sendable {
  /// A phrase and its boost.
  public struct Phrase: Sendable, Equatable {
    enum Spelling: Sendable, Equatable {
      case text(String)
      case tokens([Int])
    }
    let spelling: Spelling
    var isText: Bool { if case .text = spelling { true } else { false } }
    /// The text of the phrase; empty for a phrase given as tokens.
    public var text: String {
      if case .text(let text) = spelling { text } else { "" }
    }
    /// The boost, in nats; negative for phrases to avoid. Its magnitude is at most 1e9, because
    /// larger boosts would leave no digits for the log-probabilities.
    public var boost: Double

    /// A phrase of words that are spelled by their characters, in any division into tokens.
    public init(_ text: String, boost: Double) {
      spelling = .text(text)
      self.boost = boost
    }

    /// A phrase given as tokens.
    public init(tokens: [Int], boost: Double) {
      spelling = .tokens(tokens)
      self.boost = boost
    }
  }

  /// The phrases.
  public var phrases: [Phrase]

  /// These phrases.
  public init(_ phrases: [Phrase]) { self.phrases = phrases }

  /// The phrases in a form that the tokens can spell, as with `TokenVocabulary.folded`. Phrases
  /// given as tokens are unchanged, and so are phrases of which nothing would be left.
  ///
  /// - Complexity: O(length of the phrases · tokens that match at a place).
  public func folded(_ vocabulary: TokenVocabulary, _ folding: TextFolding) -> PhraseBias {
    let texts = vocabulary.folded(phrases.map(\.text), folding)
    return PhraseBias(
      zip(phrases, texts).map { phrase, text in
        phrase.isText && !text.isEmpty ? Phrase(text, boost: phrase.boost) : phrase
      })
  }

  /// Phrases with the same boost.
  public init(_ texts: some Sequence<String>, boost: Double) {
    phrases = texts.map { Phrase($0, boost: boost) }
  }
}
