import Seq2SeqLosses

/// Phrases that a decoder prefers (hotwords, contextual biasing), each with a boost.
///
/// The score of a hypothesis includes the boost of a phrase, in nats, once for each occurrence. During the search, part of
/// the boost is added while a phrase is unfinished, and subtracted if the match breaks, so the final score has the boosts
/// of complete phrases only. If the vocabulary separates words, phrases match whole words. If a phrase occurs twice in the
/// list, or two phrases become equal by folding, the last boost counts.
public struct PhraseBias: Sendable {
  /// A phrase and its boost.
  public struct Phrase: Sendable, Equatable {
    enum Spelling: Sendable, Equatable {
      case text(String)
      case tokens([Int])
    }
    let spelling: Spelling
    var isText: Bool { if case .text = spelling { true } else { false } }
    /// The text of the phrase; empty if it is given in tokens.
    public var text: String {
      if case .text(let text) = spelling { text } else { "" }
    }
    /// The score added for each occurrence, in nats; negative for phrases to avoid. Its magnitude is at most 1e9, because a
    /// larger one would erase the posteriors from the sum.
    public var boost: Double

    /// A phrase in characters, however the tokens divide them.
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

  /// A bias with these phrases.
  public init(_ phrases: [Phrase]) { self.phrases = phrases }

  /// The phrases, folded as by `TokenVocabulary.folded` so that the tokens can spell them. Phrases in tokens are unchanged,
  /// and so are those whose folded text would be empty.
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
