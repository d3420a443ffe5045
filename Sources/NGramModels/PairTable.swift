/// A table from pairs of numbers to numbers, such as the edges of a tree by node and symbol.
///
/// It is one hash table with open addressing, so a lookup costs the same at every node.
///
/// Invariants:
/// - The number of buckets is a power of two, and at most half of them are taken.
/// - The number 0 marks an empty bucket, because no edge leads to a root.
/// - No bucket is empty between the first bucket of a pair, by its hash, and the one that holds it.
package struct PairTable: Sendable {
  /// The number of pairs.
  package private(set) var count = 0
  /// The buckets; their number is a power of two.
  package private(set) var keys = [UInt64](repeating: 0, count: 16)
  package private(set) var numbers = [UInt32](repeating: 0, count: 16)

  package init() {}

  /// The number of a pair; 0 if the pair is not in the table.
  package subscript(first: UInt32, second: UInt32) -> UInt32 {
    @inline(__always) get {
      keys.withUnsafeBufferPointer { keys in
        numbers.withUnsafeBufferPointer { View(keys: keys, numbers: $0).number(first, second) }
      }
    }
  }

  /// Adds a pair that is not in the table, with a number of at least 1.
  package mutating func insert(_ first: UInt32, _ second: UInt32, _ number: UInt32) {
    if 2 * (count + 1) > keys.count { grow() }
    place(View.key(first, second), number)
    count += 1
  }

  /// Calls `body` with every pair and its number, in any order.
  package func forEach(_ body: (_ first: UInt32, _ second: UInt32, _ number: UInt32) -> Void) {
    for (key, number) in zip(keys, numbers) where number != 0 {
      body(UInt32(key >> 32), UInt32(truncatingIfNeeded: key), number)
    }
  }

  private mutating func grow() {
    let (oldKeys, oldNumbers) = (keys, numbers)
    keys = [UInt64](repeating: 0, count: 2 * oldKeys.count)
    numbers = [UInt32](repeating: 0, count: 2 * oldKeys.count)
    for (key, number) in zip(oldKeys, oldNumbers) where number != 0 { place(key, number) }
    checkInvariants()
  }

  private mutating func place(_ key: UInt64, _ number: UInt32) {
    let place = keys.withUnsafeBufferPointer { keys in
      numbers.withUnsafeBufferPointer { View(keys: keys, numbers: $0).place(key) }
    }
    keys[place] = key
    numbers[place] = number
  }

  /// The table for inner loops, including those of other modules.
  package struct View: BitwiseCopyable {
    @usableFromInline let keys: UnsafeBufferPointer<UInt64>
    @usableFromInline let numbers: UnsafeBufferPointer<UInt32>

    @inlinable
    package init(keys: UnsafeBufferPointer<UInt64>, numbers: UnsafeBufferPointer<UInt32>) {
      self.keys = keys
      self.numbers = numbers
    }

    /// The number of a pair; 0 if the pair is not in the table.
    @inlinable @inline(__always)
    package func number(_ first: UInt32, _ second: UInt32) -> UInt32 {
      numbers[place(Self.key(first, second))]
    }

    @inlinable @inline(__always)
    static func key(_ first: UInt32, _ second: UInt32) -> UInt64 {
      UInt64(first) << 32 | UInt64(second)
    }

    /// The bucket of a key, or the empty bucket where it would be stored (Fibonacci hashing, linear
    /// probing).
    @inlinable @inline(__always)
    func place(_ key: UInt64) -> Int {
      let mask = keys.count - 1
      var hash = key &* 0x9E37_79B9_7F4A_7C15
      hash ^= hash >> 32
      var place = Int(truncatingIfNeeded: hash) & mask
      while numbers[place] != 0 && keys[place] != key { place = (place + 1) & mask }
      return place
    }
  }
}
