import NGramModels

/// A trie of symbol sequences. Node 0 is the empty sequence, and a child's number is greater than
/// its parent's.
struct SymbolTrie: Sendable {
  private var edges = PairTable()

  /// The number of nodes.
  var count: Int { edges.count + 1 }

  /// The node of a sequence below `node`, which is inserted if it is missing.
  mutating func insert(_ symbols: some Sequence<UInt32>, below node: Int32 = 0) -> Int32 {
    var node = UInt32(bitPattern: node)
    for symbol in symbols {
      var child = edges[node, symbol]
      if child == 0 {
        child = UInt32(count)
        edges.insert(node, symbol, child)
      }
      node = child
    }
    return Int32(bitPattern: node)
  }

  /// Calls `body` with every edge, in any order.
  func forEachEdge(_ body: (_ node: Int32, _ symbol: UInt32, _ child: Int32) -> Void) {
    edges.forEach { body(Int32(bitPattern: $0), $1, Int32(bitPattern: $2)) }
  }

  /// The trie for inner loops.
  struct View: BitwiseCopyable {
    fileprivate let edges: PairTable.View

    /// The child of a node, or -1.
    @inline(__always)
    func child(_ node: Int32, _ symbol: UInt32) -> Int32 {
      let child = edges.number(UInt32(bitPattern: node), symbol)
      return child == 0 ? -1 : Int32(bitPattern: child)
    }
  }

  /// An immutable copy of the trie.
  struct Frozen: Sendable {
    private let keys: FrozenArray<UInt64>
    private let numbers: FrozenArray<UInt32>

    init(_ trie: SymbolTrie) {
      keys = FrozenArray(trie.edges.keys)
      numbers = FrozenArray(trie.edges.numbers)
    }

    var view: View { View(edges: PairTable.View(keys: keys.view, numbers: numbers.view)) }
  }
}
