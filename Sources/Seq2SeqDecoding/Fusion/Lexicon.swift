import Seq2SeqLosses

/// The words that hypotheses may contain, with their spellings.
///
/// A word may have several spellings, and a spelling may belong to several words (homophones); each
/// combination is a separate hypothesis. A word that occurs twice with the same spelling counts
/// once. If the vocabulary separates words, a word ends at a separator; otherwise it ends wherever
/// its spelling ends.
public struct Lexicon: Sendable {
  /// A word and its spelling in tokens.
  public struct Entry: Sendable, Equatable {
    /// The word as it is written, and as a language model knows it.
    public var word: String
    /// The tokens; separators at the ends are ignored.
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

  /// The words, one for each spelling.
  public let words: [String]
  let spelling: Spelling

  /// Words that are spelled by their own characters, in any division into tokens.
  public init(words: some Sequence<String>) {
    self.words = Array(words)
    spelling = .characters
  }

  private init(_ words: [String], _ spelling: Spelling) {
    self.words = words
    self.spelling = spelling
  }

  /// The words that the tokens cannot spell. No decoder can output them, and a decoder whose
  /// lexicon contains one throws an error.
  ///
  /// Words given as tokens are included if they have no tokens, or only separators, or a separator
  /// inside, or if the texts of their tokens are empty. O(length of the words · longest token).
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

  /// Words that are spelled by other tokens, such as phones.
  public init(entries: some Sequence<Entry>) {
    let entries = Array(entries)
    words = entries.map(\.word)
    spelling = .tokens(entries.map(\.tokens))
  }
}
