import MappedFiles

/// Reads NumPy's `.npz` files: zip archives of `.npy` files, as `numpy.savez` and
/// `numpy.savez_compressed` write them.
///
/// Elements of stored arrays are read from the file in place, and are copied only if they are not
/// aligned; see ``Tensor/withElements(as:_:)``. Compressed arrays are decompressed into memory when
/// they are read, to at most 1,032 times the size of the file.
public enum NPZFile {
  /// Reads all arrays of a file, by their names without `.npy`.
  ///
  /// Complexity: O(size of the arrays), because each checksum is verified.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - loading: Whether the file is memory-mapped or copied into memory.
  /// - Throws: ``TensorFileError`` if the file cannot be opened or is not exactly one zip archive;
  ///   or, with the entry, if an entry is damaged, overlaps another entry or has its name, is
  ///   encrypted, uses a compression other than deflate, or is not an array that ``NPYFile`` can
  ///   read.
  public static func read(
    _ path: String, loading: FileLoading = .mapped
  ) throws(TensorFileError) -> [String: Tensor] {
    try read(MappedFile(path, loading))
  }

  /// Reads all arrays from a copy of a file's bytes; `path` names the file in errors.
  ///
  /// - Parameters:
  ///   - bytes: The content of the file.
  ///   - path: The name of the file in errors.
  /// - Throws: ``TensorFileError`` like ``read(_:loading:)``.
  public static func read(
    bytes: some Collection<UInt8>, path: String = ""
  ) throws(TensorFileError) -> [String: Tensor] {
    try read(MappedFile(copying: bytes, path: path))
  }

  /// Reads the array with this name, or the only array. Other entries may contain anything.
  ///
  /// Complexity: O(size of the array), because its checksum is verified, plus O(*n* log *n*) for
  /// *n* entries.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - name: The name of the array, without `.npy`; nil for the only array.
  ///   - loading: Whether the file is memory-mapped or copied into memory.
  /// - Throws: ``TensorFileError`` like ``read(_:loading:)``; also if there is no array with this
  ///   name, or if there are several arrays and no name is given.
  public static func read(
    _ path: String, name: String?, loading: FileLoading = .mapped
  ) throws(TensorFileError) -> Tensor {
    let archive = try archive(MappedFile(path, loading))
    var entries: [String: ZipEntry] = [:]
    for entry in archive.entries {
      if let name = arrayName(entry) { entries[name] = entry }
    }
    let entry = try NamedArrays.choose(name, of: entries, path).value
    return try tensor(entry, of: archive)
  }

  private static func read(_ file: MappedFile) throws(TensorFileError) -> [String: Tensor] {
    let archive = try archive(file)
    var tensors: [String: Tensor] = [:]
    for entry in archive.entries {
      guard let name = arrayName(entry) else { throw archive.error(entry, "is not an .npy file") }
      tensors[name] = try tensor(entry, of: archive)
    }
    return tensors
  }

  private static func archive(_ file: MappedFile) throws(TensorFileError) -> ZipArchive {
    guard ZipArchive.isArchive(file.bytes) else {
      throw TensorFileError(file.path, "not an .npz file")
    }
    return try ZipArchive(file)
  }

  /// An entry's name without `.npy`; nil if the entry is not an array.
  private static func arrayName(_ entry: ZipEntry) -> String? {
    entry.name.hasSuffix(".npy") ? String(entry.name.dropLast(4)) : nil
  }

  private static func tensor(
    _ entry: ZipEntry, of archive: ZipArchive
  ) throws(TensorFileError) -> Tensor {
    let contents = try archive.contents(of: entry)
    do {
      return try NPYFile.read(contents)
    } catch {
      throw archive.error(entry, "cannot be read: \(error.problem)")
    }
  }
}
