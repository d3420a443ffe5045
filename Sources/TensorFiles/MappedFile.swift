#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A regular file's bytes, read-only, for as long as the object lives: mapped, or copied into memory.
///
/// A file that another process shortens while it is mapped ends this process, as with any mapping:
/// the system gives no error to throw. See ``FileLoading``.
package final class MappedFile: Sendable {
  package let path: String
  /// The file's bytes; valid while the object lives.
  package nonisolated(unsafe) let bytes: UnsafeRawBufferPointer
  private let loading: FileLoading

  /// - Throws: ``TensorFileError`` where the file cannot be opened or is not a regular file.
  package init(_ path: String, _ loading: FileLoading = .mapped) throws(TensorFileError) {
    // Not blocking: a pipe without a writer would hang the open.
    let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else { throw TensorFileError(path, Self.lastError) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw TensorFileError(path, Self.lastError) }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw TensorFileError(path, "not a regular file")
    }
    self.path = path
    self.loading = loading
    guard let count = Int(exactly: status.st_size) else {
      throw TensorFileError(path, "too large for this machine's addresses")
    }
    guard count > 0 else {
      bytes = UnsafeRawBufferPointer(start: nil, count: 0)
      return
    }
    if loading == .copied {
      bytes = UnsafeRawBufferPointer(try Self.copy(descriptor, count, path))
      return
    }
    guard let start = mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, 0), start != MAP_FAILED
    else { throw TensorFileError(path, Self.lastError) }
    bytes = UnsafeRawBufferPointer(start: start, count: count)
  }

  private static func copy(
    _ descriptor: Int32, _ count: Int, _ path: String
  ) throws(TensorFileError) -> UnsafeMutableRawBufferPointer {
    // Not Swift's own allocation, which ends the process where there is not that much memory.
    guard let start = malloc(count) else {
      throw TensorFileError(path, "no memory for its \(count) bytes")
    }
    var position = 0
    while position < count {
      let part = pread(
        descriptor, start + position, min(count - position, 1 << 30), off_t(position))
      if part < 0 && errno == EINTR { continue }
      guard part > 0 else {
        let problem = part < 0 ? lastError : "\(position) bytes where \(count) were"
        free(start)
        throw TensorFileError(path, problem)
      }
      position += part
    }
    return UnsafeMutableRawBufferPointer(start: start, count: count)
  }

  /// A copy of bytes that are in memory; `path` names them in errors.
  package init(copying bytes: some Collection<UInt8>, path: String) {
    self.path = path
    loading = .copied
    guard !bytes.isEmpty, let start = malloc(bytes.count) else {
      precondition(bytes.isEmpty, "no memory for a copy of \(bytes.count) bytes")
      self.bytes = UnsafeRawBufferPointer(start: nil, count: 0)
      return
    }
    let copy = UnsafeMutableRawBufferPointer(start: start, count: bytes.count)
    copy.copyBytes(from: bytes)
    self.bytes = UnsafeRawBufferPointer(copy)
  }

  deinit {
    if loading == .copied {
      free(UnsafeMutableRawPointer(mutating: bytes.baseAddress))
      return
    }
    if let start = bytes.baseAddress {
      munmap(UnsafeMutableRawPointer(mutating: start), bytes.count)
    }
  }

  /// The text of the C library's last error.
  static var lastError: String { String(cString: strerror(errno)) }
}
