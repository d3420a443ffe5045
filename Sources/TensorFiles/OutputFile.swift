import CLibrary
import MappedFiles

/// A file that appears under its name, or replaces an older file, only when it is complete.
///
/// The bytes go to a temporary file in the same folder, which is renamed in ``finish()``. Until
/// then, and if writing fails, an older file is unchanged. If the object is released before, it
/// removes its temporary file. Symbolic links are followed: the file that they lead to is replaced.
/// The new file has the permissions of the older one and, if the system allows it, its owner and
/// group. Without an older file it has the permissions of any new file (`umask`).
///
/// Devices, named pipes and open descriptors (`/dev/null`, `/dev/stdout`, `/dev/fd/3`) are written
/// directly.
public final class OutputFile {
  /// The path as the caller gave it.
  public let path: String
  private var stream: UnsafeMutablePointer<FILE>?
  /// The temporary file and its final name; nil if the output is written directly.
  private var replacement: (temporary: String, final: String)?

  /// Opens the output for writing. There is no new file under its name yet.
  ///
  /// - Throws: ``TensorFileError`` if the path names a folder, if the older file or the folder is
  ///   not writable, or if the folder does not exist.
  public init(_ path: String) throws(TensorFileError) {
    self.path = path
    let descriptor: Int32
    switch try OutputPlace(path) {
    case .descriptor(let number): descriptor = dup(number)
    case .stream(let place): descriptor = open(place, O_WRONLY | O_CLOEXEC)
    case .file(let place, let status):
      // Renaming needs no permission to write the old file, but replacing a protected file would be
      // a surprise.
      guard faccessat(AT_FDCWD, place, W_OK, AT_EACCESS) == 0 else {
        throw TensorFileError(path, MappedFile.lastError)
      }
      descriptor = try makeTemporary(for: place, mode: 0o600)
      Self.copyRights(of: status, to: descriptor)
    case .new(let place): descriptor = try makeTemporary(for: place, mode: 0o666)
    }
    guard descriptor >= 0, let stream = fdopen(descriptor, "wb") else {
      let problem = MappedFile.lastError
      if descriptor >= 0 { close(descriptor) }
      discard()
      throw TensorFileError(path, problem)
    }
    self.stream = stream
  }

  deinit { discard() }

  /// Appends a text in UTF-8.
  ///
  /// - Throws: ``TensorFileError`` if the disk is full or the file has reached the largest size.
  public func write(_ text: String) throws(TensorFileError) {
    var text = text
    if let error = text.withUTF8({ write(UnsafeRawBufferPointer($0)) }) { throw error }
  }

  /// Appends the bytes of elements.
  ///
  /// - Throws: ``TensorFileError`` if the disk is full or the file has reached the largest size.
  public func write<Element: BitwiseCopyable>(
    _ elements: Span<Element>
  ) throws(TensorFileError) {
    if let error = elements.withUnsafeBytes({ write($0) }) { throw error }
  }

  private func write(_ bytes: UnsafeRawBufferPointer) -> TensorFileError? {
    guard let stream else { return TensorFileError(path, "is finished") }
    guard bytes.isEmpty || fwrite(bytes.baseAddress, 1, bytes.count, stream) == bytes.count else {
      return TensorFileError(path, MappedFile.lastError)
    }
    return nil
  }

  /// Passes all bytes to the operating system, so that errors that ``finish()`` would find are
  /// found now.
  ///
  /// - Throws: ``TensorFileError`` if this or an earlier write failed.
  public func flush() throws(TensorFileError) {
    guard let stream else { throw TensorFileError(path, "is finished") }
    guard fflush(stream) == 0 else { throw TensorFileError(path, MappedFile.lastError) }
    // An earlier write that failed must not be forgotten.
    guard ferror(stream) == 0 else { throw TensorFileError(path, "could not be written") }
  }

  /// Gives the file its name.
  ///
  /// - Throws: ``TensorFileError`` if this or an earlier write failed. The older file is then
  ///   unchanged.
  public func finish() throws(TensorFileError) {
    try flush()
    guard let stream else { return }
    self.stream = nil
    guard fclose(stream) == 0 else {
      let problem = MappedFile.lastError
      discard()
      throw TensorFileError(path, problem)
    }
    guard let (temporary, final) = replacement else { return }
    let error = UnfinishedFiles.rename(temporary, to: final)
    guard error == 0 else {
      discard()
      throw TensorFileError(path, String(cString: strerror(error)))
    }
    replacement = nil
  }

  /// Writes a whole text.
  ///
  /// - Throws: ``TensorFileError`` if the file cannot be written. An older file is then unchanged.
  public static func write(_ text: String, to path: String) throws(TensorFileError) {
    let file = try OutputFile(path)
    try file.write(text)
    try file.finish()
  }

  private func discard() {
    if let stream { fclose(stream) }
    stream = nil
    if let replacement { UnfinishedFiles.remove(replacement.temporary) }
    replacement = nil
  }

  private func makeTemporary(for place: String, mode: mode_t) throws(TensorFileError) -> Int32 {
    let folder = OutputPlace.folder(of: place)
    while true {
      // A short random name, because adding to the final name could exceed the system's limit.
      let temporary = "\(folder)/.\(String(UInt64.random(in: 0...(.max)), radix: 36)).partial"
      let descriptor = UnfinishedFiles.create(temporary, mode: mode)
      if descriptor >= 0 {
        replacement = (temporary, place)
        return descriptor
      }
      switch errno {
      case EEXIST, EINTR: continue
      case EACCES, EPERM, EROFS:
        throw TensorFileError(
          path, "the folder '\(folder)' is not writable: \(MappedFile.lastError)")
      default: throw TensorFileError(path, MappedFile.lastError)
      }
    }
  }

  /// Gives a new file the owner, group and permissions of an old one, as far as the system allows.
  private static func copyRights(of status: stat, to descriptor: Int32) {
    var mode = status.st_mode & 0o777
    if fchown(descriptor, status.st_uid, status.st_gid) != 0,
      fchown(descriptor, uid_t.max, status.st_gid) != 0
    {
      // If the group cannot be kept, the new group must not get the permissions of the old one.
      mode &= ~0o070 | (mode & 0o007) << 3
    }
    fchmod(descriptor, mode)
  }
}
