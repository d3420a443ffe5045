import CLibrary

/// A file that replaces the one of its name only when it is whole.
///
/// The bytes go to a temporary file beside the place, which gets the name in ``finish()``. Until then, and
/// where writing fails, an older file stays as it is; a writer that is let go before removes its temporary
/// file. Symbolic links are followed: the file that they lead to is replaced. The new file has the
/// permissions of the old one and, where the system allows it, its owner and group; without an older file
/// the permissions are those of any new file (`umask`).
///
/// Devices, named pipes and open descriptors (`/dev/null`, `/dev/stdout`, `/dev/fd/3`) are written directly.
public final class OutputFile {
  /// The path as the caller gave it.
  public let path: String
  private var stream: UnsafeMutablePointer<FILE>?
  /// The temporary file and the name that it will have; nil where the place is written directly.
  private var replacement: (temporary: String, final: String)?

  /// Opens the place for writing; nothing is there under its name yet.
  ///
  /// - Throws: ``TensorFileError`` where the path names a folder, an older file or the folder is not
  ///   writable, or the folder is not there.
  public init(_ path: String) throws(TensorFileError) {
    self.path = path
    let descriptor: Int32
    switch try OutputPlace(path) {
    case .descriptor(let number): descriptor = dup(number)
    case .stream(let place): descriptor = open(place, O_WRONLY | O_CLOEXEC)
    case .file(let place, let status):
      // Renaming needs no right to write the old file; replacing one that is protected would surprise.
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
  /// - Throws: ``TensorFileError`` where the disk is full or the file has reached its largest size.
  public func write(_ text: String) throws(TensorFileError) {
    var text = text
    if let error = text.withUTF8({ write(UnsafeRawBufferPointer($0)) }) { throw error }
  }

  /// Appends the bytes of elements.
  ///
  /// - Throws: ``TensorFileError`` where the disk is full or the file has reached its largest size.
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

  /// Hands all bytes to the system: what ``finish()`` could find wrong with them is found now.
  ///
  /// - Throws: ``TensorFileError`` where they could not be written, now or before.
  public func flush() throws(TensorFileError) {
    guard let stream else { throw TensorFileError(path, "is finished") }
    guard fflush(stream) == 0 else { throw TensorFileError(path, MappedFile.lastError) }
    // A write that failed before must not pass for a whole file.
    guard ferror(stream) == 0 else { throw TensorFileError(path, "could not be written") }
  }

  /// Gives the file its name.
  ///
  /// - Throws: ``TensorFileError`` where bytes could not be written, now or before: the older file stays.
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
  /// - Throws: ``TensorFileError`` where the file cannot be written; an older one stays.
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
      // A name of its own, so that it is never longer than the system allows.
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
      // Another group must not get the rights that the old one had.
      mode &= ~0o070 | (mode & 0o007) << 3
    }
    fchmod(descriptor, mode)
  }
}
