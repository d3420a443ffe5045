/// For each prefix of a beam, the prefixes in the same beam that are one token longer.
struct BeamChildren: ~Copyable {
  struct Child: BitwiseCopyable {
    var token: Int32
    var word: Int32
    /// The next child of the same prefix; -1 for the last.
    var next: Int32
  }

  private var first = Scratch<Int32>()
  private var children = Scratch<Child>()
  // The tokens of the current prefix's children have the current mark.
  private var marks = Scratch<Int>()
  private var mark = 0

  init(vocabulary: Int) {
    marks.resize(to: vocabulary)
    marks.values.update(repeating: 0)
  }

  /// Forgets all children; the beam has `count` prefixes now.
  mutating func removeAll(count: Int) {
    children.removeAll()
    first.resize(to: count)
    first.values.update(repeating: -1)
  }

  /// Adds a child of the prefix at an index of the beam.
  @inline(__always)
  mutating func add(_ token: Int32, _ word: Int32, of slot: Int) {
    let index = Int32(children.count)
    children.append(Child(token: token, word: word, next: first[slot]))
    first[slot] = index
  }

  /// Marks the tokens of a prefix's children.
  @inline(__always)
  mutating func mark(of slot: Int) {
    mark += 1
    var child = first[slot]
    while child >= 0 {
      marks[Int(children[Int(child)].token)] = mark
      child = children[Int(child)].next
    }
  }

  /// Whether the prefix whose children were marked last has a child with this token.
  @inline(__always)
  func isMarked(_ token: Int32) -> Bool { marks[Int(token)] == mark }

  /// Whether a prefix has a child with a token and a word.
  func contains(_ token: Int32, _ word: Int32, of slot: Int) -> Bool {
    var child = first[slot]
    while child >= 0 {
      let known = children[Int(child)]
      if known.token == token && known.word == word { return true }
      child = known.next
    }
    return false
  }
}
