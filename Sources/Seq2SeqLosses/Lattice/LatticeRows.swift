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

  /// Room for `count` values, uninitialised; ends the life of the values of the request before.
  func reserve<Value: BitwiseCopyable>(
    _ type: Value.Type, count: Int
  ) -> UnsafeMutablePointer<Value> {
    let bytes = max(1, count) * MemoryLayout<Value>.stride
    if bytes > capacity {
      memory?.deallocate()
      memory = .allocate(byteCount: bytes, alignment: 64)
      capacity = bytes
    }
    return memory.unsafelyUnwrapped.bindMemory(to: Value.self, capacity: max(1, count))
  }

  deinit { memory?.deallocate() }
}
