// A tile of a matrix product that stays in registers: it does as many multiplications per loaded
// value as the registers allow.

/// Four vectors.
struct FourVectors<Row: RowScalar> {
  var a, b, c, d: Row.Vector

  @inline(__always)
  init() {
    let zero = Row.repeating(0)
    (a, b, c, d) = (zero, zero, zero, zero)
  }

  /// Loads vectors that are `stride` elements apart.
  @inline(__always)
  init(_ pointer: UnsafePointer<Row>, stride: Int) {
    a = Row.load(pointer)
    b = Row.load(pointer + stride)
    c = Row.load(pointer + 2 &* stride)
    d = Row.load(pointer + 3 &* stride)
  }

  @inline(__always)
  mutating func add(_ x: Row.Vector, times y: FourVectors) {
    a = Row.addProduct(x, y.a, a)
    b = Row.addProduct(x, y.b, b)
    c = Row.addProduct(x, y.c, c)
    d = Row.addProduct(x, y.d, d)
  }

  /// Stores the vectors one after the other.
  @inline(__always)
  func store(_ pointer: UnsafeMutablePointer<Row>) {
    Row.store(a, pointer)
    Row.store(b, pointer + Row.width)
    Row.store(c, pointer + 2 &* Row.width)
    Row.store(d, pointer + 3 &* Row.width)
  }

  /// Adds the sum of each vector to one of four numbers.
  @inline(__always)
  func addSums(_ sums: UnsafeMutablePointer<Double>) { Row.addSums(a, b, c, d, sums) }
}

/// ``rows`` times four vectors.
struct VectorTile<Row: RowScalar> {
  #if WIDE
    // Uses twenty of the 32 registers.
    static var rows: Int { 5 }
    private var r0, r1, r2, r3, r4: FourVectors<Row>
  #else
    static var rows: Int { 2 }
    private var r0, r1: FourVectors<Row>
  #endif

  @inline(__always)
  init() {
    (r0, r1) = (FourVectors(), FourVectors())
    #if WIDE
      (r2, r3, r4) = (FourVectors(), FourVectors(), FourVectors())
    #endif
  }

  /// Multiplies each row's vector by each of four vectors and adds the products. Row vectors are
  /// `stride` elements apart.
  @inline(__always)
  mutating func add(vectors x: UnsafePointer<Row>, stride: Int, times y: FourVectors<Row>) {
    r0.add(Row.load(x), times: y)
    r1.add(Row.load(x + stride), times: y)
    #if WIDE
      r2.add(Row.load(x + 2 &* stride), times: y)
      r3.add(Row.load(x + 3 &* stride), times: y)
      r4.add(Row.load(x + 4 &* stride), times: y)
    #endif
  }

  /// Multiplies each row's number by each of four vectors and adds the products.
  @inline(__always)
  mutating func add(numbers x: UnsafePointer<Row>, stride: Int, times y: FourVectors<Row>) {
    r0.add(Row.repeating(row: x[0]), times: y)
    r1.add(Row.repeating(row: x[stride]), times: y)
    #if WIDE
      r2.add(Row.repeating(row: x[2 &* stride]), times: y)
      r3.add(Row.repeating(row: x[3 &* stride]), times: y)
      r4.add(Row.repeating(row: x[4 &* stride]), times: y)
    #endif
  }

  @inline(__always)
  func store(_ pointer: UnsafeMutablePointer<Row>, stride: Int) {
    r0.store(pointer)
    r1.store(pointer + stride)
    #if WIDE
      r2.store(pointer + 2 &* stride)
      r3.store(pointer + 3 &* stride)
      r4.store(pointer + 4 &* stride)
    #endif
  }

  @inline(__always)
  func addSums(_ sums: UnsafeMutablePointer<Double>, stride: Int) {
    r0.addSums(sums)
    r1.addSums(sums + stride)
    #if WIDE
      r2.addSums(sums + 2 &* stride)
      r3.addSums(sums + 3 &* stride)
      r4.addSums(sums + 4 &* stride)
    #endif
  }
}

/// The sums of four vectors, each as two adjacent partial sums.
@inline(__always)
func sumsOfFour(
  _ a: SIMD8<Float>, _ b: SIMD8<Float>, _ c: SIMD8<Float>, _ d: SIMD8<Float>
) -> SIMD8<Float> {
  let ab = sum(
    SIMD8(lowHalf: a.lowHalf, highHalf: b.lowHalf), SIMD8(lowHalf: a.highHalf, highHalf: b.highHalf)
  )
  let cd = sum(
    SIMD8(lowHalf: c.lowHalf, highHalf: d.lowHalf), SIMD8(lowHalf: c.highHalf, highHalf: d.highHalf)
  )
  return sum(
    SIMD8(ab[0], ab[1], ab[4], ab[5], cd[0], cd[1], cd[4], cd[5]),
    SIMD8(ab[2], ab[3], ab[6], ab[7], cd[2], cd[3], cd[6], cd[7]))
}

/// The sums of four vectors, each as two adjacent partial sums.
@inline(__always)
func sumsOfFour(_ a: Lanes, _ b: Lanes, _ c: Lanes, _ d: Lanes) -> Lanes {
  let ab = sum(
    Lanes(lowHalf: a.lowHalf, highHalf: b.lowHalf), Lanes(lowHalf: a.highHalf, highHalf: b.highHalf)
  )
  let cd = sum(
    Lanes(lowHalf: c.lowHalf, highHalf: d.lowHalf), Lanes(lowHalf: c.highHalf, highHalf: d.highHalf)
  )
  return sum(
    Lanes(ab[0], ab[1], ab[4], ab[5], cd[0], cd[1], cd[4], cd[5]),
    Lanes(ab[2], ab[3], ab[6], ab[7], cd[2], cd[3], cd[6], cd[7]))
}
