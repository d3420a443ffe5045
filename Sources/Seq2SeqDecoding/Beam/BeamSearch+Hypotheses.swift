extension BeamSearch {
  /// The best hypotheses of the beam, best first, as at the end of the text or before it.
  func hypotheses(
    _ vocabulary: TokenVocabulary, count: Int, isFinal: Bool
  ) -> [Hypothesis] {
    var prefixes: [PrefixTree.Scored] = []
    forEachPrefix { prefixes.append(.init(prefix: $0, acoustic: $1)) }
    return expansion.tree.hypotheses(
      prefixes, expansion.session, vocabulary, count: count, isFinal: isFinal
    )
    .map(\.hypothesis)
  }

  /// The tokens that all prefixes of the beam begin with. Later frames cannot change them.
  func stableTokens() -> [Int] {
    var prefixes: [Int32] = []
    forEachPrefix { prefix, _ in prefixes.append(prefix) }
    return expansion.tree.commonTokens(of: prefixes)
  }
}
