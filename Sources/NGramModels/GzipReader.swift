import CZlib

/// Takes gzip's compression off a file, by zlib.
enum GzipReader {
  /// No model is larger, and what is would not be one.
  static let largestSize = 1 << 36

  /// Text shrinks to a third or a tenth. What expands by more is made to fill memory.
  static let largestExpansion = 200
  /// Up to how many bytes any expansion is fine.
  static let freeSize = 1 << 24

  static func isCompressed(_ bytes: UnsafeRawBufferPointer) -> Bool {
    bytes.count >= 2 && bytes[0] == 0x1F && bytes[1] == 0x8B
  }

  /// - Throws: ``NGramModelError`` where the data are damaged or cut off, or expand as no model does.
  static func decompress(
    _ bytes: UnsafeRawBufferPointer, path: String
  ) throws(NGramModelError) -> [UInt8] {
    var stream = z_stream()
    // 15 is the largest window, 16 more is gzip's header.
    guard
      inflateInit2_(&stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK
    else { throw NGramModelError(path, "zlib could not start") }
    defer { inflateEnd(&stream) }
    var result: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 1 << 18)
    var offset = 0
    var status = Z_OK
    while true {
      if stream.avail_in == 0 && offset < bytes.count {
        let count = min(bytes.count - offset, 1 << 30)
        stream.next_in = UnsafeMutablePointer(
          mutating: bytes.baseAddress.unsafelyUnwrapped.advanced(by: offset)
            .assumingMemoryBound(to: UInt8.self))
        stream.avail_in = UInt32(count)
        offset += count
      }
      let produced = block.withUnsafeMutableBufferPointer { block in
        stream.next_out = block.baseAddress
        stream.avail_out = UInt32(block.count)
        status = inflate(&stream, Z_NO_FLUSH)
        return block.count - Int(stream.avail_out)
      }
      result += block[..<produced]
      guard result.count <= largestSize else {
        throw NGramModelError(path, "more than \(largestSize) bytes after decompression")
      }
      let consumed = offset - Int(stream.avail_in)
      guard result.count <= max(freeSize, largestExpansion * consumed) else {
        throw NGramModelError(
          path, "the compressed data expand to more than \(largestExpansion) times their size")
      }
      if status == Z_STREAM_END {
        // Files may be several compressed ones in a row.
        guard stream.avail_in > 0 || offset < bytes.count else { return result }
        guard inflateReset(&stream) == Z_OK else {
          throw NGramModelError(path, "the compressed data are damaged")
        }
        continue
      }
      guard status == Z_OK else {
        let isCut = status == Z_BUF_ERROR && stream.avail_in == 0
        throw NGramModelError(
          path,
          "the compressed data are \(isCut ? "cut off" : "damaged") after \(result.count) bytes")
      }
    }
  }
}
