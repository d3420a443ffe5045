/// A tree of sequences of symbols: node 0 is the empty one.
///
/// Children are found in one hash table with open addressing, so a step costs the same at every node.
struct SymbolTrie: Sendable {
  /// The number of nodes.
  private(set) var count = 1
  // (node, symbol) and the child; a child of 0 is an empty place, since nothing leads to the root.
  private var keys = [UInt64](repeating: 0, count: 16)
  private var children = [Int32](repeating: 0, count: 16)

  /// The child of a node, or -1.
  private func child(_ node: Int32, _ symbol: UInt32) -> Int32 {
    children.withUnsafeBufferPointer { children in
      keys.withUnsafeBufferPointer { keys in
        View(keys: keys, children: children).child(node, symbol)
      }
    }
  }

  /// The node of a sequence below `node`, made where it was not there.
  mutating func insert(_ symbols: some Sequence<UInt32>, below node: Int32 = 0) -> Int32 {
    var node = node
    for symbol in symbols { node = insert(symbol, below: node) }
    return node
  }

  private mutating func insert(_ symbol: UInt32, below node: Int32) -> Int32 {
    let known = child(node, symbol)
    guard known < 0 else { return known }
    if 2 * count >= keys.count { grow() }
    let child = Int32(count)
    count += 1
    place(Self.key(node, symbol), child)
    return child
  }

  /// Calls `body` with every edge, in no order.
  func forEachEdge(_ body: (_ node: Int32, _ symbol: UInt32, _ child: Int32) -> Void) {
    for (key, child) in zip(keys, children) where child != 0 {
      body(Int32(key >> 32), UInt32(truncatingIfNeeded: key), child)
    }
  }

  private mutating func grow() {
    let (oldKeys, oldChildren) = (keys, children)
    keys = [UInt64](repeating: 0, count: 2 * oldKeys.count)
    children = [Int32](repeating: 0, count: 2 * oldKeys.count)
    for (key, child) in zip(oldKeys, oldChildren) where child != 0 { place(key, child) }
  }

  private mutating func place(_ key: UInt64, _ child: Int32) {
    let place = children.withUnsafeBufferPointer { children in
      keys.withUnsafeBufferPointer { keys in View(keys: keys, children: children).place(key) }
    }
    keys[place] = key
    children[place] = child
  }

  fileprivate static func key(_ node: Int32, _ symbol: UInt32) -> UInt64 {
    UInt64(UInt32(bitPattern: node)) << 32 | UInt64(symbol)
  }

  /// The tree for inner loops.
  struct View: BitwiseCopyable {
    let keys: UnsafeBufferPointer<UInt64>
    let children: UnsafeBufferPointer<Int32>

    /// The child of a node, or -1.
    @inline(__always)
    func child(_ node: Int32, _ symbol: UInt32) -> Int32 {
      let child = children[place(SymbolTrie.key(node, symbol))]
      return child == 0 ? -1 : child
    }

    /// Where a key is, or where it would go. Fibonacci hashing, then the next place.
    @inline(__always)
    fileprivate func place(_ key: UInt64) -> Int {
      let mask = keys.count - 1
      var hash = key &* 0x9E37_79B9_7F4A_7C15
      hash ^= hash >> 32
      var place = Int(truncatingIfNeeded: hash) & mask
      while children[place] != 0 && keys[place] != key { place = (place + 1) & mask }
      return place
    }
  }

  /// The tree as it is, for good.
  struct Frozen: Sendable {
    private let keys: FrozenArray<UInt64>
    private let children: FrozenArray<Int32>

    init(_ trie: SymbolTrie) {
      keys = FrozenArray(trie.keys)
      children = FrozenArray(trie.children)
    }

    var view: View { View(keys: keys.view, children: children.view) }
  }
}
