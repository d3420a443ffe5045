import Foundation

/// The output of the commands. All errors are reported, whereas `Swift.print` ignores them.
///
/// Only the main thread prints.
enum StandardOutput {
  nonisolated(unsafe) private static var buffer: [UInt8] = []
  private static let isTerminal = isatty(STDOUT_FILENO) == 1
  private static let largestBuffer = 1 << 16

  /// A failed write to standard output.
  struct Failure: Error, CustomStringConvertible {
    let code: Int32
    var description: String { "standard output: \(String(cString: strerror(code)))" }
    /// Whether the reader of a pipe has closed it, as `head` does. This is not reported as an
    /// error.
    var isClosedPipe: Bool { code == EPIPE }
  }

  /// - Throws: ``Failure``.
  static func write(_ text: String) throws {
    buffer += text.utf8
    if isTerminal || buffer.count >= largestBuffer { try flush() }
  }

  /// Passes the output to the operating system.
  ///
  /// - Throws: ``Failure``.
  static func flush() throws {
    // Output that could not be written is not tried again.
    defer { buffer.removeAll(keepingCapacity: true) }
    let code = Self.write(buffer, to: STDOUT_FILENO)
    guard code == 0 else { throw Failure(code: code) }
  }

  /// Flushes and closes. Some file systems report only on closing that they are full.
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
  /// - Returns: 0, or the system's error number.
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

  /// Opens the standard descriptors that are closed, so that no other file gets their numbers.
  /// Writing to a descriptor that was closed remains an error.
  static func reserveDescriptors() {
    for descriptor in STDIN_FILENO...STDERR_FILENO
    where fcntl(descriptor, F_GETFD) == -1 && errno == EBADF {
      // `open` takes the lowest free number. This descriptor cannot be used in the wrong direction.
      _ = open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY)
    }
  }
}

/// Prints to ``StandardOutput``; hides Swift's own `print`, which ignores errors.
func print(_ text: String, terminator: String = "\n") throws {
  try StandardOutput.write(text + terminator)
}

/// Messages and the progress bar. They are dropped if standard error cannot be written.
enum StandardError {
  static func write(_ text: String) {
    _ = StandardOutput.write(Array(text.utf8), to: STDERR_FILENO)
  }
}
