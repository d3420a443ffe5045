import CLibrary

/// Whether this process is the child of one whose threads have worked for us.
///
/// A child has the thread that called `fork` alone, but its memory says that the pool has others: work given to them
/// would wait for ever, as in PyTorch's data loaders. Such a child does its work on the calling thread.
enum Fork {
  // Written once before threads are started, and in a child that has one thread.
  nonisolated(unsafe) private static var isChild = false

  private static let isWatching: Bool =
    pthread_atfork(nil, nil, { Fork.isChild = true }) == 0

  static var leftThreadsBehind: Bool { isChild }

  /// To be called before work is given to other threads.
  static func willStartThreads() { _ = isWatching }
}
