/// The central directory of a zip archive, located by the records at the end of the archive.
///
/// Format: PKWARE's APPNOTE.TXT, sections 4.3.14 to 4.3.16. The archive must be the whole file:
/// nothing follows the comment of the end record, the end records directly follow the directory,
/// and there is one volume.
struct ZipDirectory {
  /// The range of the directory's records, one per entry.
  let range: Range<Int>
  /// The number of records; not more than fit into the range.
  let count: Int

  /// - Throws: ``TensorFileError`` if the records at the end are missing, or contradict each other
  ///   or the file.
  init(_ bytes: UnsafeRawBufferPointer, _ path: String) throws(TensorFileError) {
    guard let place = Self.endRecord(bytes) else {
      throw TensorFileError(path, "the zip archive is cut short, or followed by other bytes")
    }
    var end = EndRecord(
      disk: UInt64(bytes.integer(at: place + 4, as: UInt16.self)),
      directoryDisk: UInt64(bytes.integer(at: place + 6, as: UInt16.self)),
      countOnDisk: UInt64(bytes.integer(at: place + 8, as: UInt16.self)),
      count: UInt64(bytes.integer(at: place + 10, as: UInt16.self)),
      size: UInt64(bytes.integer(at: place + 12, as: UInt32.self)),
      offset: UInt64(bytes.integer(at: place + 16, as: UInt32.self)))
    var directoryEnd = place
    if let (large, start) = try Self.largeEndRecord(bytes, before: place, path) {
      guard end.isShortForm(of: large) else {
        throw TensorFileError(path, "the zip archive has two end records that differ")
      }
      (end, directoryEnd) = (large, start)
    }
    guard end.disk == 0, end.directoryDisk == 0, end.countOnDisk == end.count else {
      throw TensorFileError(path, "the zip archive is one of several volumes")
    }
    guard end.size <= directoryEnd, end.offset == UInt64(directoryEnd) - end.size else {
      throw TensorFileError(
        path,
        "the zip archive's directory of \(end.size) bytes at \(end.offset) does not end at "
          + "\(directoryEnd): bytes are missing or stand before the archive")
    }
    guard end.count <= end.size / UInt64(ZipEntry.recordSize) else {
      throw TensorFileError(
        path, "the zip archive's directory of \(end.size) bytes cannot hold \(end.count) entries")
    }
    range = Int(end.offset)..<directoryEnd
    count = Int(end.count)
  }

  private struct EndRecord {
    var disk, directoryDisk, countOnDisk, count, size, offset: UInt64

    /// Whether this equals `other`, with all ones in fields that do not fit into 16 or 32 bits.
    func isShortForm(of other: EndRecord) -> Bool {
      func agree(_ field: KeyPath<EndRecord, UInt64>, _ ones: UInt64) -> Bool {
        self[keyPath: field] == ones || self[keyPath: field] == other[keyPath: field]
      }
      return agree(\.disk, 0xFFFF) && agree(\.directoryDisk, 0xFFFF)
        && agree(\.countOnDisk, 0xFFFF) && agree(\.count, 0xFFFF)
        && agree(\.size, 0xFFFF_FFFF) && agree(\.offset, 0xFFFF_FFFF)
    }
  }

  /// The last position of an end record whose comment ends at the end of the file.
  private static func endRecord(_ bytes: UnsafeRawBufferPointer) -> Int? {
    let last = bytes.count - 22
    guard last >= 0 else { return nil }
    return (max(0, last - 0xFFFF)...last).last { place in
      bytes.hasSignature(5, 6, at: place)
        && bytes.integer(at: place + 20, as: UInt16.self) == last - place
    }
  }

  /// The zip64 end record, located by the record directly before the end record.
  private static func largeEndRecord(
    _ bytes: UnsafeRawBufferPointer, before place: Int, _ path: String
  ) throws(TensorFileError) -> (EndRecord, start: Int)? {
    let locator = place - 20
    guard locator >= 0, bytes.hasSignature(6, 7, at: locator) else { return nil }
    let offset = bytes.integer(at: locator + 8, as: UInt64.self)
    guard locator >= 56, offset <= locator - 56, bytes.hasSignature(6, 6, at: Int(offset)),
      bytes.integer(at: Int(offset) + 4, as: UInt64.self) == locator - 12 - Int(offset)
    else {
      throw TensorFileError(path, "the zip archive has no zip64 end record at \(offset)")
    }
    guard bytes.integer(at: locator + 4, as: UInt32.self) == 0,
      bytes.integer(at: locator + 16, as: UInt32.self) <= 1
    else { throw TensorFileError(path, "the zip archive is one of several volumes") }
    let start = Int(offset)
    let end = EndRecord(
      disk: UInt64(bytes.integer(at: start + 16, as: UInt32.self)),
      directoryDisk: UInt64(bytes.integer(at: start + 20, as: UInt32.self)),
      countOnDisk: bytes.integer(at: start + 24, as: UInt64.self),
      count: bytes.integer(at: start + 32, as: UInt64.self),
      size: bytes.integer(at: start + 40, as: UInt64.self),
      offset: bytes.integer(at: start + 48, as: UInt64.self))
    return (end, start)
  }
}

extension UnsafeRawBufferPointer {
  /// The little-endian integer at a position. All of its bytes must exist.
  func integer<Integer: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
    at place: Int, as type: Integer.Type
  ) -> Integer {
    precondition(place >= 0 && place <= count - MemoryLayout<Integer>.size)
    return Integer(littleEndian: loadUnaligned(fromByteOffset: place, as: Integer.self))
  }

  /// Whether a record begins with `PK` and these two bytes.
  func hasSignature(_ third: UInt8, _ fourth: UInt8, at place: Int) -> Bool {
    self[place...].prefix(4).elementsEqual([0x50, 0x4B, third, fourth])
  }
}
