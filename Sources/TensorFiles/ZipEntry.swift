/// An entry of a zip archive: its record in the central directory, checked against its local
/// header.
///
/// Format: PKWARE's APPNOTE.TXT, sections 4.3.7, 4.3.12 and 4.5.3.
struct ZipEntry {
  /// The size of a record without name, extra fields and comment, in bytes.
  static let recordSize = 46

  let name: String
  let flags: UInt16
  let method: UInt16
  let checksum: UInt32
  /// The size after decompression, according to the record.
  let size: UInt64
  /// The range of the local header and the data in the archive.
  let range: Range<Int>
  /// The range of the data.
  let data: Range<Int>
  /// The position of the next record.
  let nextRecord: Int

  /// - Throws: ``TensorFileError`` if the record is truncated, or if the entry is not at its stated
  ///   position.
  init(
    record: Int, in directory: Range<Int>, of bytes: UnsafeRawBufferPointer, _ path: String
  ) throws(TensorFileError) {
    func short(_ place: Int) -> UInt16 { bytes.integer(at: place, as: UInt16.self) }
    func word(_ place: Int) -> UInt32 { bytes.integer(at: place, as: UInt32.self) }
    guard record <= directory.upperBound - Self.recordSize, bytes.hasSignature(1, 2, at: record)
    else { throw TensorFileError(path, "the zip archive has no directory record at \(record)") }
    let nameEnd = record + Self.recordSize + Int(short(record + 28))
    let extraEnd = nameEnd + Int(short(record + 30))
    nextRecord = extraEnd + Int(short(record + 32))
    guard nextRecord <= directory.upperBound else {
      throw TensorFileError(path, "the zip archive's directory record at \(record) is cut short")
    }
    let nameBytes = bytes[record + Self.recordSize..<nameEnd]
    let name = String(decoding: nameBytes, as: UTF8.self)
    self.name = name
    flags = short(record + 8)
    method = short(record + 10)
    checksum = word(record + 16)

    var large = LargeFields(bytes, in: nameEnd..<extraEnd)
    guard let size = large.value(word(record + 24)), let dataCount = large.value(word(record + 20)),
      let start = large.value(word(record + 42))
    else {
      throw TensorFileError(path, "entry '\(name)' has no zip64 field for what 32 bits cannot hold")
    }
    self.size = size
    guard short(record + 34) == 0 else {
      throw TensorFileError(path, "entry '\(name)' is in another volume of the zip archive")
    }

    let end = directory.lowerBound
    guard end >= 30, start <= end - 30, bytes.hasSignature(3, 4, at: Int(start)) else {
      throw TensorFileError(path, "entry '\(name)' is not at \(start), where the directory has it")
    }
    let header = Int(start)
    let localNameEnd = header + 30 + Int(short(header + 26))
    let dataStart = localNameEnd + Int(short(header + 28))
    guard dataStart <= end, dataCount <= end - dataStart else {
      throw TensorFileError(
        path,
        "entry '\(name)' is cut short: its \(dataCount) bytes at \(dataStart) end after \(end)")
    }
    guard bytes[header + 30..<localNameEnd].elementsEqual(nameBytes), method == short(header + 8),
      (flags ^ short(header + 6)) & Self.encrypted == 0
    else {
      throw TensorFileError(path, "entry '\(name)' differs from the header at \(header)")
    }
    data = dataStart..<dataStart + Int(dataCount)
    range = header..<data.upperBound
  }

  /// The flags for encryption: of the data (0), strong (6) and of the headers (13).
  static let encrypted: UInt16 = 1 << 0 | 1 << 6 | 1 << 13
}

/// The numbers of a record that may exceed 32 bits. A field of all ones refers to the next 64-bit
/// number of extra field 1.
private struct LargeFields {
  private let bytes: UnsafeRawBufferPointer
  private var rest = 0..<0

  init(_ bytes: UnsafeRawBufferPointer, in extra: Range<Int>) {
    self.bytes = bytes
    var place = extra.lowerBound
    while place <= extra.upperBound - 4 {
      let kind = bytes.integer(at: place, as: UInt16.self)
      let end = place + 4 + Int(bytes.integer(at: place + 2, as: UInt16.self))
      guard end <= extra.upperBound else { return }
      if kind == 1 {
        rest = place + 4..<end
        return
      }
      place = end
    }
  }

  /// The number itself, or the next 64-bit number; nil if that is missing.
  mutating func value(_ short: UInt32) -> UInt64? {
    guard short == .max else { return UInt64(short) }
    guard rest.count >= 8 else { return nil }
    defer { rest = rest.lowerBound + 8..<rest.upperBound }
    return bytes.integer(at: rest.lowerBound, as: UInt64.self)
  }
}
