import CLibrary

/// The read-only bytes of a regular file, memory-mapped or copied into memory, for as long as the
/// object exists. They may also be a part of another such object's bytes, or decompressed from
/// them.
///
/// If another process shortens a file while it is mapped, the operating system ends this process;
/// there is no error to throw. See ``FileLoading``.
package final class MappedFile: Sendable {
  package let path: String
  /// The file's bytes; valid as long as the object exists.
  package nonisolated(unsafe) let bytes: UnsafeRawBufferPointer
  private let memory: Memory

  /// The owner of the bytes, and how they are released.
  private enum Memory {
    case mapping, allocation
    /// Bytes of another object.
    case part(of: MappedFile)
  }

  /// - Throws: ``FileError`` if the file cannot be opened or is not a regular file.
  package init(_ path: String, _ loading: FileLoading = .mapped) throws(FileError) {
    // Without blocking, because opening a pipe without a writer would wait forever.
    let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError(path, Self.lastError) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw FileError(path, Self.lastError) }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw FileError(path, "not a regular file")
    }
    self.path = path
    memory = loading == .copied ? .allocation : .mapping
    guard let count = Int(exactly: status.st_size) else {
      throw FileError(path, "too large for this machine's addresses")
    }
    guard count > 0 else {
      bytes = UnsafeRawBufferPointer(start: nil, count: 0)
      return
    }
    if loading == .copied {
      bytes = try Self.allocate(count, path) { (copy) throws(FileError) in
        try Self.read(descriptor, into: copy, path)
      }
      return
    }
    guard let start = mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, 0), start != MAP_FAILED
    else { throw FileError(path, Self.lastError) }
    bytes = UnsafeRawBufferPointer(start: start, count: count)
  }

  /// Allocates memory that `fill` initializes.
  private static func allocate(
    _ count: Int, _ path: String,
    _ fill: (UnsafeMutableRawBufferPointer) throws(FileError) -> Void
  ) throws(FileError) -> UnsafeRawBufferPointer {
    // Not Swift's own allocation, which ends the process if there is not enough memory.
    guard let start = malloc(count) else {
      throw FileError(path, "no memory for its \(count) bytes")
    }
    let memory = UnsafeMutableRawBufferPointer(start: start, count: count)
    do { try fill(memory) } catch {
      free(start)
      throw error
    }
    return UnsafeRawBufferPointer(memory)
  }

  private static func read(
    _ descriptor: Int32, into copy: UnsafeMutableRawBufferPointer, _ path: String
  ) throws(FileError) {
    var position = 0
    while position < copy.count {
      let part = pread(
        descriptor, copy.baseAddress.unsafelyUnwrapped + position,
        min(copy.count - position, 1 << 30), off_t(position))
      if part < 0 && errno == EINTR { continue }
      guard part > 0 else {
        throw FileError(
          path, part < 0 ? lastError : "\(position) bytes where \(copy.count) were")
      }
      position += part
    }
  }

  /// A copy of bytes in memory; `path` names them in errors.
  package init(copying bytes: some Collection<UInt8>, path: String) {
    self.path = path
    memory = .allocation
    guard !bytes.isEmpty, let start = malloc(bytes.count) else {
      precondition(bytes.isEmpty, "no memory for a copy of \(bytes.count) bytes")
      self.bytes = UnsafeRawBufferPointer(start: nil, count: 0)
      return
    }
    let copy = UnsafeMutableRawBufferPointer(start: start, count: bytes.count)
    copy.copyBytes(from: bytes)
    self.bytes = UnsafeRawBufferPointer(copy)
  }

  /// A part of another file's bytes, without a copy.
  package init(_ range: Range<Int>, of file: MappedFile) {
    path = file.path
    bytes = UnsafeRawBufferPointer(rebasing: file.bytes[range])
    memory = .part(of: file)
  }

  /// Bytes that `fill` produces; `path` names the file that they come from.
  ///
  /// - Throws: ``FileError`` if there is not enough memory; errors of `fill`.
  package init(
    count: Int, path: String,
    filledBy fill: (UnsafeMutableRawBufferPointer) throws(FileError) -> Void
  ) throws(FileError) {
    self.path = path
    memory = .allocation
    bytes = try Self.allocate(count, path, fill)
  }

  deinit {
    guard let start = UnsafeMutableRawPointer(mutating: bytes.baseAddress) else { return }
    switch memory {
    case .mapping: munmap(start, bytes.count)
    case .allocation: free(start)
    case .part: break
    }
  }

  /// The description of the C library's last error.
  package static var lastError: String { String(cString: strerror(errno)) }
}
