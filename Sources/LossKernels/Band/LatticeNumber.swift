/// The quantity that a lattice sums for eight slots at a time: probabilities, optionally with
/// derivatives.
protocol LatticeNumber {
  /// The factor of a frame for a path.
  associatedtype Factor
  /// The factor of one slot.
  associatedtype Lane

  /// The number of `Double`s per value. The components of an array are stored one after the other,
  /// each as a whole array.
  static var components: Int { get }

  /// `stride` is the distance from one component to the next.
  init(_ pointer: UnsafePointer<Double>, stride: Int)
  func save(_ pointer: UnsafeMutablePointer<Double>, stride: Int)

  static func blankFactor<Row>(_ span: BlockSpan<Row>, _ frame: Int) -> Factor
  static func labelFactor<Row>(_ span: BlockSpan<Row>, _ frame: Int, at slot: Int) -> Factor

  func times(_ factor: Factor) -> Self
  func scaled(_ constant: Lanes) -> Self
  func adding(_ other: Self) -> Self
  func adding(_ other: Self, times constant: Lanes) -> Self
  /// A posterior: the product of prefix and suffix, or its derivative.
  static func meet(_ prefix: Self, _ suffix: Self) -> Lanes

  /// Moves each lane to the next; `first` becomes lane 0.
  func movedUp(first: Lane) -> Self
  /// Moves each lane to the previous; `last` becomes lane 7.
  func movedDown(last: Lane) -> Self
  subscript(lane: Int) -> Lane { get }
  static func lane(_ pointer: UnsafePointer<Double>, stride: Int) -> Lane
  static func save(_ lane: Lane, _ pointer: UnsafeMutablePointer<Double>, stride: Int)

  static var zero: Lane { get }
  /// The probability.
  static func value(_ lane: Lane) -> Double
  /// `a + b · factor`.
  static func total(_ a: Lane, _ b: Lane, times factor: Double) -> Lane
  static func inverse(_ lane: Lane) -> Lane
  /// Scales the derivatives of probabilities that have been scaled.
  static func scaleTangents(_ pointer: UnsafeMutablePointer<Double>, stride: Int, by factors: Lanes)
}

/// Probabilities.
struct Sums: LatticeNumber {
  var values: Lanes

  static var components: Int { 1 }

  @inline(__always)
  init(_ values: Lanes) { self.values = values }
  @inline(__always)
  init(_ pointer: UnsafePointer<Double>, stride: Int) { values = load(pointer) }
  @inline(__always)
  func save(_ pointer: UnsafeMutablePointer<Double>, stride: Int) { store(values, pointer) }

  @inline(__always)
  static func blankFactor<Row>(_ span: BlockSpan<Row>, _ frame: Int) -> Lanes {
    Lanes(repeating: span.blankEmissions[frame])
  }
  @inline(__always)
  static func labelFactor<Row>(_ span: BlockSpan<Row>, _ frame: Int, at slot: Int) -> Lanes {
    Row.lanes(span.emissions + frame &* span.stride + slot)
  }

  @inline(__always)
  func times(_ factor: Lanes) -> Self { Self(product(values, factor)) }
  @inline(__always)
  func scaled(_ constant: Lanes) -> Self { Self(product(values, constant)) }
  @inline(__always)
  func adding(_ other: Self) -> Self { Self(sum(values, other.values)) }
  @inline(__always)
  func adding(_ other: Self, times constant: Lanes) -> Self {
    Self(multiplyAdd(constant, other.values, values))
  }
  @inline(__always)
  static func meet(_ prefix: Self, _ suffix: Self) -> Lanes {
    product(prefix.values, suffix.values)
  }

  @inline(__always)
  func movedUp(first: Double) -> Self { Self(shiftedUp(values, first: first)) }
  @inline(__always)
  func movedDown(last: Double) -> Self { Self(shiftedDown(values, last: last)) }
  @inline(__always)
  subscript(lane: Int) -> Double { values[lane] }
  @inline(__always)
  static func lane(_ pointer: UnsafePointer<Double>, stride: Int) -> Double { pointer.pointee }
  @inline(__always)
  static func save(_ lane: Double, _ pointer: UnsafeMutablePointer<Double>, stride: Int) {
    pointer.pointee = lane
  }

  static var zero: Double { 0 }
  @inline(__always)
  static func value(_ lane: Double) -> Double { lane }
  @inline(__always)
  static func total(_ a: Double, _ b: Double, times factor: Double) -> Double { a + b * factor }
  @inline(__always)
  static func inverse(_ lane: Double) -> Double { 1 / lane }
  @inline(__always)
  static func scaleTangents(
    _ pointer: UnsafeMutablePointer<Double>, stride: Int, by factors: Lanes
  ) {}
}

