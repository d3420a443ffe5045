/// A floating-point type in which logits come and gradients go.
///
/// The losses widen every value to `Double` as they read it and round once as they write. Conforming
/// types: `Float`, `Double`, `Float16` (except on Intel Macs) and ``BFloat16``.
public protocol LogitElement: Sendable, BitwiseCopyable {
  /// The nearest value to `number`; infinite where that is out of range.
  init(nearest number: Double)
  /// The same number as a `Double`; exact.
  var widened: Double { get }
  /// The largest relative error of ``init(nearest:)`` for normal numbers.
  static var unitRoundoff: Double { get }
}

extension Float: LogitElement {
  /// The nearest `Float`.
  public init(nearest number: Double) { self = Float(number) }
  /// The same number as a `Double`.
  public var widened: Double { Double(self) }
  /// 2^-24.
  public static var unitRoundoff: Double { 0x1p-24 }
}

extension Double: LogitElement {
  /// The number itself.
  public init(nearest number: Double) { self = number }
  /// The number itself.
  public var widened: Double { self }
  /// 2^-53.
  public static var unitRoundoff: Double { 0x1p-53 }
}

#if !((os(macOS) || targetEnvironment(macCatalyst)) && arch(x86_64))
  extension Float16: LogitElement {
    /// The nearest `Float16`.
    public init(nearest number: Double) { self = Float16(number) }
    /// The same number as a `Double`.
    public var widened: Double { Double(self) }
    /// 2^-11.
    public static var unitRoundoff: Double { 0x1p-11 }
  }
#endif

extension BFloat16: LogitElement {
  /// The nearest bfloat16 but for a double rounding by way of `Float`.
  public init(nearest number: Double) { self.init(Float(number)) }
  /// The same number as a `Double`.
  public var widened: Double { Double(float) }
  /// 2^-8.
  public static var unitRoundoff: Double { 0x1p-8 }
}
