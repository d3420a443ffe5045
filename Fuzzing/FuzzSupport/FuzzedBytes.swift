/// Values taken from what a fuzzer says, one after the other; zeros where it has said all.
public struct FuzzedBytes {
  private var rest: Slice<UnsafeBufferPointer<UInt8>>

  /// All of them.
  public init(_ bytes: UnsafePointer<UInt8>?, _ count: Int) {
    rest = UnsafeBufferPointer(start: bytes, count: count)[...]
  }

  /// Whether there are more.
  public var isEmpty: Bool { rest.isEmpty }

  /// The next byte.
  public mutating func byte() -> UInt8 { rest.popFirst() ?? 0 }

  /// A number below `end`.
  public mutating func number(below end: Int) -> Int { Int(byte()) % end }

  /// Any bit pattern.
  public mutating func float() -> Float {
    Float(bitPattern: (0..<4).reduce(UInt32(0)) { bits, _ in bits << 8 | UInt32(byte()) })
  }

  /// A text of fewer than `end` bytes.
  public mutating func text(below end: Int) -> String {
    String(decoding: (0..<number(below: end)).map { _ in byte() }, as: UTF8.self)
  }
}
