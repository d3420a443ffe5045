import CLibrary

/// The temporary files of this process that have not been renamed yet.
///
/// A lock makes each step atomic: a file is either on the list, or it does not exist under its
/// temporary name.
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

  /// Creates a file that must not exist.
  ///
  /// - Returns: Its descriptor; negative if it fails, with `errno` set.
  static func create(_ path: String, mode: mode_t) -> Int32 {
    locked {
      let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode)
      if descriptor >= 0 { paths.insert(path) }
      return descriptor
    }
  }

  /// Renames a file, replacing an existing file of that name.
  ///
  /// - Returns: 0; otherwise the C library's result, and the file is still on the list.
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

  /// Removes all unfinished files and keeps the lock, so that no file is created or renamed
  /// afterwards.
  ///
  /// For a process that a signal asks to end. It takes a lock, so call it from a thread that waits
  /// for the signal, never from a signal handler.
  package static func removeAllForExit() {
    pthread_mutex_lock(mutex)
    for path in paths { unlink(path) }
  }
}

/// The C library's function, which the enumeration's own function hides.
private func renameFile(_ old: String, _ new: String) -> Int32 { rename(old, new) }
