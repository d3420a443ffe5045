/// A Swift type that has the memory layout of an ``ElementType``.
public protocol TensorElement: BitwiseCopyable, Sendable {
  /// The element type with this layout.
  static var elementType: ElementType { get }
}

extension Int8: TensorElement {
  /// ``ElementType/int8``.
  public static var elementType: ElementType { .int8 }
}
extension Int16: TensorElement {
  /// ``ElementType/int16``.
  public static var elementType: ElementType { .int16 }
}
extension Int32: TensorElement {
  /// ``ElementType/int32``.
  public static var elementType: ElementType { .int32 }
}
extension Int64: TensorElement {
  /// ``ElementType/int64``.
  public static var elementType: ElementType { .int64 }
}
extension UInt8: TensorElement {
  /// ``ElementType/uint8``.
  public static var elementType: ElementType { .uint8 }
}
extension UInt16: TensorElement {
  /// ``ElementType/uint16``.
  public static var elementType: ElementType { .uint16 }
}
extension UInt32: TensorElement {
  /// ``ElementType/uint32``.
  public static var elementType: ElementType { .uint32 }
}
extension UInt64: TensorElement {
  /// ``ElementType/uint64``.
  public static var elementType: ElementType { .uint64 }
}
extension Float: TensorElement {
  /// ``ElementType/float32``.
  public static var elementType: ElementType { .float32 }
}
extension Double: TensorElement {
  /// ``ElementType/float64``.
  public static var elementType: ElementType { .float64 }
}
#if !((os(macOS) || targetEnvironment(macCatalyst)) && arch(x86_64))
  extension Float16: TensorElement {
    /// ``ElementType/float16``.
    public static var elementType: ElementType { .float16 }
  }
#endif
