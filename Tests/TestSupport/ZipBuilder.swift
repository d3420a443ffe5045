/// Builds zip archives byte by byte. They are valid unless a test changes a field.
package struct ZipBuilder {
  package struct Entry {
    package var name: [UInt8]
    /// The data as stored in the archive.
    package var data: [UInt8]
    package var method: UInt16 = 0
    package var flags: UInt16 = 0
    package var disk: UInt16 = 0
    package var checksum: UInt32
    package var size: UInt64
    /// The values in the directory, if they differ from the actual values.
    package var compressedSize: UInt64?
    package var offset: UInt64?
    /// Whether 32-bit numbers are all ones, with or without the extra field that has the 64-bit
    /// numbers.
    package var isLarge = false
    package var hasLargeField = true

    /// A stored file.
    package init(_ name: String, _ contents: [UInt8]) {
      self.name = Array(name.utf8)
      data = contents
      checksum = ZipBuilder.checksum(contents)
      size = UInt64(contents.count)
    }

    /// A file in deflate blocks without compression, of at most 65,535 bytes.
    package init(deflated name: String, _ contents: [UInt8]) {
      self.init(name, contents)
      let count = UInt16(contents.count)
      data = [1] + count.littleEndianBytes + (~count).littleEndianBytes + contents
      method = 8
    }
  }

  /// The end record, and the zip64 end record if there is one.
  package struct End {
    package var disk: UInt16 = 0
    package var count: UInt64?
    package var size: UInt64?
    package var offset: UInt64?
    package var comment: [UInt8] = []
    package var isLarge = false
    /// The number of entries in the zip64 record, if it is not the actual number.
    package var largeCount: UInt64?
    package var locatorOffset: UInt64?
  }

  package var entries: [Entry]
  package var end = End()

  package init(_ entries: [Entry]) { self.entries = entries }

  package init(_ entry: Entry, _ change: (inout Entry) -> Void = { _ in }) {
    entries = [entry]
    change(&entries[0])
  }

  /// The archive with a changed end record.
  package func with(_ change: (inout End) -> Void) -> ZipBuilder {
    var copy = self
    change(&copy.end)
    return copy
  }

  /// An entry's local header.
  package static func header(_ entry: Entry) -> [UInt8] {
    var header: [UInt8] = [0x50, 0x4B, 3, 4] + UInt16(20).littleEndianBytes
    header += entry.flags.littleEndianBytes + entry.method.littleEndianBytes
    header += UInt32(0).littleEndianBytes + entry.checksum.littleEndianBytes
    header += UInt32(entry.data.count).littleEndianBytes
    header += UInt32(truncatingIfNeeded: entry.size).littleEndianBytes
    header += UInt16(entry.name.count).littleEndianBytes + UInt16(0).littleEndianBytes
    return header + entry.name
  }

  package var bytes: [UInt8] {
    var bytes: [UInt8] = []
    var directory: [UInt8] = []
    for entry in entries {
      let offset = entry.offset ?? UInt64(bytes.count)
      bytes += Self.header(entry) + entry.data
      directory += record(entry, offset: offset)
    }
    let count = end.count ?? UInt64(entries.count)
    let size = end.size ?? UInt64(directory.count)
    let offset = end.offset ?? UInt64(bytes.count)
    bytes += directory
    if end.isLarge {
      let place = end.locatorOffset ?? UInt64(bytes.count)
      bytes += [0x50, 0x4B, 6, 6] + UInt64(44).littleEndianBytes
      bytes += UInt32(45).littleEndianBytes + UInt64(end.disk).littleEndianBytes
      bytes += (end.largeCount ?? count).littleEndianBytes
      bytes += (end.largeCount ?? count).littleEndianBytes
      bytes += size.littleEndianBytes + offset.littleEndianBytes
      bytes += [0x50, 0x4B, 6, 7] + UInt32(0).littleEndianBytes + place.littleEndianBytes
      bytes += UInt32(1).littleEndianBytes
    }
    bytes += [0x50, 0x4B, 5, 6] + end.disk.littleEndianBytes + UInt16(0).littleEndianBytes
    for _ in 0..<2 { bytes += UInt16(end.isLarge ? 0xFFFF : count).littleEndianBytes }
    bytes += UInt32(end.isLarge ? 0xFFFF_FFFF : size).littleEndianBytes
    bytes += UInt32(end.isLarge ? 0xFFFF_FFFF : offset).littleEndianBytes
    return bytes + UInt16(end.comment.count).littleEndianBytes + end.comment
  }

  private func record(_ entry: Entry, offset: UInt64) -> [UInt8] {
    let numbers = [entry.size, entry.compressedSize ?? UInt64(entry.data.count), offset]
    let short = numbers.map { entry.isLarge ? .max : UInt32($0) }
    var extra: [UInt8] = []
    if entry.isLarge && entry.hasLargeField {
      // After a field of another kind.
      extra = [0x55, 0x54, 1, 0, 0] + UInt16(1).littleEndianBytes + UInt16(24).littleEndianBytes
      for number in numbers { extra += number.littleEndianBytes }
    }
    var record: [UInt8] = [0x50, 0x4B, 1, 2] + UInt32(20).littleEndianBytes
    record += entry.flags.littleEndianBytes + entry.method.littleEndianBytes
    record += UInt32(0).littleEndianBytes + entry.checksum.littleEndianBytes
    record += short[1].littleEndianBytes + short[0].littleEndianBytes
    record += UInt16(entry.name.count).littleEndianBytes
    record += UInt16(extra.count).littleEndianBytes + UInt16(0).littleEndianBytes
    record += entry.disk.littleEndianBytes + [0, 0, 0, 0, 0, 0]
    return record + short[2].littleEndianBytes + entry.name + extra
  }

  /// CRC-32, bit by bit.
  package static func checksum(_ bytes: [UInt8]) -> UInt32 {
    var remainder = UInt32.max
    for byte in bytes {
      remainder ^= UInt32(byte)
      for _ in 0..<8 { remainder = remainder >> 1 ^ (remainder & 1 == 1 ? 0xEDB8_8320 : 0) }
    }
    return ~remainder
  }
}

extension FixedWidthInteger {
  fileprivate var littleEndianBytes: [UInt8] { withUnsafeBytes(of: littleEndian) { Array($0) } }
}
