/// The phrases as a tree of tokens; node 0 is before all of them.
struct KeywordTree: Sendable {
  struct Node: Sendable {
    var token: Int
    var parent: Int
    var children: [Int] = []
    /// The phrases that end here, and in how many tokens, separators excepted.
    var phrases: [Int] = []
    /// Whether it is a separator that only marks where a phrase begins or ends.
    var isMark = false
    /// A path this far below the best can end in no detection.
    var leastLogRatio = 0.0
  }

  let nodes: [Node]
  let tokenCounts: [Int]
  /// The node after the separator before a phrase; the root where there is none.
  let beginning: Int

  init(_ spellings: [[Int]], separator: Int?, leastLogRatio: Double) {
    // A mark is another symbol than the same token within a phrase.
    func symbol(_ token: Int, isMark: Bool) -> UInt32 { UInt32(token) << 1 | (isMark ? 1 : 0) }
    let mark = separator.map { [symbol($0, isMark: true)] } ?? []
    var trie = SymbolTrie()
    beginning = Int(trie.insert(mark))
    let ends = spellings.map { tokens in
      Int(trie.insert(mark + tokens.map { symbol($0, isMark: false) } + mark))
    }
    var nodes = [Node](repeating: Node(token: -1, parent: -1), count: trie.count)
    trie.forEachEdge { node, symbol, child in
      nodes[Int(child)].token = Int(symbol >> 1)
      nodes[Int(child)].isMark = symbol & 1 == 1
      nodes[Int(child)].parent = Int(node)
    }
    for child in nodes.indices.dropFirst() { nodes[nodes[child].parent].children.append(child) }
    for (phrase, end) in ends.enumerated() {
      nodes[end].phrases.append(phrase)
      // The longest phrase below may lose the most.
      let least = leastLogRatio * Double(spellings[phrase].count)
      var node = end
      while node >= 0 {
        nodes[node].leastLogRatio = min(nodes[node].leastLogRatio, least)
        node = nodes[node].parent
      }
    }
    self.nodes = nodes
    tokenCounts = spellings.map(\.count)
  }
}
