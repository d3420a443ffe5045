import MappedFiles

/// The entries of a zip archive, stored or deflated.
///
/// The archive is not trusted. Entries must not overlap, so their contents together are at most
/// 1,032 times the size of the archive. No two entries have the same name.
struct ZipArchive {
  /// The entries in the order of the directory.
  let entries: [ZipEntry]
  private let file: MappedFile

  /// Whether a file begins like a zip archive: with an entry or, in an empty archive, with the end
  /// record.
  static func isArchive(_ bytes: UnsafeRawBufferPointer) -> Bool {
    bytes.hasSignature(3, 4, at: 0) || bytes.hasSignature(5, 6, at: 0)
  }

  /// - Throws: ``TensorFileError`` if the directory or the position of an entry violates the
  ///   format.
  init(_ file: MappedFile) throws(TensorFileError) {
    self.file = file
    let directory = try ZipDirectory(file.bytes, file.path)
    var entries: [ZipEntry] = []
    var names: Set<String> = []
    var record = directory.range.lowerBound
    for _ in 0..<directory.count {
      let entry = try ZipEntry(record: record, in: directory.range, of: file.bytes, file.path)
      guard names.insert(entry.name).inserted else {
        throw TensorFileError(file.path, "entry '\(entry.name)' occurs twice")
      }
      entries.append(entry)
      record = entry.nextRecord
    }
    guard record == directory.range.upperBound else {
      throw TensorFileError(
        file.path, "the zip archive's directory has more than \(directory.count) entries")
    }
    self.entries = entries
    let sorted = entries.sorted { $0.range.lowerBound < $1.range.lowerBound }
    for (entry, next) in zip(sorted, sorted.dropFirst())
    where entry.range.upperBound > next.range.lowerBound {
      throw TensorFileError(file.path, "entries '\(entry.name)' and '\(next.name)' overlap")
    }
  }

  /// The contents of an entry: a part of the file, or decompressed into memory.
  ///
  /// - Throws: ``TensorFileError`` if the entry is encrypted, damaged, or compressed by another
  ///   method than deflate.
  func contents(of entry: ZipEntry) throws(TensorFileError) -> MappedFile {
    guard entry.flags & ZipEntry.encrypted == 0 else { throw error(entry, "is encrypted") }
    let contents =
      switch entry.method {
      case 0: try stored(entry)
      case 8: try inflated(entry)
      case let method:
        throw error(
          entry,
          "is compressed with \(Self.methods[method] ?? "method \(method)"), which is not supported"
        )
      }
    let library: ZLibrary
    do { library = try ZLibrary.load() } catch let problem {
      throw error(entry, "cannot be checked: \(problem)")
    }
    guard library.checksum(of: contents.bytes) == entry.checksum else {
      throw error(entry, "is damaged: its checksum differs")
    }
    return contents
  }

  /// An error about an entry.
  func error(_ entry: ZipEntry, _ problem: String) -> TensorFileError {
    TensorFileError(file.path, "entry '\(entry.name)' \(problem)")
  }

  private func stored(_ entry: ZipEntry) throws(TensorFileError) -> MappedFile {
    guard entry.size == entry.data.count else {
      throw error(entry, "has \(entry.data.count) bytes instead of \(entry.size)")
    }
    return MappedFile(entry.data, of: file)
  }

  private func inflated(_ entry: ZipEntry) throws(TensorFileError) -> MappedFile {
    // Deflate produces at most 258 bytes from two bits, so a wrong size cannot allocate too much
    // memory.
    guard entry.size / 1032 <= entry.data.count, let size = Int(exactly: entry.size) else {
      throw error(entry, "cannot have \(entry.size) bytes, compressed to \(entry.data.count)")
    }
    let compressed = UnsafeRawBufferPointer(rebasing: file.bytes[entry.data])
    // One more byte, to detect a stream that is longer than stated.
    let memory = try MappedFile(count: size + 1, path: file.path) {
      (buffer) throws(TensorFileError) in
      let inflater: Inflater
      do { inflater = try Inflater(compressed, .none) } catch let problem {
        throw error(entry, "cannot be decompressed: \(problem)")
      }
      let (count, status) = inflater.read(into: buffer)
      guard status == .complete, count == size, inflater.consumed == compressed.count else {
        throw error(
          entry, "is damaged: its \(compressed.count) compressed bytes do not hold \(size) bytes")
      }
    }
    return MappedFile(0..<size, of: memory)
  }

  private static let methods: [UInt16: String] = [
    9: "Deflate64", 12: "bzip2", 14: "LZMA", 93: "Zstandard", 95: "xz",
  ]
}
