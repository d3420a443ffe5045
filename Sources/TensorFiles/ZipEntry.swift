/// A file within a zip archive: what its record in the central directory says, checked against its local header.
///
/// Format: PKWARE's APPNOTE.TXT, sections 4.3.7, 4.3.12 and 4.5.3.
struct ZipEntry {
  /// The bytes of a record without name, extra fields and comment.
  static let recordSize = 46

  let name: String
  let flags: UInt16
  let method: UInt16
  let checksum: UInt32
  /// What the record says about the size after decompression.
  let size: UInt64
  /// The local header and the data as the archive has them.
  let range: Range<Int>
  /// The data.
  let data: Range<Int>
  /// Where the next record is.
  let nextRecord: Int

  /// - Throws: ``TensorFileError`` where the record is cut short, or the entry is not where it says.
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

  /// The flags of encryption: of the data (0), strong (6) and of the headers (13).
  static let encrypted: UInt16 = 1 << 0 | 1 << 6 | 1 << 13
}

/// The numbers of a record that 32 bits cannot hold: a field of all ones stands for the next 64-bit number of the
/// extra field 1.
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

  /// The number itself, or the next 64-bit one; nil where that is missing.
  mutating func value(_ short: UInt32) -> UInt64? {
    guard short == .max else { return UInt64(short) }
    guard rest.count >= 8 else { return nil }
    defer { rest = rest.lowerBound + 8..<rest.upperBound }
    return bytes.integer(at: rest.lowerBound, as: UInt64.self)
  }
}
