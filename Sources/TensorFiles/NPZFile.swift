/// Reads NumPy's `.npz` files: zip archives of `.npy` files, as `numpy.savez` and `numpy.savez_compressed` write them.
///
/// The elements of stored arrays are read where they lie in the file; they are copied for use where they are not
/// aligned, as ``Tensor/withElements(as:_:)`` says. Compressed arrays are decompressed into memory when they are
/// read: at most 1,032 times the file's size.
public enum NPZFile {
  /// All arrays of the file at `path`, by their names without `.npy`.
  ///
  /// Complexity: O(size of the arrays), since each checksum is verified.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - loading: Whether stored elements are read when they are asked for, or at once.
  /// - Throws: ``TensorFileError`` that names the entry, where the file cannot be opened, is not one whole zip
  ///   archive, or an entry is damaged, overlaps another, has another's name, is encrypted or compressed in another
  ///   way than deflate, or is no array that ``NPYFile`` reads.
  public static func read(
    _ path: String, loading: FileLoading = .mapped
  ) throws(TensorFileError) -> [String: Tensor] {
    try read(MappedFile(path, loading))
  }

  /// All arrays in a copy of a file's bytes; `path` names them in errors.
  ///
  /// - Throws: ``TensorFileError`` as ``read(_:loading:)``.
  public static func read(
    bytes: some Collection<UInt8>, path: String = ""
  ) throws(TensorFileError) -> [String: Tensor] {
    try read(MappedFile(copying: bytes, path: path))
  }

  /// The array of that name, or the only one; what other entries hold does not matter.
  ///
  /// Complexity: O(size of the array), since its checksum is verified, and O(*n* log *n*) for *n* entries.
  ///
  /// - Throws: ``TensorFileError`` as ``read(_:loading:)``, or where there is no such array, or several and no name.
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

  /// An entry's name without `.npy`; nil for one that is no array.
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
