/// The number type of a softmax row: `Float`, or `Double` for `Double` logits.
protocol RowScalar: BitwiseCopyable {
  /// A vector of ``width`` numbers.
  associatedtype Vector
  static var width: Int { get }

  /// Rows whose largest logit has a greater magnitude go to the general engine, because e^x would
  /// lose digits.
  static var largestShift: Double { get }
  /// The number of powers of two below a row's shift that exponentials can represent.
  static var depth: Double { get }

  /// The posterior below which a state is dropped by the backward pass.
  static var negligible: Double { get }

  static func load(_ pointer: UnsafePointer<Self>) -> Vector
  static func store(_ vector: Vector, _ pointer: UnsafeMutablePointer<Self>)
  static func repeating(_ value: Double) -> Vector
  /// Lane by lane; `a` if either is NaN.
  static func maximum(_ a: Vector, _ b: Vector) -> Vector
  /// Lane by lane; `a` if either is NaN.
  static func minimum(_ a: Vector, _ b: Vector) -> Vector
  static func add(_ a: Vector, _ b: Vector) -> Vector
  static func multiply(_ a: Vector, _ b: Vector) -> Vector
  /// `a * b + c`.
  static func addProduct(_ a: Vector, _ b: Vector, _ c: Vector) -> Vector
  static func repeating(row value: Self) -> Vector
  /// One number of a vector.
  static func lane(_ vector: Vector, _ lane: Int) -> Self
  static func largest(_ vector: Vector) -> Double
  static func smallest(_ vector: Vector) -> Double
  /// The sum of a vector as eight partial sums, widened before they are added.
  static func laneSums(_ vector: Vector) -> Lanes
  /// Adds the sum of each of four vectors to one of four numbers.
  static func addSums(
    _ a: Vector, _ b: Vector, _ c: Vector, _ d: Vector, _ sums: UnsafeMutablePointer<Double>)
  /// Eight numbers, widened.
  static func lanes(_ pointer: UnsafePointer<Self>) -> Lanes
  /// e^x / 2^shift, where `constants` belong to the shift; 0 below 2^-depth.
  static func exponential(_ x: Vector, _ constants: ShiftConstants<Self>) -> Vector

  /// Rounds eight numbers to this type.
  static func store(lanes: Lanes, _ pointer: UnsafeMutablePointer<Self>)

  #if WIDE
    /// The first `count` numbers, then zeros.
    static func load(_ pointer: UnsafePointer<Self>, count: Int) -> Vector
    /// A vector of labels, for ``permute(_:_:_:)``.
    static func indices(_ labels: UnsafePointer<Int32>) -> SIMD8<Int64>
    /// The elements at `indices` of the concatenation of two vectors.
    static func permute(_ a: Vector, _ indices: SIMD8<Int64>, _ b: Vector) -> Vector
    /// Lane by lane: `one` if the index has the given bit.
    static func blend(
      _ indices: SIMD8<Int64>, _ bit: UInt32, _ zero: Vector, _ one: Vector
    ) -> Vector
  #endif

  static func multiply(_ a: Self, _ b: Self) -> Self
  static func subtract(_ value: Self, from place: inout Self)

  var double: Double { get }
  init(rounding value: Double)
}

/// The constants of ``RowScalar/exponential(_:_:)`` for a shift.
struct ShiftConstants<Row: RowScalar> {
  /// When added, it rounds to an integer and leaves this integer minus the shift in the lowest
  /// bits.
  let rounder: Row.Vector
  /// The value at which the power of two becomes zero.
  let floor: Row.Vector

  @inline(__always)
  init(shift: Double) {
    // 1.5 · 2^23 and 127 for Float, 1.5 · 2^52 and 1023 for Double.
    rounder = Row.repeating((Row.depth == 126 ? 0x1.8p23 + 127 : 0x1.8p52 + 1023) - shift)
    floor = Row.repeating((shift - Row.depth - 1) * 0.6931471805599453)
  }
}

extension Float: RowScalar {
  typealias Vector = Floats
  static var width: Int { Vector.scalarCount }
  static var largestShift: Double { 8192 }
  static var depth: Double { 126 }
  static var negligible: Double { 0x1p-64 }

