/// Compression formats that are not supported, recognized by their first bytes.
enum OtherCompression {
  private static let kinds: [(name: String, program: String, beginning: [UInt8])] = [
    ("bzip2", "bunzip2", [0x42, 0x5A, 0x68]),
    ("xz", "unxz", [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00]),
    ("zstd", "unzstd", [0x28, 0xB5, 0x2F, 0xFD]),
    ("lzma", "unlzma", [0x5D, 0x00, 0x00]),
    ("lz4", "unlz4", [0x04, 0x22, 0x4D, 0x18]),
    ("zip", "unzip", [0x50, 0x4B, 0x03, 0x04]),
    ("7-Zip", "7z x", [0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C]),
    ("compress", "uncompress", [0x1F, 0x9D]),
  ]

  /// - Throws: ``NGramModelError`` that names the compression.
  static func check(_ bytes: UnsafeRawBufferPointer, path: String) throws(NGramModelError) {
    for kind in kinds where bytes.starts(with: kind.beginning) {
      throw NGramModelError(
        path,
        "compressed with \(kind.name), which is not supported; decompress it (\(kind.program)) or use gzip"
      )
    }
  }
}