/// Probabilities and their derivatives along a direction of the log-probabilities.
///
/// Both have the exponent of the probability. The derivative is the probability times the mean,
/// over the paths, of the sum of the direction along a path.
struct SumsAndTangents: LatticeNumber {
  var values: Lanes
  var tangents: Lanes

  static var components: Int { 2 }

  /// A probability and the derivative of its logarithm.
  struct Factor {
    let value: Lanes
    let rate: Lanes
  }

  @inline(__always)
  init(_ values: Lanes, _ tangents: Lanes) {
    self.values = values
    self.tangents = tangents
  }
  @inline(__always)
  init(_ pointer: UnsafePointer<Double>, stride: Int) {
    values = load(pointer)
    tangents = load(pointer + stride)
  }
  @inline(__always)
  func save(_ pointer: UnsafeMutablePointer<Double>, stride: Int) {
    store(values, pointer)
    store(tangents, pointer + stride)
  }

  @inline(__always)
  static func blankFactor<Row>(_ span: BlockSpan<Row>, _ frame: Int) -> Factor {
    Factor(
      value: Lanes(repeating: span.blankEmissions[frame]),
      rate: Lanes(repeating: span.blankRates[frame]))
  }
  @inline(__always)
  static func labelFactor<Row>(_ span: BlockSpan<Row>, _ frame: Int, at slot: Int) -> Factor {
    let place = frame &* span.stride &+ slot
    return Factor(
      value: Row.lanes(span.emissions + place),
      rate: difference(
        Row.lanes(span.directions + place), Lanes(repeating: span.directionMeans[frame])))
  }

  @inline(__always)
  func times(_ factor: Factor) -> Self {
    let emitted = product(values, factor.value)
    return Self(emitted, multiplyAdd(tangents, factor.value, product(emitted, factor.rate)))
  }
  @inline(__always)
  func scaled(_ constant: Lanes) -> Self {
    Self(product(values, constant), product(tangents, constant))
  }
  @inline(__always)
  func adding(_ other: Self) -> Self {
    Self(sum(values, other.values), sum(tangents, other.tangents))
  }
  @inline(__always)
  func adding(_ other: Self, times constant: Lanes) -> Self {
    Self(
      multiplyAdd(constant, other.values, values),
      multiplyAdd(constant, other.tangents, tangents))
  }
  @inline(__always)
  static func meet(_ prefix: Self, _ suffix: Self) -> Lanes {
    multiplyAdd(prefix.tangents, suffix.values, product(prefix.values, suffix.tangents))
  }

  @inline(__always)
  func movedUp(first: SIMD2<Double>) -> Self {
    Self(
      shiftedUp(values, first: first[0]),
      shiftedUp(tangents, first: first[1]))
  }
  @inline(__always)
  func movedDown(last: SIMD2<Double>) -> Self {
    Self(
      shiftedDown(values, last: last[0]),
      shiftedDown(tangents, last: last[1]))
  }
  @inline(__always)
  subscript(lane: Int) -> SIMD2<Double> { SIMD2(values[lane], tangents[lane]) }
  @inline(__always)
  static func lane(_ pointer: UnsafePointer<Double>, stride: Int) -> SIMD2<Double> {
    SIMD2(pointer[0], pointer[stride])
  }
  @inline(__always)
  static func save(_ lane: SIMD2<Double>, _ pointer: UnsafeMutablePointer<Double>, stride: Int) {
    pointer[0] = lane[0]
    pointer[stride] = lane[1]
  }

  static var zero: SIMD2<Double> { .zero }
  @inline(__always)
  static func value(_ lane: SIMD2<Double>) -> Double { lane[0] }
  @inline(__always)
  static func total(
    _ a: SIMD2<Double>, _ b: SIMD2<Double>, times factor: Double
  ) -> SIMD2<Double> {
    SIMD2(a[0] + b[0] * factor, a[1] + b[1] * factor)
  }
  @inline(__always)
  static func inverse(_ lane: SIMD2<Double>) -> SIMD2<Double> {
    SIMD2(1 / lane[0], -(lane[1] / lane[0]) / lane[0])
  }
  @inline(__always)
  static func scaleTangents(
    _ pointer: UnsafeMutablePointer<Double>, stride: Int, by factors: Lanes
  ) {
    store(product(load(pointer + stride), factors), pointer + stride)
  }
}
