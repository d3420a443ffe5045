import Seq2SeqLosses

/// The words that a decoder may write, with their spellings.
///
/// A word may have several spellings, and a spelling several words (homophones): each is a hypothesis of
/// its own. Where the vocabulary separates words, a word ends at a separator; elsewhere it ends wherever
/// a spelling does.
public struct Lexicon: Sendable {
  /// A word in tokens.
  public struct Entry: Sendable, Equatable {
    /// The word as it is written, and as a language model knows it.
    public var word: String
    /// Its tokens, without separators.
    public var tokens: [Int]

    /// A word in tokens.
    public init(word: String, tokens: [Int]) {
      self.word = word
      self.tokens = tokens
    }
  }

  enum Spelling: Sendable {
    case characters
    case tokens([[Int]])
  }

  let words: [String]
  let spelling: Spelling

  /// Words that are spelled by their own characters, however the tokens divide them.
  public init(words: some Sequence<String>) {
    self.words = Array(words)
    spelling = .characters
  }

  /// Words that are spelled by tokens of another kind, such as phones.
  public init(entries: some Sequence<Entry>) {
    let entries = Array(entries)
    words = entries.map(\.word)
    spelling = .tokens(entries.map(\.tokens))
  }
}

/// A lexicon over a vocabulary: the tree of its spellings.
struct LexiconTree: Sendable {
  let words: [String]
  /// Whether spellings name tokens, so that symbols are tokens and not letters.
  let isOfTokens: Bool
  private var trie = SymbolTrie()
  // The words that end at each node: `endings[starts[node]..<starts[node + 1]]`.
  private var starts: [Int32] = []
  private var endings: [Int32] = []
  /// For each node the largest score of a word below it.
  private(set) var bestScores: [Double] = []

  /// - Throws: ``InputError`` where a spelling is empty, or has a token that is not in the vocabulary.
  init(
    _ lexicon: Lexicon, _ vocabulary: TokenVocabulary, scores: (Int) -> Double
  ) throws(InputError) {
    words = lexicon.words
    var ends: [Int32] = []
    switch lexicon.spelling {
    case .characters:
      isOfTokens = vocabulary.texts == nil
      guard !isOfTokens else {
        throw InputError("lexicon", "words in characters, where the tokens have no texts")
      }
      for (index, word) in words.enumerated() {
        let symbols = TokenVocabulary.symbols(of: word, separator: "")
        guard !symbols.isEmpty, !symbols.contains(TokenVocabulary.boundary) else {
          throw InputError("lexicon", position: index, "\"\(word.prefix(40))\" is not one word")
        }
        ends.append(trie.insert(symbols))
      }
    case .tokens(let spellings):
      isOfTokens = true
      for (index, tokens) in spellings.enumerated() {
        guard !tokens.isEmpty else {
          throw InputError("lexicon", position: index, "no tokens")
        }
        for token in tokens
        where !(0..<vocabulary.count).contains(token) || token == vocabulary.blank {
          throw InputError("lexicon", position: index, "\(token) is no token but the blank")
        }
        ends.append(trie.insert(tokens.map(TokenVocabulary.symbol(ofToken:))))
      }
    }
    collect(ends)
    spread(ends, scores)
  }

  private mutating func collect(_ ends: [Int32]) {
    var counts = [Int32](repeating: 0, count: trie.count + 1)
    for node in ends { counts[Int(node) + 1] += 1 }
    for node in 1..<counts.count { counts[node] += counts[node - 1] }
    starts = counts
    endings = [Int32](repeating: 0, count: ends.count)
    for (word, node) in ends.enumerated() {
      endings[Int(counts[Int(node)])] = Int32(word)
      counts[Int(node)] += 1
    }
  }

  private mutating func spread(_ ends: [Int32], _ scores: (Int) -> Double) {
    bestScores = [Double](repeating: -.infinity, count: trie.count)
    for (word, node) in ends.enumerated() {
      bestScores[Int(node)] = max(bestScores[Int(node)], scores(word))
    }
    var parents = [Int32](repeating: 0, count: trie.count)
    trie.forEachEdge { node, _, child in parents[Int(child)] = node }
    // A child's number is larger than its parent's.
    for node in stride(from: trie.count - 1, to: 0, by: -1) {
      let parent = Int(parents[node])
      bestScores[parent] = max(bestScores[parent], bestScores[node])
    }
  }

  /// The node one symbol further, or -1.
  @inline(__always)
  func child(_ node: Int32, _ symbol: UInt32) -> Int32 { trie.child(node, symbol) }

  /// The words that end at a node.
  @inline(__always)
  func words(at node: Int32) -> ArraySlice<Int32> {
    endings[Int(starts[Int(node)])..<Int(starts[Int(node) + 1])]
  }
}
