/// A label sequence that a beam search has reached, with everything that depends on the labels alone.
///
/// Its probability changes with every frame, so the beam holds it.
struct Prefix: BitwiseCopyable {
  /// The prefix without the last token; -1 for the empty one.
  var parent: Int32
  /// The last token; -1 for the empty prefix.
  var token: Int32
  /// The first of the children, and the next child of the parent; -1 for none.
  var firstChild: Int32 = -1
  var nextSibling: Int32 = -1
  /// The place of the prefix in the beam, if it is there.
  var slot: Int32 = -1
  /// The possible ends of the unfinished word; the first is -1 until they are needed.
  var firstEnding: Int32 = -1
  var endingCount: Int32 = 0
  /// The fusion's state for it.
  var fused = FusedState()
}

/// All prefixes of a decoding, in an arena: prefixes refer to each other by their index.
///
/// Invariants:
/// - Prefix 0 is the empty one, and the only one without a parent.
/// - A parent's index is below its children's.
/// - The children of a prefix are linked from the youngest to the oldest, and no two have the same token and word, so
///   a prefix has one index until the next compaction.
struct PrefixTree: ~Copyable {
  private var prefixes = Scratch<Prefix>(capacity: 1024)

  init() {}

  var count: Int { prefixes.count }

  subscript(prefix: Int32) -> Prefix {
    @inline(__always) get { prefixes[Int(prefix)] }
    @inline(__always) nonmutating set { prefixes[Int(prefix)] = newValue }
  }

  /// The address of a prefix, valid until one is added.
  @inline(__always)
  func pointer(_ prefix: Int32) -> UnsafeMutablePointer<Prefix> {
    prefixes.base + Int(prefix)
  }

  mutating func addRoot(_ root: Prefix) { prefixes.append(root) }

  /// The child with this token and word, or -1.
  func child(of parent: Int32, token: Int32, word: Int32) -> Int32 {
    var child = prefixes.base[Int(parent)].firstChild
    while child >= 0 {
      let prefix = prefixes.base + Int(child)
      if prefix.pointee.token == token && prefix.pointee.fused.word == word { return child }
      child = prefix.pointee.nextSibling
    }
    return -1
  }

  mutating func add(_ prefix: Prefix) -> Int32 {
    let index = Int32(prefixes.count)
    var prefix = prefix
    let parent = prefixes.base + Int(prefix.parent)
    prefix.nextSibling = parent.pointee.firstChild
    parent.pointee.firstChild = index
    prefixes.append(prefix)
    return index
  }

  /// Drops all prefixes but those of the beam and their ancestors, without changing the order; returns the new number
  /// of each old prefix, -1 for those dropped.
  mutating func compact(keeping beam: some Sequence<Int32>) -> [Int32] {
    var numbers = [Int32](repeating: -1, count: count)
    numbers[0] = 0
    for prefix in beam {
      var prefix = prefix
      while prefix > 0 && numbers[Int(prefix)] < 0 {
        numbers[Int(prefix)] = 0
        prefix = self[prefix].parent
      }
    }
    var kept: Int32 = 0
    for old in 0..<count where numbers[old] >= 0 {
      numbers[old] = kept
      var prefix = prefixes[old]
      (prefix.firstChild, prefix.nextSibling) = (-1, -1)
      if prefix.parent >= 0 {
        prefix.parent = numbers[Int(prefix.parent)]
        prefix.nextSibling = prefixes[Int(prefix.parent)].firstChild
        prefixes.base[Int(prefix.parent)].firstChild = kept
      }
      prefixes[Int(kept)] = prefix
      kept += 1
    }
    prefixes.resize(to: Int(kept))
    checkInvariants()
    return numbers
  }
}
