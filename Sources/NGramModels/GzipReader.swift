import MappedFiles

/// Decompresses gzip files.
enum GzipReader {
  /// The largest size after decompression; no real model is larger.
  static let largestSize = 1 << 36

  /// The largest ratio of expansion. Text compresses to between a third and a tenth; larger ratios
  /// occur in files made to exhaust memory.
  static let largestExpansion = 200
  /// The size up to which any ratio is allowed.
  static let freeSize = 1 << 24

  static func isCompressed(_ bytes: UnsafeRawBufferPointer) -> Bool {
    bytes.count >= 2 && bytes[0] == 0x1F && bytes[1] == 0x8B
  }

  /// - Throws: ``NGramModelError`` where the data are damaged or cut off, or expand as no model does.
  static func decompress(
    _ bytes: UnsafeRawBufferPointer, path: String
  ) throws(NGramModelError) -> [UInt8] {
    let inflater: Inflater
    do { inflater = try Inflater(bytes, .gzip) } catch {
      throw NGramModelError(path, "the file is compressed and cannot be decompressed: \(error)")
    }
    var result: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 1 << 18)
    while true {
      let (produced, status) = block.withUnsafeMutableBytes { inflater.read(into: $0) }
      result += block[..<produced]
      guard result.count <= largestSize else {
        throw NGramModelError(path, "more than \(largestSize) bytes after decompression")
      }
      guard result.count <= max(freeSize, largestExpansion * inflater.consumed) else {
        throw NGramModelError(
          path, "the compressed data expand to more than \(largestExpansion) times their size")
      }
      switch status {
      case .full: continue
      case .complete:
        // A file may consist of several compressed streams.
        guard inflater.consumed < bytes.count else { return result }
        inflater.restart()
      case .cutOff, .damaged:
        throw NGramModelError(
          path,
          "the compressed data are \(status == .cutOff ? "cut off" : "damaged") after \(result.count) bytes"
        )
      }
    }
  }
}
