/// The element type of logits and gradients.
///
/// The losses widen every value exactly when they read it, and round results once when they write
/// them. Conforming types: `Float`, `Double`, `Float16` (except on Intel Macs) and ``BFloat16``.
public protocol LogitElement: Sendable, BitwiseCopyable {
  /// The value nearest to `number`; infinite if that is out of range.
  init(nearest number: Double)
  /// The value as a `Double`, exactly.
  var widened: Double { get }
  /// The largest relative error of ``init(nearest:)`` for normal numbers.
  static var unitRoundoff: Double { get }
}

extension Float: LogitElement {
  /// The nearest `Float`.
  public init(nearest number: Double) { self = Float(number) }
  /// The value as a `Double`.
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
    /// The value as a `Double`.
    public var widened: Double { Double(self) }
    /// 2^-11.
    public static var unitRoundoff: Double { 0x1p-11 }
  }
#endif

extension BFloat16: LogitElement {
  /// The nearest bfloat16, except that the value is rounded to `Float` first.
  public init(nearest number: Double) { self.init(Float(number)) }
  /// The value as a `Double`.
  public var widened: Double { Double(float) }
  /// 2^-8.
  public static var unitRoundoff: Double { 0x1p-8 }
}
