extension LexiconTree {
  /// Ends a debug build if an invariant of the tree does not hold. O(nodes + words).
  func checkInvariants(_ trie: SymbolTrie) {
    #if DEBUG
      let view = view
      precondition(view.bestScores.count == trie.count && view.children.count == trie.count)
      var found = 0
      for node in 0..<Int32(trie.count) {
        for word in view.words(at: node) {
          precondition(words.indices.contains(Int(word)))
          found += 1
        }
      }
      precondition(found <= words.count, "a word ends at two nodes")
      precondition(view.words(at: 0).isEmpty, "a word without symbols")
      trie.forEachEdge { node, symbol, child in
        precondition(node < child && view.trie.child(node, symbol) == child)
        precondition(view.children[Int(node)] & SymbolSet.bit(of: symbol) != 0)
        precondition(
          view.bestScores[Int(node)] >= view.bestScores[Int(child)],
          "a better word below than the node knows of")
      }
    #endif
  }
}
