import Foundation
import TensorFiles

/// The handling of signals.
enum Interruption {
  /// The signals that ask a process to end.
  private static let requests = [SIGINT, SIGTERM, SIGHUP, SIGQUIT]

  /// Makes sure that unfinished files are removed before a signal ends the process, and that
  /// failing writes are errors rather than signals. Call this before other threads are started.
  static func prepare() {
    signal(SIGPIPE, SIG_IGN)
    signal(SIGXFSZ, SIG_IGN)
    var awaited = sigset_t()
    sigemptyset(&awaited)
    // Signals that the caller ignores, as `nohup` does, stay ignored.
    for request in requests where !isIgnored(request) { sigaddset(&awaited, request) }
    pthread_sigmask(SIG_BLOCK, &awaited, nil)
    // A thread may take locks; a signal handler may not.
    Thread.detachNewThread { [awaited] in
      var awaited = awaited
      var number: Int32 = 0
      while sigwait(&awaited, &number) != 0 {}
      UnfinishedFiles.removeAllForExit()
      end(by: number)
    }
  }

  /// Ends the process by the signal's default action, so that a shell sees the signal.
  static func end(by number: Int32) -> Never {
    signal(number, SIG_DFL)
    var set = sigset_t()
    sigemptyset(&set)
    sigaddset(&set, number)
    pthread_sigmask(SIG_UNBLOCK, &set, nil)
    raise(number)
    exit(128 + number)
  }

  private static func isIgnored(_ number: Int32) -> Bool {
    guard let old = signal(number, SIG_DFL),
      unsafeBitCast(old, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
    else { return false }
    signal(number, SIG_IGN)
    return true
  }
}
