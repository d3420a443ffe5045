/// An element type of callers' arrays: read into rows of ``Row``, written from them.
protocol KernelElement: BitwiseCopyable {
  associatedtype Row: RowScalar
  /// Whether rows can be used where they are.
  static var isRow: Bool { get }
  static func widened(_ vector: UnsafePointer<Self>) -> Row.Vector
  static func store(_ vector: Row.Vector, _ pointer: UnsafeMutablePointer<Self>)
  var row: Row { get }
  init(row: Row)
  init(rounding value: Double)
}

extension Float: KernelElement {
  static var isRow: Bool { true }
  @inline(__always)
  static func widened(_ vector: UnsafePointer<Float>) -> SIMD8<Float> { load(vector) }
  @inline(__always)
  var row: Float { self }
  @inline(__always)
  init(row: Float) { self = row }
}

extension Double: KernelElement {
  static var isRow: Bool { true }
  @inline(__always)
  static func widened(_ vector: UnsafePointer<Double>) -> Lanes { Double.load(vector) }
  @inline(__always)
  var row: Double { self }
  @inline(__always)
  init(row: Double) { self = row }
}

#if !((os(macOS) || targetEnvironment(macCatalyst)) && arch(x86_64))
  extension Float16: KernelElement {
    static var isRow: Bool { false }
    @inline(__always)
    static func widened(_ vector: UnsafePointer<Float16>) -> SIMD8<Float> {
      SIMD8<Float>(UnsafeRawPointer(vector).loadUnaligned(as: SIMD8<Float16>.self))
    }
    @inline(__always)
    static func store(_ vector: SIMD8<Float>, _ pointer: UnsafeMutablePointer<Float16>) {
      UnsafeMutableRawPointer(pointer).storeBytes(
        of: SIMD8<Float16>(vector), as: SIMD8<Float16>.self)
    }
    @inline(__always)
    var row: Float { Float(self) }
    @inline(__always)
    init(row: Float) { self = Float16(row) }
    /// By way of `Float`, for which there is an instruction.
    @inline(__always)
    init(rounding value: Double) { self = Float16(Float(value)) }
  }
#endif

/// The upper half of a `Float`.
struct BFloat16Word: KernelElement {
  var bits: UInt16

  static var isRow: Bool { false }
  @inline(__always)
  static func widened(_ vector: UnsafePointer<BFloat16Word>) -> SIMD8<Float> {
    let words = UnsafeRawPointer(vector).loadUnaligned(as: SIMD8<UInt16>.self)
    return unsafeBitCast(
      SIMD8<UInt32>(truncatingIfNeeded: words) &* SIMD8(repeating: 1 << 16), to: SIMD8<Float>.self)
  }
  /// To the nearest, ties to even; for numbers, which a gradient's rows are here.
  @inline(__always)
  static func store(_ vector: SIMD8<Float>, _ pointer: UnsafeMutablePointer<BFloat16Word>) {
    let bits = unsafeBitCast(vector, to: SIMD8<UInt32>.self)
    let odd = (bits &>> SIMD8(repeating: 16)) & SIMD8(repeating: 1)
    let rounded = bits &+ SIMD8(repeating: 0x7FFF) &+ odd
    UnsafeMutableRawPointer(pointer).storeBytes(
      of: SIMD8<UInt16>(truncatingIfNeeded: rounded &>> SIMD8(repeating: 16)),
      as: SIMD8<UInt16>.self)
  }
  @inline(__always)
  var row: Float { Float(bitPattern: UInt32(bits) &<< 16) }
  @inline(__always)
  init(rounding value: Double) { self.init(row: Float(value)) }
  @inline(__always)
  init(row: Float) {
    let bits = row.bitPattern
    self.bits = UInt16(truncatingIfNeeded: (bits &+ 0x7FFF &+ ((bits &>> 16) & 1)) &>> 16)
  }
}
