/// Values from a fuzzer's input, one after the other; zeros after its end.
public struct FuzzedBytes {
  private var rest: Slice<UnsafeBufferPointer<UInt8>>

  /// All bytes of an input.
  public init(_ bytes: UnsafePointer<UInt8>?, _ count: Int) {
    rest = UnsafeBufferPointer(start: bytes, count: count)[...]
  }

  /// Whether all bytes have been used.
  public var isEmpty: Bool { rest.isEmpty }

  /// The next byte.
  public mutating func byte() -> UInt8 { rest.popFirst() ?? 0 }

  /// Whether the next byte is odd.
  public mutating func flag() -> Bool { byte() & 1 == 1 }

  /// A number below `end`.
  public mutating func number(below end: Int) -> Int { Int(byte()) % end }

  /// A number in a range of at most 256 values.
  public mutating func number(in range: ClosedRange<Int>) -> Int {
    range.lowerBound + number(below: range.count)
  }

  /// One of some values.
  public mutating func choice<Value>(_ values: [Value]) -> Value {
    values[number(below: values.count)]
  }

  /// Any bit pattern.
  public mutating func float() -> Float {
    Float(bitPattern: (0..<4).reduce(UInt32(0)) { bits, _ in bits << 8 | UInt32(byte()) })
  }

  /// A text of fewer than `end` bytes.
  public mutating func text(below end: Int) -> String {
    String(decoding: (0..<number(below: end)).map { _ in byte() }, as: UTF8.self)
  }

  /// A text of fewer than `end` letters, which most tokens cannot spell.
  public mutating func word(below end: Int) -> String {
    let letters: [Character] = ["a", "b", "é", " ", "|"]
    return String((0..<number(below: end)).map { _ in choice(letters) })
  }

  /// An output of a model: usually between -8 and 8, sometimes an extreme value.
  public mutating func logit() -> Double {
    let byte = byte()
    let edges: [Double] = [
      -.infinity, .infinity, .nan, 1e308, -1e308, 3e38, -3e38, 1e10, -1e10, 1e-40, -0.0,
    ]
    return Int(byte) < edges.count ? edges[Int(byte)] : (Double(byte) - 128) / 16
  }

  /// A number between -8 and 0; rarely a value that is not a log-probability.
  public mutating func logProbability() -> Double {
    let byte = byte()
    return byte == 0 ? logit() : Double(byte) / 32 - 8
  }

  /// All remaining bytes.
  public mutating func remaining() -> UnsafeBufferPointer<UInt8> {
    defer { rest = rest[rest.endIndex...] }
    return UnsafeBufferPointer(rebasing: rest)
  }
}
