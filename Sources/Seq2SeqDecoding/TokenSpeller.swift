/// Divides symbols among tokens: which tokens, one after the other, have exactly these symbols.
///
/// Texts are compared by their scalars, or bytes, never as readers see them: "ộ" in one scalar and in three are
/// different tokens.
struct TokenSpeller {
  private let trie: SymbolTrie.Frozen
  // The lowest token that ends at each node; -1 where none does.
  private let tokens: [Int]
  /// Whether some tokens begin, or end, words by a mark of their own.
  let hasBeginnings, hasEndings: Bool

  init(_ vocabulary: TokenVocabulary) {
    var trie = SymbolTrie()
    var ends: [(node: Int32, token: Int)] = []
    var (hasBeginnings, hasEndings) = (false, false)
    for token in 0..<vocabulary.count where token != vocabulary.blank {
      let symbols = vocabulary.symbols[token]
      guard !symbols.isEmpty else { continue }
      ends.append((trie.insert(symbols), token))
      if symbols.contains(where: { $0 != TokenVocabulary.boundary }) {
        hasBeginnings = hasBeginnings || symbols.first == TokenVocabulary.boundary
        hasEndings = hasEndings || symbols.last == TokenVocabulary.boundary
      } else if !vocabulary.isSeparator(token) {
        // "▁" alone.
        hasBeginnings = true
      }
    }
    self.hasBeginnings = hasBeginnings
    self.hasEndings = hasEndings
    var tokens = [Int](repeating: -1, count: trie.count)
    for (node, token) in ends.reversed() { tokens[Int(node)] = token }
    self.tokens = tokens
    self.trie = SymbolTrie.Frozen(trie)
  }

  /// The fewest tokens; of several ways with as many, the one whose first token is longest, and so on.
  ///
  /// - Returns: nil where no tokens have these symbols.
  /// - Complexity: O(symbols · longest token).
  func spell(_ symbols: [UInt32]) -> [Int]? {
    let trie = trie.view
    // From each place to the end: how many tokens, and the first of them with its length.
    var best = [(count: Int, token: Int, length: Int)?](repeating: nil, count: symbols.count + 1)
    best[symbols.count] = (0, -1, 0)
    for start in symbols.indices.reversed() {
      var node: Int32 = 0
      for end in start..<symbols.count {
        node = trie.child(node, symbols[end])
        if node < 0 { break }
        guard tokens[Int(node)] >= 0, let rest = best[end + 1] else { continue }
        // Longer ones come later, and win where they are as few.
        if best[start].map({ rest.count + 1 <= $0.count }) ?? true {
          best[start] = (rest.count + 1, tokens[Int(node)], end + 1 - start)
        }
      }
    }
    guard best[0] != nil else { return nil }
    var spelled: [Int] = []
    var place = 0
    while place < symbols.count, let step = best[place] {
      spelled.append(step.token)
      place += step.length
    }
    return spelled
  }

  /// Whether tokens have these symbols, the last of which may have more behind them.
  ///
  /// - Parameter starts: The places, from 0 to the number of symbols, where a token may begin.
  func covers(_ symbols: [UInt32], from starts: [Bool]) -> Bool {
    let trie = trie.view
    var isReached = starts
    for start in symbols.indices where isReached[start] {
      var node: Int32 = 0
      for end in start..<symbols.count {
        node = trie.child(node, symbols[end])
        if node < 0 { break }
        if end == symbols.count - 1 { return true }
        if tokens[Int(node)] >= 0 { isReached[end + 1] = true }
      }
    }
    return isReached[symbols.count]
  }

  /// A word's tokens, with the marks of its beginning or end where the tokens have such.
  ///
  /// - Parameter isFirst: Whether it is the first of a text, which some vocabularies leave without a mark.
  func spell(word: [UInt32], isFirst: Bool) -> [Int]? {
    let boundary = [TokenVocabulary.boundary]
    if hasBeginnings {
      return spell(boundary + word) ?? (isFirst ? spell(word) : nil)
    }
    return hasEndings ? spell(word + boundary) : spell(word)
  }
}

extension TokenVocabulary {
  /// Whether a token is the one between words.
  func isSeparator(_ token: Int) -> Bool {
    guard let texts, !wordSeparator.isEmpty else { return false }
    return texts[token].unicodeScalars.elementsEqual(wordSeparator.unicodeScalars)
  }

  /// Whether a token says only that a word begins or ends.
  func isBoundaryAlone(_ token: Int) -> Bool {
    let symbols = symbols[token]
    return !symbols.isEmpty && symbols.allSatisfy { $0 == Self.boundary }
  }

  /// The lowest token that stands between words, if one does.
  var separator: Int? { (0..<count).first { $0 != blank && isSeparator($0) } }
}
