#if FUSED
  import _Builtin_intrinsics.intel
#endif

/// The element type of the caller's arrays. Values are read into rows of ``Row`` and written from
/// them.
protocol KernelElement: BitwiseCopyable {
  associatedtype Row: RowScalar
  /// Whether rows can be used in place.
  static var isRow: Bool { get }
  /// Whether the largest value of each row is subtracted first.
  static var isCentred: Bool { get }
  /// The posterior below which a state is dropped by the backward pass.
  static var negligible: Double { get }
  static func widened(_ vector: UnsafePointer<Self>) -> Row.Vector
  /// Eight values, widened.
  static func lanes(_ pointer: UnsafePointer<Self>) -> Lanes
  static func store(_ vector: Row.Vector, _ pointer: UnsafeMutablePointer<Self>)
  var row: Row { get }
  init(row: Row)
  init(rounding value: Double)
}

extension KernelElement {
  static var isCentred: Bool { false }
  static var negligible: Double { Row.negligible }
}

extension Float: KernelElement {
  static var isRow: Bool { true }
  @inline(__always)
  static func widened(_ vector: UnsafePointer<Float>) -> Floats { load(vector) }
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
    static func widened(_ vector: UnsafePointer<Float16>) -> Floats {
      #if WIDE
        _mm512_cvtph_ps(UnsafeRawPointer(vector).loadUnaligned(as: SIMD4<Int64>.self))
      #else
        eight(vector)
      #endif
    }
    @inline(__always)
    static func lanes(_ pointer: UnsafePointer<Float16>) -> Lanes { wide(eight(pointer)) }
    @inline(__always)
    private static func eight(_ pointer: UnsafePointer<Float16>) -> SIMD8<Float> {
      #if FUSED
        _mm256_cvtph_ps(UnsafeRawPointer(pointer).loadUnaligned(as: SIMD2<Int64>.self))
      #else
        SIMD8<Float>(UnsafeRawPointer(pointer).loadUnaligned(as: SIMD8<Float16>.self))
      #endif
    }
    /// Lane by lane: generic code makes vectors of `Float16`, and this build must not contain
    /// generic code.
    @inline(__always)
    static func store(_ vector: Floats, _ pointer: UnsafeMutablePointer<Float16>) {
      var lane = 0
      while lane < Floats.scalarCount {
        pointer[lane] = Float16(vector[lane])
        lane &+= 1
      }
    }
    @inline(__always)
    var row: Float { Float(self) }
    @inline(__always)
    init(row: Float) { self = Float16(row) }
    /// By way of `Float`, because there is an instruction for this conversion.
    @inline(__always)
    init(rounding value: Double) { self = Float16(Float(value)) }
  }
#endif

/// The upper half of a `Float`.
struct BFloat16Word: KernelElement {
  var bits: UInt16

  static var isRow: Bool { false }
  @inline(__always)
  static func widened(_ vector: UnsafePointer<BFloat16Word>) -> Floats {
    #if WIDE
      let words = UnsafeRawPointer(vector).loadUnaligned(as: SIMD4<Int64>.self)
      let upper = _mm512_slli_epi32(_mm512_cvtepu16_epi32(words), 16)
      return unsafeBitCast(upper, to: Floats.self)
    #else
      return eight(vector)
    #endif
  }
  @inline(__always)
  static func lanes(_ pointer: UnsafePointer<BFloat16Word>) -> Lanes { wide(eight(pointer)) }
  @inline(__always)
  private static func eight(_ pointer: UnsafePointer<BFloat16Word>) -> SIMD8<Float> {
    #if FUSED
      let words = UnsafeRawPointer(pointer).loadUnaligned(as: SIMD2<Int64>.self)
      let upper = _mm256_slli_epi32(_mm256_cvtepu16_epi32(words), 16)
    #else
      let words = UnsafeRawPointer(pointer).loadUnaligned(as: SIMD8<UInt16>.self)
      let upper = SIMD8<UInt32>(truncatingIfNeeded: words) &* SIMD8(repeating: 1 << 16)
    #endif
    return unsafeBitCast(upper, to: SIMD8<Float>.self)
  }
  /// Rounds to the nearest, ties to even. The values are never NaN.
  @inline(__always)
  static func store(_ vector: Floats, _ pointer: UnsafeMutablePointer<BFloat16Word>) {
    #if WIDE
      let bits = unsafeBitCast(vector, to: SIMD8<Int64>.self)
      let odd = _mm512_and_epi64(_mm512_srli_epi32(bits, 16), _mm512_set1_epi32(1))
      let rounded = _mm512_add_epi32(
        _mm512_add_epi32(bits, _mm512_set1_epi32(0x7FFF)), odd)
      UnsafeMutableRawPointer(pointer).storeBytes(
        of: _mm512_cvtepi32_epi16(_mm512_srli_epi32(rounded, 16)), as: SIMD4<Int64>.self)
    #elseif FUSED
      let bits = unsafeBitCast(vector, to: SIMD4<Int64>.self)
      let upper = _mm256_srli_epi32(bits, 16)
      let odd = _mm256_and_si256(upper, _mm256_set1_epi32(1))
      let rounded = _mm256_add_epi32(
        _mm256_add_epi32(bits, _mm256_set1_epi32(0x7FFF)), odd)
      // The packing works in halves: four words, four zeros, and again.
      let words = _mm256_packus_epi32(_mm256_srli_epi32(rounded, 16), .zero)
      UnsafeMutableRawPointer(pointer).storeBytes(
        of: SIMD2(words[0], words[2]), as: SIMD2<Int64>.self)
    #else
      let bits = unsafeBitCast(vector, to: SIMD8<UInt32>.self)
      let odd = (bits &>> SIMD8(repeating: 16)) & SIMD8(repeating: 1)
      let rounded = bits &+ SIMD8(repeating: 0x7FFF) &+ odd
      UnsafeMutableRawPointer(pointer).storeBytes(
        of: SIMD8<UInt16>(truncatingIfNeeded: rounded &>> SIMD8(repeating: 16)),
        as: SIMD8<UInt16>.self)
    #endif
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

/// Log-probabilities of another element type. Rows are `Double`s minus the largest value of the
/// row, so the likeliest token of a frame has an exponential of exactly 1, and a small loss keeps
/// its digits.
struct Centred<Value: KernelElement>: KernelElement {
  typealias Row = Double
  var value: Value

  static var isRow: Bool { Value.Row.self == Double.self }
  static var isCentred: Bool { true }
  static var negligible: Double { Value.Row.negligible }
  @inline(__always)
  static func widened(_ vector: UnsafePointer<Self>) -> Lanes { lanes(vector) }
  @inline(__always)
  static func lanes(_ pointer: UnsafePointer<Self>) -> Lanes {
    Value.lanes(UnsafeRawPointer(pointer).assumingMemoryBound(to: Value.self))
  }
  @inline(__always)
  static func store(_ vector: Lanes, _ pointer: UnsafeMutablePointer<Self>) {
    for lane in 0..<8 { pointer[lane] = Self(rounding: vector[lane]) }
  }
  @inline(__always)
  var row: Double { value.row.double }
  @inline(__always)
  init(row: Double) { value = Value(rounding: row) }
  @inline(__always)
  init(rounding value: Double) { self.value = Value(rounding: value) }
}
