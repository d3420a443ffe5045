import CLibrary
import Dispatch

/// Samples that threads take one after the other, the costliest first (Graham 1969).
///
/// A sample is computed whole by one thread into memory of its own, so results do not depend to the bit on
/// which takes it. A thread that is late to wake takes fewer.
package struct SampleQueue {
  private let order: [Int]
  private let threads: Int

  /// Samples of these costs for at most so many threads.
  package init(costs: [Double], threads: Int) {
    order = costs.indices.sorted {
      costs[$0] == costs[$1] ? $0 < $1 : costs[$0] > costs[$1]
    }
    self.threads = max(1, min(threads, costs.count))
  }

  /// Calls `body` once a thread; `next` gives it a sample until there is none. Returns when all are done.
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
    // Safe: no two threads get the same sample, and a sample's results have memory of their own.
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

  /// One result a sample, in the samples' order; each thread has a workspace of its own.
  func map<Workspace, Result>(
    workspace: () -> Workspace, _ body: (_ workspace: Workspace, _ sample: Int) -> Result
  ) -> [Result] {
    [Result](count: order.count) { results in
      // Safe: each result is initialised by the thread that has its sample, and by no other.
      nonisolated(unsafe) let results = results
      run { next in
        let workspace = workspace()
        while let sample = next() {
          results.initializeElement(at: sample, to: body(workspace, sample))
        }
      }
    }
  }

  /// Counts up, for any number of threads.
  private final class Cursor: @unchecked Sendable {
    // Guards `position`.
    private let turn = DispatchSemaphore(value: 1)
    private var position = 0

    func advance() -> Int {
      turn.wait()
      defer { turn.signal() }
      defer { position += 1 }
      return position
    }
  }

  /// The number of processors that are online; asked for once, since on Linux that is a file to read.
  package static let processorCount = max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))
}
