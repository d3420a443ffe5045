import NGramModels
import Seq2SeqLosses

/// A lexicon for one vocabulary: the prefix tree of its spellings.
///
/// Invariants:
/// - A child's index is above its parent's, and no word ends at the root.
/// - A node's best score is at least that of each of its children.
/// - Each word ends at one node, or at none if it repeats an earlier one.
struct LexiconTree: Sendable {
  /// The words as they are written.
  let words: [String]
  /// Whether spellings consist of token indices, so that symbols are tokens rather than letters.
  let isOfTokens: Bool
  private let trie: SymbolTrie.Frozen
  // The words that end at each node: `endings[starts[node]..<starts[node + 1]]`.
  private let starts: FrozenArray<Int32>
  private let endings: FrozenArray<Int32>
  // The largest score of a word below each node.
  private let bestScores: FrozenArray<Double>
  // The set of symbols of each node's children.
  private let children: FrozenArray<UInt64>

  /// - Throws: ``InputError`` if a spelling is empty, or contains a token that is not in the
  ///   vocabulary.
  init(
    _ lexicon: Lexicon, _ vocabulary: TokenVocabulary, scores: (Int) -> Double
  ) throws(InputError) {
    words = lexicon.words
    var trie = SymbolTrie()
    var ends: [Int32] = []
    switch lexicon.spelling {
    case .characters:
      isOfTokens = vocabulary.texts == nil
      guard !isOfTokens else {
        throw InputError("lexicon", "words in characters, where the tokens have no texts")
      }
      for (index, word) in words.enumerated() {
        let symbols = vocabulary.symbols(of: word)
        guard !symbols.isEmpty, !symbols.contains(TokenVocabulary.boundary) else {
          throw InputError(
            "lexicon", position: index, "\(quoted(word)): \(UnspellableText.notOneWord)")
        }
        ends.append(trie.insert(symbols))
      }
    case .tokens(let spellings):
      isOfTokens = true
      for (index, tokens) in spellings.enumerated() {
        if let problem = tokens.lazy.compactMap(vocabulary.problem(ofToken:)).first {
          throw InputError("lexicon", position: index, "\(problem), in \(quoted(words[index]))")
        }
        if let problem = vocabulary.problem(ofSpelling: tokens) {
          throw InputError("lexicon", position: index, "\(quoted(words[index])): \(problem)")
        }
        if UnspellableText.isEmpty(words[index]) {
          throw InputError("lexicon", position: index, UnspellableText.empty)
        }
        // Every word ends with a separator, whether it is written or not.
        let word = tokens.trimmingSeparators(vocabulary)
        ends.append(trie.insert(word.map(TokenVocabulary.symbol(ofToken:))))
      }
    }
    Self.dropRepeated(words, &ends)
    self.trie = SymbolTrie.Frozen(trie)
    (starts, endings) = Self.collect(ends, count: trie.count)
    bestScores = FrozenArray(Self.bestScores(trie, ends, scores))
    var children = [UInt64](repeating: SymbolSet.none, count: trie.count)
    trie.forEachEdge { node, symbol, _ in children[Int(node)] |= SymbolSet.bit(of: symbol) }
    self.children = FrozenArray(children)
    checkInvariants(trie)
  }

  /// Sets the end of a word to -1 if the same word with the same spelling came before, because it
  /// would be the same hypothesis.
  private static func dropRepeated(_ words: [String], _ ends: inout [Int32]) {
    struct Entry: Hashable {
      let word: ExactText
      let end: Int32
    }
    var entries = Set<Entry>(minimumCapacity: words.count)
    for index in words.indices
    where !entries.insert(Entry(word: ExactText(words[index]), end: ends[index])).inserted {
      ends[index] = -1
    }
  }

  /// Groups the words by the nodes at which they end.
  private static func collect(
    _ ends: [Int32], count: Int
  ) -> (starts: FrozenArray<Int32>, endings: FrozenArray<Int32>) {
    var starts = [Int32](repeating: 0, count: count + 1)
    for node in ends where node >= 0 { starts[Int(node) + 1] += 1 }
    for node in 1..<starts.count { starts[node] += starts[node - 1] }
    var next = starts
    var endings = [Int32](repeating: 0, count: ends.count)
    for (word, node) in ends.enumerated() where node >= 0 {
      endings[Int(next[Int(node)])] = Int32(word)
      next[Int(node)] += 1
    }
    return (FrozenArray(starts), FrozenArray(endings))
  }

  private static func bestScores(
    _ trie: SymbolTrie, _ ends: [Int32], _ scores: (Int) -> Double
  ) -> [Double] {
    var best = [Double](repeating: -.infinity, count: trie.count)
    for (word, node) in ends.enumerated() where node >= 0 {
      best[Int(node)] = max(best[Int(node)], scores(word))
    }
    var parents = [Int32](repeating: 0, count: trie.count)
    trie.forEachEdge { node, _, child in parents[Int(child)] = node }
    // A child's number is greater than its parent's.
    for node in stride(from: trie.count - 1, to: 0, by: -1) {
      let parent = Int(parents[node])
      best[parent] = max(best[parent], best[node])
    }
    return best
  }

  /// The tree for inner loops.
  var view: View {
    View(
      trie: trie.view, starts: starts.view, endings: endings.view, bestScores: bestScores.view,
      children: children.view)
  }

  struct View: BitwiseCopyable {
    let trie: SymbolTrie.View
    fileprivate let starts: UnsafeBufferPointer<Int32>
    fileprivate let endings: UnsafeBufferPointer<Int32>
    /// The largest score of a word below each node.
    let bestScores: UnsafeBufferPointer<Double>
    /// The ``SymbolSet`` of each node's children.
    let children: UnsafeBufferPointer<UInt64>

    /// The words that end at a node.
    @inline(__always)
    func words(at node: Int32) -> UnsafeBufferPointer<Int32> {
      let first = Int(starts[Int(node)])
      return UnsafeBufferPointer(
        start: endings.baseAddress.unsafelyUnwrapped + first,
        count: Int(starts[Int(node) + 1]) - first)
    }
  }
}

extension TokenVocabulary {
  /// The reason why tokens, none of which is the blank, are not a word of a lexicon; nil if they
  /// are.
  func problem(ofSpelling tokens: [Int]) -> String? {
    if tokens.isEmpty { return "no tokens" }
    let word = tokens.trimmingSeparators(self)
    if word.isEmpty { return UnspellableText.onlySeparators }
    guard let separator = word.first(where: isBoundaryAlone) else { return nil }
    return "a separator, \(name(of: separator)), within its tokens"
  }
}

extension [Int] {
  /// The tokens without the separators at both ends.
  fileprivate func trimmingSeparators(_ vocabulary: TokenVocabulary) -> ArraySlice<Int> {
    guard let first = firstIndex(where: { !vocabulary.isBoundaryAlone($0) }),
      let last = lastIndex(where: { !vocabulary.isBoundaryAlone($0) })
    else { return [] }
    return self[first...last]
  }
}
