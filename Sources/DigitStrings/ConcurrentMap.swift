import Dispatch

/// The values of `body` for `0..<count`, in order, computed by at most `threads` threads.
///
/// If `body` depends only on its index, so does the result: any number of threads gives the same
/// bits.
func concurrentMap<Value: Sendable>(
  count: Int, threads: Int, _ body: @Sendable (Int) -> Value
) -> [Value] {
  precondition(threads > 0)
  // The count of the shared empty array would be written, which is a data race between threads.
  guard count > 0 else { return [] }
  return [Value](unsafeUninitializedCapacity: count) { buffer, initializedCount in
    // Each element is written once, by the iteration that owns it.
    nonisolated(unsafe) let slots = buffer
    DispatchQueue.concurrentPerform(iterations: threads) { thread in
      for index in stride(from: thread, to: count, by: threads) {
        slots.initializeElement(at: index, to: body(index))
      }
    }
    initializedCount = count
  }
}
