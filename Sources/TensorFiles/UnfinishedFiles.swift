import CLibrary

/// The temporary files of this process that have not got their names yet.
///
/// A lock makes each step whole: a file is either on the list or not there under its temporary name.
package enum UnfinishedFiles {
  nonisolated(unsafe) private static var paths: Set<String> = []
  nonisolated(unsafe) private static let mutex: UnsafeMutablePointer<pthread_mutex_t> = {
    let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    pthread_mutex_init(mutex, nil)
    return mutex
  }()

  private static func locked<Value>(_ body: () -> Value) -> Value {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return body()
  }

  /// Makes a file that did not exist.
  ///
  /// - Returns: Its descriptor; negative, with `errno` set, where that fails.
  static func create(_ path: String, mode: mode_t) -> Int32 {
    locked {
      let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode)
      if descriptor >= 0 { paths.insert(path) }
      return descriptor
    }
  }

  /// Gives a file its name, in the place of another that may have it.
  ///
  /// - Returns: 0; else the C library's error, and the file is still on the list.
  static func rename(_ path: String, to name: String) -> Int32 {
    locked {
      guard renameFile(path, name) == 0 else { return errno }
      paths.remove(path)
      return 0
    }
  }

  /// Removes a file.
  static func remove(_ path: String) {
    locked {
      unlink(path)
      paths.remove(path)
    }
  }

  /// Removes all of them, and keeps the lock: nothing is made or renamed afterwards.
  ///
  /// For the end of a process that a signal asks to stop. It takes a lock, so it is to be called from a
  /// thread that waits for the signal, never from a signal handler.
  package static func removeAllForExit() {
    pthread_mutex_lock(mutex)
    for path in paths { unlink(path) }
  }
}

/// The C library's function; the enumeration has one of the same name.
private func renameFile(_ old: String, _ new: String) -> Int32 { rename(old, new) }
