/// A text that is assembled from scalars or bytes, with one space between words and none at the
/// ends.
struct TextAssembly {
  private let isOfBytes: Bool
  private var scalars = String.UnicodeScalarView()
  private var bytes: [UInt8] = []
  private var isSeparated = false

  init(isOfBytes: Bool) { self.isOfBytes = isOfBytes }

  private var isEmpty: Bool { isOfBytes ? bytes.isEmpty : scalars.isEmpty }

  /// Ends a word.
  mutating func separate() { isSeparated = !isEmpty }

  /// Appends the value of a scalar or a byte.
  mutating func append(_ value: UInt32) {
    if isOfBytes {
      if isSeparated { bytes.append(0x20) }
      bytes.append(UInt8(truncatingIfNeeded: value))
    } else if let scalar = Unicode.Scalar(value) {
      if isSeparated { scalars.append(" ") }
      scalars.append(scalar)
    }
    isSeparated = false
  }

  /// The text. If more is to follow (`isWhole` is false), the bytes of an incomplete character at
  /// the end are omitted.
  func read(isWhole: Bool) -> String {
    guard isOfBytes else { return String(scalars) }
    let count = isWhole ? bytes.count : bytes.count - incompleteCount
    return String(decoding: bytes[..<count], as: UTF8.self)
  }

  /// The number of bytes at the end that begin a character but do not complete it.
  private var incompleteCount: Int {
    for (behind, byte) in bytes.suffix(3).reversed().enumerated() where byte & 0xC0 != 0x80 {
      let length = byte < 0xC0 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4
      return behind + 1 < length ? behind + 1 : 0
    }
    return 0
  }
}
