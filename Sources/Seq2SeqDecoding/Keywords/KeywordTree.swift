/// The phrases as a prefix tree of tokens; node 0 is the root.
struct KeywordTree: Sendable {
  struct Node: Sendable {
    var token: Int
    var parent: Int
    var children: [Int] = []
    /// The phrases that end here, and their number of tokens without separators.
    var phrases: [Int] = []
    /// Whether the node is a separator that only marks the beginning or end of a phrase.
    var isMark = false
    /// A path with a lower log ratio than this cannot become a detection.
    var leastLogRatio = 0.0
  }

  let nodes: [Node]
  let tokenCounts: [Int]
  /// The node after the separator before a phrase; the root if there is no separator.
  let beginning: Int

  init(_ spellings: [[Int]], separator: Int?, leastLogRatio: Double) {
    // A mark has another symbol than the same token inside a phrase.
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
      // The longest phrase below a node allows the lowest ratio.
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
