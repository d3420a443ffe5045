import Seq2SeqLosses

/// The words that a decoder may write, with their spellings.
///
/// A word may have several spellings, and several words may share a spelling (homophones): each pair is a hypothesis of its
/// own. A repeated word with the same spelling counts once. If the vocabulary separates words, a word ends at a separator;
/// otherwise it ends where its spelling does.
public struct Lexicon: Sendable {
  /// A word and its spelling in tokens.
  public struct Entry: Sendable, Equatable {
    /// The word as hypotheses show it, and as a language model knows it.
    public var word: String
    /// Its tokens; separators at both ends are ignored.
    public var tokens: [Int]

    /// A word with its spelling in tokens.
    public init(word: String, tokens: [Int]) {
      self.word = word
      self.tokens = tokens
    }
  }

  enum Spelling: Sendable {
    case characters
    case tokens([[Int]])
  }

  /// The words as hypotheses show them, one for each spelling.
  public let words: [String]
  let spelling: Spelling

  /// A lexicon of words that are spelled by their own characters, however the tokens divide them.
  public init(words: some Sequence<String>) {
    self.words = Array(words)
    spelling = .characters
  }

  private init(_ words: [String], _ spelling: Spelling) {
    self.words = words
    self.spelling = spelling
  }

  /// The words that the tokens cannot spell; a decoder with such a word in its lexicon is an error.
  ///
  /// A word in tokens is one of them if it has no tokens, only separators, or a separator between other tokens, or if its
  /// text is empty.
  ///
  /// - Complexity: O(length of the words · longest token).
  public func unspellable(_ vocabulary: TokenVocabulary) -> [UnspellableText] {
    switch spelling {
    case .characters: return vocabulary.unspellable(words, areWords: true)
    case .tokens(let spellings):
      let tokens = 0..<vocabulary.count
      return zip(words, spellings).enumerated().compactMap { index, entry in
        guard entry.1.allSatisfy(tokens.contains) else { return nil }
        let problem =
          vocabulary.problem(ofSpelling: entry.1)
          ?? (UnspellableText.isEmpty(entry.0) ? UnspellableText.empty : nil)
        return problem.map { UnspellableText(index: index, text: entry.0, problem: $0) }
      }
    }
  }

  /// The lexicon without the words at some indices.
  package func without(_ places: Set<Int>) -> Lexicon {
    let kept = words.indices.filter { !places.contains($0) }
    let spelling: Spelling =
      switch spelling {
      case .characters: .characters
      case .tokens(let tokens): .tokens(kept.map { tokens[$0] })
      }
    return Lexicon(kept.map { words[$0] }, spelling)
  }

  /// A lexicon of words that are spelled by tokens, such as phones.
  public init(entries: some Sequence<Entry>) {
    let entries = Array(entries)
    words = entries.map(\.word)
    spelling = .tokens(entries.map(\.tokens))
  }
}
