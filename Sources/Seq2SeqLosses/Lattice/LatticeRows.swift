/// Rows of lattice states in memory: all rows, or the last few in a ring.
struct LatticeRows<Value: BitwiseCopyable> {
  private let base: UnsafeMutablePointer<Value>
  private let stateCount: Int
  private let kept: Int

  /// Keeps the last `kept` rows of `stateCount` states: at least 2, or 1 if rows do not depend on
  /// each other.
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

/// Scratch memory that grows to the largest request and is reused, so that no frame or sample
/// allocates memory.
final class ScratchMemory {
  private var memory: UnsafeMutableRawPointer?
  private var capacity = 0
  /// The number of consecutive requests for less than a quarter of a large memory.
  private var smallRequests = 0

  /// Memory of at least this many bytes is released after this many consecutive requests for less
  /// than a quarter of it, so that memory for one very large sample is not kept forever.
  private static let large = (bytes: 1 << 20, requests: 1024)

  /// Uninitialized memory for `count` values. It replaces the memory of the previous request.
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
