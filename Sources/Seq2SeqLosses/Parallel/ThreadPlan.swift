import Dispatch

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Which thread computes which sample: fixed before the work begins, from the samples' costs alone.
///
/// A sample is computed whole by one thread into memory of its own, so results do not depend on the
/// number of threads to the bit.
struct ThreadPlan {
  /// The samples of each thread.
  let shares: [[Int]]

  /// Longest first, each to the thread with the least work so far (Graham 1969).
  init(costs: [Double], threads: Int) {
    let count = max(1, min(threads, costs.count))
    var shares = [[Int]](repeating: [], count: count)
    var loads = [Double](repeating: 0, count: count)
    let longestFirst = costs.indices.sorted {
      costs[$0] == costs[$1] ? $0 < $1 : costs[$0] > costs[$1]
    }
    for sample in longestFirst {
      var lightest = 0
      for thread in 1..<max(1, count) where loads[thread] < loads[lightest] { lightest = thread }
      shares[lightest].append(sample)
      loads[lightest] += costs[sample]
    }
    self.shares = shares
  }

  /// Calls `body` once a share, each on a thread of its own; returns when all are done.
  func run(_ body: (_ samples: [Int]) -> Void) {
    if shares.count == 1 {
      body(shares[0])
    } else {
      // Safe: shares are disjoint, and a sample's results have memory of their own.
      nonisolated(unsafe) let body = body
      DispatchQueue.concurrentPerform(iterations: shares.count) { body(shares[$0]) }
    }
  }

  /// The number of processors that are online.
  static var processorCount: Int { max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))) }
}
