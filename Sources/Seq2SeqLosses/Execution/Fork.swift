import CLibrary

/// Whether this process was forked from one that used several threads.
///
/// A child process has only the thread that called `fork`, but its copy of the thread pool still
/// lists other threads. Work given to them would wait forever, for example in PyTorch's data
/// loaders. Such a child therefore computes on the calling thread.
enum Fork {
  // Written once, before threads are started, or in a child that has one thread.
  nonisolated(unsafe) private static var isChild = false

  private static let isWatching: Bool =
    pthread_atfork(nil, nil, { Fork.isChild = true }) == 0

  static var leftThreadsBehind: Bool { isChild }

  /// Call this before other threads are given work.
  static func willStartThreads() { _ = isWatching }
}
