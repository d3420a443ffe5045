extension PairTable {
  /// Ends a debug build if an invariant of the table does not hold. O(buckets).
  func checkInvariants() {
    #if DEBUG
      precondition(keys.count == numbers.count)
      precondition(keys.count & (keys.count - 1) == 0, "the number of buckets is no power of two")
      precondition(2 * count <= keys.count, "more than half of the buckets are taken")
      precondition(numbers.count { $0 != 0 } == count)
      forEach { first, second, number in
        precondition(self[first, second] == number, "a pair cannot be found")
      }
    #endif
  }
}
