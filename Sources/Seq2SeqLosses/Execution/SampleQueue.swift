import CLibrary
import Dispatch

/// A queue of samples that threads take in turn, the most expensive first (Graham 1969).
///
/// One thread computes a whole sample in its own memory, so the results are the same to the bit for
/// any distribution. A thread that wakes up late takes fewer samples.
package struct SampleQueue {
  private let order: [Int]
  private let threads: Int

  /// A queue of samples with these costs for at most `threads` threads.
  package init(costs: [Double], threads: Int) {
    order = costs.indices.sorted {
      costs[$0] == costs[$1] ? $0 < $1 : costs[$0] > costs[$1]
    }
    self.threads = max(1, min(threads, costs.count))
  }

  /// Calls `body` once per thread; `next` returns a sample, or nil if none is left. Returns when
  /// all samples are done.
  package func run(_ body: (_ next: () -> Int?) -> Void) {
    let cursor = Cursor()
    guard threads > 1, !Fork.leftThreadsBehind else {
      var position = 0
      SubnormalNumbers.keep {
        body {
          defer { position += 1 }
          return position < order.count ? order[position] : nil
        }
      }
      return
    }
    Fork.willStartThreads()
    // Safe: no two threads get the same sample, and each sample's results have their own memory.
    nonisolated(unsafe) let body = body
    DispatchQueue.concurrentPerform(iterations: threads) { _ in
      SubnormalNumbers.keep {
        body {
          let position = cursor.advance()
          return position < order.count ? order[position] : nil
        }
      }
    }
  }

  /// Returns one result per sample, in the samples' order.
  func map<Result>(_ body: (_ sample: Int) -> Result) -> [Result] {
    [Result](count: order.count) { results in
      // Safe: each result is initialized only by the thread that has its sample.
      nonisolated(unsafe) let results = results
      run { next in
        while let sample = next() { results.initializeElement(at: sample, to: body(sample)) }
      }
    }
  }

  /// The same, with the memory of a thread, from a workspace if there is one.
  func map<Memory: ThreadMemory, Result>(
    reusing workspace: LossWorkspace?, _ body: (_ memory: Memory, _ sample: Int) -> Result
  ) -> [Result] {
    [Result](count: order.count) { results in
      // Safe: each result is initialized only by the thread that has its sample.
      nonisolated(unsafe) let results = results
      run { next in
        let memory = workspace?.borrow(Memory.self) ?? Memory()
        while let sample = next() {
          results.initializeElement(at: sample, to: body(memory, sample))
        }
        workspace?.giveBack(memory)
      }
    }
  }

  /// A counter that any number of threads may advance.
  private final class Cursor: @unchecked Sendable {
    // Protects `position`.
    private let turn = DispatchSemaphore(value: 1)
    private var position = 0

    func advance() -> Int {
      turn.wait()
      defer { turn.signal() }
      defer { position += 1 }
      return position
    }
  }

  /// The number of processors that are online, read once, because on Linux reading it opens a file.
  package static let processorCount = max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))
}
