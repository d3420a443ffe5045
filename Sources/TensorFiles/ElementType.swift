/// The type of a tensor's elements.
public enum ElementType: String, Sendable, CaseIterable {
  /// One byte, 0 or 1.
  case bool
  /// Signed integers.
  case int8, int16, int32, int64
  /// Unsigned integers.
  case uint8, uint16, uint32, uint64
  /// IEEE 754 binary floating point.
  case float16, float32, float64
  /// The upper half of a `float32`.
  case bfloat16

  /// The size of an element in bytes.
  public var byteCount: Int {
    switch self {
    case .bool, .int8, .uint8: 1
    case .int16, .uint16, .float16, .bfloat16: 2
    case .int32, .uint32, .float32: 4
    case .int64, .uint64, .float64: 8
    }
  }

  /// The type of the raw words of elements that have no Swift type of their own.
  var storage: ElementType {
    switch self {
    case .bfloat16: .uint16
    case .bool: .uint8
    default: self
    }
  }

  /// Whether the elements are integers.
  public var isInteger: Bool {
    switch self {
    case .bool, .float16, .float32, .float64, .bfloat16: false
    default: true
    }
  }
}