  @inline(__always)
  static func load(_ pointer: UnsafePointer<Float>) -> Vector {
    UnsafeRawPointer(pointer).loadUnaligned(as: Vector.self)
  }
  @inline(__always)
  static func store(_ vector: Vector, _ pointer: UnsafeMutablePointer<Float>) {
    UnsafeMutableRawPointer(pointer).storeBytes(of: vector, as: Vector.self)
  }
  @inline(__always)
  static func repeating(_ value: Double) -> Vector { Vector(repeating: Float(value)) }
  @inline(__always)
  static func maximum(_ a: Vector, _ b: Vector) -> Vector { larger(a, b) }
  @inline(__always)
  static func minimum(_ a: Vector, _ b: Vector) -> Vector { smaller(a, b) }
  @inline(__always)
  static func add(_ a: Vector, _ b: Vector) -> Vector { sum(a, b) }
  @inline(__always)
  static func multiply(_ a: Vector, _ b: Vector) -> Vector { product(a, b) }
  @inline(__always)
  static func addProduct(_ a: Vector, _ b: Vector, _ c: Vector) -> Vector {
    multiplyAdd(a, b, c)
  }
  @inline(__always)
  static func repeating(row value: Self) -> Vector { Vector(repeating: value) }
  @inline(__always)
  static func addSums(
    _ a: Vector, _ b: Vector, _ c: Vector, _ d: Vector, _ sums: UnsafeMutablePointer<Double>
  ) {
    #if WIDE
      let four = sumsOfFour(
        sum(a.lowHalf, a.highHalf), sum(b.lowHalf, b.highHalf), sum(c.lowHalf, c.highHalf),
        sum(d.lowHalf, d.highHalf))
    #else
      let four = sumsOfFour(a, b, c, d)
    #endif
    for place in 0..<4 { sums[place] += Double(four[2 &* place] + four[2 &* place &+ 1]) }
  }
  @inline(__always)
  static func lane(_ vector: Vector, _ lane: Int) -> Self { vector[lane] }
  @inline(__always)
  static func largest(_ vector: Vector) -> Double {
    #if WIDE
      let vector = larger(vector.lowHalf, vector.highHalf)
    #endif
    let fours = larger(vector, SIMD8(lowHalf: vector.highHalf, highHalf: vector.lowHalf))
    let low = fours[0] > fours[1] ? fours[0] : fours[1]
    let high = fours[2] > fours[3] ? fours[2] : fours[3]
    return Double(low > high ? low : high)
  }
  @inline(__always)
  static func smallest(_ vector: Vector) -> Double { -largest(difference(Vector.zero, vector)) }
  @inline(__always)
  static func laneSums(_ vector: Vector) -> Lanes {
    #if WIDE
      sum(wide(vector.lowHalf), wide(vector.highHalf))
    #else
      wide(vector)
    #endif
  }
  @inline(__always)
  static func lanes(_ pointer: UnsafePointer<Float>) -> Lanes {
    wide(UnsafeRawPointer(pointer).loadUnaligned(as: SIMD8<Float>.self))
  }

  /// x = n ln 2 + r with |r| ≤ ln 2 / 2. ln 2 is split in two parts, the first short enough for
  /// exact products. Then a minimax polynomial with a relative error of 1.1e-7.
  @inline(__always)
  static func exponential(_ x: Vector, _ constants: ShiftConstants<Float>) -> Vector {
    let clamped = larger(x, constants.floor)
    let rounded = multiplyAdd(
      clamped, Vector(repeating: 1.442695), constants.rounder)
    let whole = difference(constants.rounder, rounded)
    var rest = multiplyAdd(whole, Vector(repeating: 0.693359375), clamped)
    rest = multiplyAdd(whole, Vector(repeating: -2.12194440e-4), rest)
    var series = Vector(repeating: 0.008312520222994672)
    series = multiplyAdd(series, rest, Vector(repeating: 0.04189015693812448))
    series = multiplyAdd(series, rest, Vector(repeating: 0.16667114649517012))
    series = multiplyAdd(series, rest, Vector(repeating: 0.4999923149420194))
    series = multiplyAdd(series, rest, Vector(repeating: 1))
    series = multiplyAdd(series, rest, Vector(repeating: 1))
    let power = unsafeBitCast(rounded, to: Words.self) &* Words(repeating: 1 << 23)
    return product(series, unsafeBitCast(power, to: Vector.self))
  }

  @inline(__always)
  static func multiply(_ a: Self, _ b: Self) -> Self { a * b }
  @inline(__always)
  static func subtract(_ value: Self, from place: inout Self) { place -= value }
  @inline(__always)
  static func store(lanes: Lanes, _ pointer: UnsafeMutablePointer<Self>) {
    UnsafeMutableRawPointer(pointer).storeBytes(
      of: narrow(lanes), as: SIMD8<Float>.self)
  }

  @inline(__always)
  var double: Double { Double(self) }
  @inline(__always)
  init(rounding value: Double) { self = Float(value) }
}

extension Double: RowScalar {
  typealias Vector = Lanes
  static var width: Int { 8 }
  static var largestShift: Double { 0x1p19 }
  static var depth: Double { 1022 }
  static var negligible: Double { 0x1p-128 }

