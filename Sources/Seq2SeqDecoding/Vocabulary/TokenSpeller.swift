/// Finds the tokens that, one after the other, consist of exactly these symbols.
///
/// Texts are compared by scalars or bytes, not as readers see them: "ộ" as one scalar and as three
/// are different tokens.
struct TokenSpeller: Sendable {
  private let trie: SymbolTrie.Frozen
  // The lowest token that ends at each node; -1 if none does.
  private let tokens: [Int]
  /// Whether some tokens mark the beginning, or the end, of a word.
  let hasBeginnings, hasEndings: Bool

  init(_ vocabulary: TokenVocabulary) {
    var trie = SymbolTrie()
    var ends: [(node: Int32, token: Int)] = []
    var (hasBeginnings, hasEndings) = (false, false)
    // Tokens without texts spell nothing.
    let count = vocabulary.texts?.count ?? 0
    for token in 0..<count where token != vocabulary.blank {
      let symbols = vocabulary.symbols[token]
      guard !symbols.isEmpty else { continue }
      ends.append((trie.insert(symbols), token))
      if symbols.contains(where: { $0 != TokenVocabulary.boundary }) {
        hasBeginnings = hasBeginnings || symbols.first == TokenVocabulary.boundary
        hasEndings = hasEndings || symbols.last == TokenVocabulary.boundary
      } else if !vocabulary.isSeparator(token) {
        // The token is "▁" alone.
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

  /// The spelling with the fewest tokens; among equals, the one with the longest first token, then
  /// the longest second token, and so on.
  ///
  /// - Returns: nil if no tokens consist of these symbols.
  /// - Complexity: O(symbols · longest token).
  func spell(_ symbols: [UInt32]) -> [Int]? {
    let trie = trie.view
    return fewest(from: 0, to: symbols.count) { start, consider in
      var node: Int32 = 0
      for end in start..<symbols.count {
        node = trie.child(node, symbols[end])
        if node < 0 { break }
        if tokens[Int(node)] >= 0 { consider(end + 1, 0, tokens[Int(node)]) }
      }
    }
  }

  /// The best spelling among all that a lattice allows: at the smallest distance from the word,
  /// then with the fewest tokens, then with the longest first token, and so on.
  ///
  /// - Complexity: O(length · tokens that match at a place).
  private func spell(_ lattice: SpellingLattice, from start: Int, to end: Int) -> [Int]? {
    let trie = trie.view
    var walks: [(node: Int, place: Int32, distance: Int)] = []
    return fewest(from: start, to: end) { start, consider in
      walks.append((start, 0, 0))
      while let walk = walks.popLast() {
        for edge in lattice.edges[walk.node] where edge.end <= end {
          let distance = walk.distance + edge.distance
          guard let symbol = edge.symbol else {
            // Omits a character, before a token or within it.
            if walk.place == 0 {
              consider(edge.end, distance, -1)
            } else {
              walks.append((edge.end, walk.place, distance))
            }
            continue
          }
          let place = trie.child(walk.place, symbol)
          guard place >= 0 else { continue }
          if tokens[Int(place)] >= 0 { consider(edge.end, distance, tokens[Int(place)]) }
          walks.append((edge.end, place, distance))
        }
      }
    }
  }

  /// The best tokens from one place to another: at the smallest distance, then the fewest, then
  /// with the longest first token, and so on.
  ///
  /// - Parameter forEachStep: Calls its second argument for each token that begins at a place, with
  ///   the place after the token and the token's distance. If a place is skipped, it passes -1 for
  ///   the token.
  @inline(__always)
  private func fewest(
    from first: Int, to last: Int,
    _ forEachStep: (
      _ start: Int, _ consider: (_ end: Int, _ distance: Int, _ token: Int) -> Void
    ) -> Void
  ) -> [Int]? {
    struct Step {
      var distance = 0
      // The number of tokens up to the last place; -1 if the last place cannot be reached.
      var count = -1
      // -1 if a place is skipped.
      var token = -1
      var end = 0
    }
    // The best step from each place towards the last.
    var best = [Step](repeating: Step(), count: last + 1)
    best[last].count = 0
    for start in (first..<last).reversed() {
      forEachStep(start) { end, distance, token in
        let rest = best[end]
        guard rest.count >= 0 else { return }
        let step = Step(
          distance: distance + rest.distance, count: rest.count + (token < 0 ? 0 : 1),
          token: token, end: end)
        let other = best[start]
        let isBetter =
          if other.count < 0 {
            true
          } else if step.distance != other.distance {
            step.distance < other.distance
          } else if step.count != other.count {
            step.count < other.count
          } else {
            step.end > other.end
          }
        if isBetter { best[start] = step }
      }
    }
    guard best[first].count >= 0 else { return nil }
    var spelled: [Int] = []
    var place = first
    while place < last {
      let step = best[place]
      if step.token >= 0 { spelled.append(step.token) }
      place = step.end
    }
    return spelled
  }

  /// Whether tokens consist of these symbols; the last token may have more.
  ///
  /// - Parameter starts: Whether a token may begin at each place, from 0 to the number of symbols.
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

  /// The tokens of a word, with the marks of its beginning or end if the tokens have such marks.
  ///
  /// - Parameter isFirst: Whether it is the first word of a text, which some vocabularies do not
  ///   mark.
  func spell(word: [UInt32], isFirst: Bool) -> [Int]? {
    let boundary = [TokenVocabulary.boundary]
    if hasBeginnings {
      return spell(boundary + word) ?? (isFirst ? spell(word) : nil)
    }
    return hasEndings ? spell(word + boundary) : spell(word)
  }

  /// The same for a word with several spellings.
  func spell(word: SpellingLattice, isFirst: Bool) -> [Int]? {
    if hasBeginnings {
      return spell(word, from: 0, to: word.end)
        ?? (isFirst ? spell(word, from: word.start, to: word.end) : nil)
    }
    return spell(word, from: word.start, to: hasEndings ? word.end + 1 : word.end)
  }
}

extension TokenVocabulary {
  /// Whether a token is the separator between words.
  func isSeparator(_ token: Int) -> Bool {
    guard let texts, !wordSeparator.isEmpty else { return false }
    return texts[token].unicodeScalars.elementsEqual(wordSeparator.unicodeScalars)
  }

  /// Whether a token only marks the beginning or end of a word.
  func isBoundaryAlone(_ token: Int) -> Bool {
    let symbols = symbols[token]
    return !symbols.isEmpty && symbols.allSatisfy { $0 == Self.boundary }
  }

  /// The lowest token that separates words, if there is one.
  var separator: Int? { (0..<count).first { $0 != blank && isSeparator($0) } }
}
