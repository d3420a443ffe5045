/// Numbers of pairs of numbers: the edges of trees, by node and symbol.
///
/// One hash table with open addressing, so a step costs the same at every node. A number of 0 is an empty
/// place: nothing leads to a root.
package struct PairTable: Sendable {
  /// How many pairs there are.
  package private(set) var count = 0
  /// The places, a power of two of them.
  package private(set) var keys = [UInt64](repeating: 0, count: 16)
  package private(set) var numbers = [UInt32](repeating: 0, count: 16)

  package init() {}

  /// The number of a pair; 0 where there is none.
  package subscript(first: UInt32, second: UInt32) -> UInt32 {
    @inline(__always) get {
      keys.withUnsafeBufferPointer { keys in
        numbers.withUnsafeBufferPointer { View(keys: keys, numbers: $0).number(first, second) }
      }
    }
  }

  /// Gives a pair that has none a number, 1 or more.
  package mutating func insert(_ first: UInt32, _ second: UInt32, _ number: UInt32) {
    if 2 * (count + 1) > keys.count { grow() }
    place(View.key(first, second), number)
    count += 1
  }

  /// Calls `body` with every pair and its number, in no order.
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
  }

  private mutating func place(_ key: UInt64, _ number: UInt32) {
    let place = keys.withUnsafeBufferPointer { keys in
      numbers.withUnsafeBufferPointer { View(keys: keys, numbers: $0).place(key) }
    }
    keys[place] = key
    numbers[place] = number
  }

  /// The table for inner loops, also of other modules.
  package struct View: BitwiseCopyable {
    @usableFromInline let keys: UnsafeBufferPointer<UInt64>
    @usableFromInline let numbers: UnsafeBufferPointer<UInt32>

    @inlinable
    package init(keys: UnsafeBufferPointer<UInt64>, numbers: UnsafeBufferPointer<UInt32>) {
      self.keys = keys
      self.numbers = numbers
    }

    /// The number of a pair; 0 where there is none.
    @inlinable @inline(__always)
    package func number(_ first: UInt32, _ second: UInt32) -> UInt32 {
      numbers[place(Self.key(first, second))]
    }

    @inlinable @inline(__always)
    static func key(_ first: UInt32, _ second: UInt32) -> UInt64 {
      UInt64(first) << 32 | UInt64(second)
    }

    /// Where a key is, or where it would go. Fibonacci hashing, then the next place.
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
