/// Rows of lattice states in memory: all of them, or the last few in turn.
struct LatticeRows<Value: BitwiseCopyable> {
  private let base: UnsafeMutablePointer<Value>
  private let stateCount: Int
  private let kept: Int

  /// Keeps the last `kept` rows (at least 2, or 1 where nothing moves) of `stateCount` states.
  init(_ scratch: ScratchMemory, stateCount: Int, kept: Int) {
    base = scratch.reserve(Value.self, count: stateCount * kept)
    self.stateCount = stateCount
    self.kept = kept
  }

  /// The row after `frame` frames.
  @inline(__always)
  subscript(frame: Int) -> UnsafeMutablePointer<Value> {
    base + (frame < kept ? frame : frame % kept) * stateCount
  }
}

/// Memory that grows to the largest request and is reused, so that no frame or sample allocates.
final class ScratchMemory {
  private var memory: UnsafeMutableRawPointer?
  private var capacity = 0
  /// How many requests in a row took less than a quarter of a large memory.
  private var smallRequests = 0

  /// Memory of at least so many bytes is given back after so many requests in a row for less than a quarter of it: what
  /// one enormous sample took is not kept for ever.
  private static let large = (bytes: 1 << 20, requests: 1024)

  /// Room for `count` values, uninitialised; ends the life of the values of the request before.
  func reserve<Value: BitwiseCopyable>(
    _ type: Value.Type, count: Int
  ) -> UnsafeMutablePointer<Value> {
    let bytes = max(1, count) * MemoryLayout<Value>.stride
    let isSmall = capacity >= Self.large.bytes && bytes < capacity / 4
    smallRequests = isSmall ? smallRequests + 1 : 0
    if bytes > capacity || smallRequests == Self.large.requests {
      smallRequests = 0
      memory?.deallocate()
      memory = .allocate(byteCount: bytes, alignment: 64)
      capacity = bytes
    }
    return memory.unsafelyUnwrapped.bindMemory(to: Value.self, capacity: max(1, count))
  }

  deinit { memory?.deallocate() }
}
