#if !arch(x86_64)
  // Left to the compiler: Swift cannot import intrinsics for arm64 on all platforms.

  /// The row values that are processed together.
  typealias Floats = SIMD8<Float>
  typealias Words = SIMD8<UInt32>

  @inline(__always)
  func sum(_ a: Floats, _ b: Floats) -> Floats { a + b }
  @inline(__always)
  func difference(_ a: Floats, _ b: Floats) -> Floats { a - b }
  @inline(__always)
  func product(_ a: Floats, _ b: Floats) -> Floats { a * b }
  @inline(__always)
  func multiplyAdd(_ a: Floats, _ b: Floats, _ c: Floats) -> Floats { c.addingProduct(a, b) }
  @inline(__always)
  func larger(_ a: Floats, _ b: Floats) -> Floats { a.replacing(with: b, where: b .> a) }
  @inline(__always)
  func smaller(_ a: Floats, _ b: Floats) -> Floats { a.replacing(with: b, where: b .< a) }
  @inline(__always)
  func wide(_ a: Floats) -> Lanes { Lanes(a) }
  @inline(__always)
  func narrow(_ a: Lanes) -> Floats { Floats(a) }

  @inline(__always)
  func sum(_ a: Lanes, _ b: Lanes) -> Lanes { a + b }
  @inline(__always)
  func difference(_ a: Lanes, _ b: Lanes) -> Lanes { a - b }
  @inline(__always)
  func product(_ a: Lanes, _ b: Lanes) -> Lanes { a * b }
  @inline(__always)
  func quotient(_ a: Lanes, _ b: Lanes) -> Lanes { a / b }
  @inline(__always)
  func multiplyAdd(_ a: Lanes, _ b: Lanes, _ c: Lanes) -> Lanes { c.addingProduct(a, b) }
  @inline(__always)
  func larger(_ a: Lanes, _ b: Lanes) -> Lanes { a.replacing(with: b, where: b .> a) }
  @inline(__always)
  func smaller(_ a: Lanes, _ b: Lanes) -> Lanes { a.replacing(with: b, where: b .< a) }
  @inline(__always)
  private func integers(_ a: Lanes) -> SIMD8<UInt64> { unsafeBitCast(a, to: SIMD8<UInt64>.self) }
  @inline(__always)
  func exponentBits(_ a: Lanes) -> Lanes {
    unsafeBitCast(integers(a) &>> SIMD8(repeating: 52), to: Lanes.self)
  }
  @inline(__always)
  func both(_ a: Lanes, _ b: Lanes) -> Lanes {
    unsafeBitCast(integers(a) & integers(b), to: Lanes.self)
  }
  @inline(__always)
  func either(_ a: Lanes, _ b: Lanes) -> Lanes {
    unsafeBitCast(integers(a) | integers(b), to: Lanes.self)
  }
#endif
