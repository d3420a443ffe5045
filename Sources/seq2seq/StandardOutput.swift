import Foundation

/// What the commands print: every byte is checked, where `Swift.print` loses errors.
///
/// Only the main thread prints.
enum StandardOutput {
  nonisolated(unsafe) private static var buffer: [UInt8] = []
  private static let isTerminal = isatty(STDOUT_FILENO) == 1
  private static let largestBuffer = 1 << 16

  /// Standard output does not take what is written to it.
  struct Failure: Error, CustomStringConvertible {
    let code: Int32
    var description: String { "standard output: \(String(cString: strerror(code)))" }
    /// The reader of a pipe has gone, as `head` does: no error to speak of.
    var isClosedPipe: Bool { code == EPIPE }
  }

  /// - Throws: ``Failure``.
  static func write(_ text: String) throws {
    buffer += text.utf8
    if isTerminal || buffer.count >= largestBuffer { try flush() }
  }

  /// Hands what was printed to the system.
  ///
  /// - Throws: ``Failure``.
  static func flush() throws {
    // What could not be written is not tried again.
    defer { buffer.removeAll(keepingCapacity: true) }
    let code = Self.write(buffer, to: STDOUT_FILENO)
    guard code == 0 else { throw Failure(code: code) }
  }

  /// Flushes and closes: some file systems tell only then that they are full.
  ///
  /// - Throws: ``Failure``.
  static func finish() throws {
    try flush()
    guard close(STDOUT_FILENO) == 0 || errno == EBADF || errno == EINTR else {
      throw Failure(code: errno)
    }
  }

  /// Writes all bytes to a descriptor.
  ///
  /// - Returns: 0, or the system's error.
  static func write(_ bytes: [UInt8], to descriptor: Int32) -> Int32 {
    bytes.withUnsafeBytes { bytes in
      var rest = bytes[...]
      while !rest.isEmpty {
        let part = UnsafeRawBufferPointer(rebasing: rest)
        let count = Foundation.write(descriptor, part.baseAddress, part.count)
        if count < 0 {
          guard errno == EINTR else { return errno }
        } else {
          rest = rest.dropFirst(count)
        }
      }
      return 0
    }
  }

  /// Opens the standard descriptors that are closed, so that no other file takes their numbers: writing to
  /// one that was closed is still an error.
  static func reserveDescriptors() {
    for descriptor in STDIN_FILENO...STDERR_FILENO
    where fcntl(descriptor, F_GETFD) == -1 && errno == EBADF {
      // `open` takes the lowest number that is free. Standard input cannot be read so, nor the others written.
      _ = open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY)
    }
  }
}

/// Prints to ``StandardOutput``; hides Swift's own, which loses errors.
func print(_ text: String, terminator: String = "\n") throws {
  try StandardOutput.write(text + terminator)
}

/// Messages and the progress bar; where nobody can read them, they are lost.
enum StandardError {
  static func write(_ text: String) {
    _ = StandardOutput.write(Array(text.utf8), to: STDERR_FILENO)
  }
}
