import Dispatch

/// `body` of `0..<count`, in order, computed on at most `threads` threads.
///
/// Where `body` depends on its index alone, so does the result: it has the same bits for any number
/// of threads.
func concurrentMap<Value: Sendable>(
  count: Int, threads: Int, _ body: @Sendable (Int) -> Value
) -> [Value] {
  precondition(threads > 0)
  // Of the empty array the count is one place for all threads, and would be written.
  guard count > 0 else { return [] }
  return [Value](unsafeUninitializedCapacity: count) { buffer, initializedCount in
    // Each index is written once, by the one iteration that owns it.
    nonisolated(unsafe) let slots = buffer
    DispatchQueue.concurrentPerform(iterations: threads) { thread in
      for index in stride(from: thread, to: count, by: threads) {
        slots.initializeElement(at: index, to: body(index))
      }
    }
    initializedCount = count
  }
}