  @inline(__always)
  static func load(_ pointer: UnsafePointer<Double>) -> Vector {
    UnsafeRawPointer(pointer).loadUnaligned(as: Vector.self)
  }
  @inline(__always)
  static func store(_ vector: Vector, _ pointer: UnsafeMutablePointer<Double>) {
    UnsafeMutableRawPointer(pointer).storeBytes(of: vector, as: Vector.self)
  }
  @inline(__always)
  static func repeating(_ value: Double) -> Vector { Vector(repeating: value) }
  @inline(__always)
  static func maximum(_ a: Vector, _ b: Vector) -> Vector { larger(a, b) }
  @inline(__always)
  static func minimum(_ a: Vector, _ b: Vector) -> Vector { smaller(a, b) }
  @inline(__always)
  static func add(_ a: Vector, _ b: Vector) -> Vector { sum(a, b) }
  @inline(__always)
  static func multiply(_ a: Vector, _ b: Vector) -> Vector { product(a, b) }
  @inline(__always)
  static func addProduct(_ a: Vector, _ b: Vector, _ c: Vector) -> Vector {
    multiplyAdd(a, b, c)
  }
  @inline(__always)
  static func repeating(row value: Self) -> Vector { Vector(repeating: value) }
  @inline(__always)
  static func addSums(
    _ a: Vector, _ b: Vector, _ c: Vector, _ d: Vector, _ sums: UnsafeMutablePointer<Double>
  ) {
    let four = sumsOfFour(a, b, c, d)
    for place in 0..<4 { sums[place] += four[2 &* place] + four[2 &* place &+ 1] }
  }
  @inline(__always)
  static func lane(_ vector: Vector, _ lane: Int) -> Self { vector[lane] }
  @inline(__always)
  static func largest(_ vector: Vector) -> Double {
    let fours = larger(vector, SIMD8(lowHalf: vector.highHalf, highHalf: vector.lowHalf))
    let low = fours[0] > fours[1] ? fours[0] : fours[1]
    let high = fours[2] > fours[3] ? fours[2] : fours[3]
    return low > high ? low : high
  }
  @inline(__always)
  static func smallest(_ vector: Vector) -> Double { -largest(difference(Vector.zero, vector)) }
  @inline(__always)
  static func laneSums(_ vector: Vector) -> Lanes { vector }
  @inline(__always)
  static func lanes(_ pointer: UnsafePointer<Double>) -> Lanes { load(pointer) }

  /// As for `Float`, with a polynomial whose relative error is 3.7e-18.
  @inline(__always)
  static func exponential(_ x: Vector, _ constants: ShiftConstants<Double>) -> Vector {
    let clamped = larger(x, constants.floor)
    let rounded = multiplyAdd(
      clamped, Vector(repeating: 1.4426950408889634), constants.rounder)
    let whole = difference(constants.rounder, rounded)
    var rest = multiplyAdd(whole, Vector(repeating: 0x1.62e42feep-1), clamped)
    rest = multiplyAdd(whole, Vector(repeating: 0x1.a39ef35793c76p-33), rest)
    let series = exponentialSeries(rest)
    let power = unsafeBitCast(rounded, to: SIMD8<UInt64>.self) &* SIMD8<UInt64>(repeating: 1 << 52)
    return product(series, unsafeBitCast(power, to: Vector.self))
  }

  /// e^rest for |rest| ≤ ln 2 / 2.
  @inline(__always)
  static func exponentialSeries(_ rest: Lanes) -> Lanes {
    var series = Vector(repeating: 2.5000022955144503e-08)
    series = multiplyAdd(series, rest, Vector(repeating: 2.763025747341738e-07))
    series = multiplyAdd(series, rest, Vector(repeating: 2.75575865346899e-06))
    series = multiplyAdd(series, rest, Vector(repeating: 2.4801493068318425e-05))
    series = multiplyAdd(series, rest, Vector(repeating: 0.0001984126950633855))
    series = multiplyAdd(series, rest, Vector(repeating: 0.0013888888943665559))
    series = multiplyAdd(series, rest, Vector(repeating: 0.008333333333494616))
    series = multiplyAdd(series, rest, Vector(repeating: 0.041666666666529996))
    series = multiplyAdd(series, rest, Vector(repeating: 0.16666666666666413))
    series = multiplyAdd(series, rest, Vector(repeating: 0.5000000000000011))
    series = multiplyAdd(series, rest, Vector(repeating: 1))
    series = multiplyAdd(series, rest, Vector(repeating: 1))
    return series
  }

  @inline(__always)
  static func multiply(_ a: Self, _ b: Self) -> Self { a * b }
  @inline(__always)
  static func subtract(_ value: Self, from place: inout Self) { place -= value }
  @inline(__always)
  static func store(lanes: Lanes, _ pointer: UnsafeMutablePointer<Self>) {
    UnsafeMutableRawPointer(pointer).storeBytes(of: lanes, as: Vector.self)
  }

  @inline(__always)
  var double: Double { self }
  @inline(__always)
  init(rounding value: Double) { self = value }
}
