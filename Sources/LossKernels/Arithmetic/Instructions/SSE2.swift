#if arch(x86_64) && !FUSED
  import _Builtin_intrinsics.intel

  // Vectors of 128 bits, by the processor's intrinsics; eight slots take four of them.

  /// The row values that are processed together.
  typealias Floats = SIMD8<Float>
  typealias Words = SIMD8<UInt32>
  private typealias Pair = SIMD2<Double>
  private typealias Four = SIMD4<Float>

  @inline(__always)
  private func byParts(_ a: Floats, _ b: Floats, _ operation: (Four, Four) -> Four) -> Floats {
    Floats(
      lowHalf: operation(a.lowHalf, b.lowHalf), highHalf: operation(a.highHalf, b.highHalf))
  }
  @inline(__always)
  private func byParts(
    _ a: HalfLanes, _ b: HalfLanes, _ operation: (Pair, Pair) -> Pair
  ) -> HalfLanes {
    HalfLanes(
      lowHalf: operation(a.lowHalf, b.lowHalf), highHalf: operation(a.highHalf, b.highHalf))
  }
  @inline(__always)
  private func wide(_ a: Four) -> HalfLanes {
    HalfLanes(
      lowHalf: _mm_cvtps_pd(a),
      highHalf: _mm_cvtps_pd(SIMD4(a[2], a[3], a[2], a[3])))
  }
  @inline(__always)
  private func narrow(_ a: HalfLanes) -> Four {
    let (low, high) = (_mm_cvtpd_ps(a.lowHalf), _mm_cvtpd_ps(a.highHalf))
    return SIMD4(low[0], low[1], high[0], high[1])
  }
  @inline(__always)
  private func exponentBits(_ a: Pair) -> Pair {
    unsafeBitCast(_mm_srli_epi64(unsafeBitCast(a, to: SIMD2<Int64>.self), 52), to: Pair.self)
  }

  @inline(__always)
  func sum(_ a: Floats, _ b: Floats) -> Floats { byParts(a, b, _mm_add_ps) }
  @inline(__always)
  func difference(_ a: Floats, _ b: Floats) -> Floats { byParts(a, b, _mm_sub_ps) }
  @inline(__always)
  func product(_ a: Floats, _ b: Floats) -> Floats { byParts(a, b, _mm_mul_ps) }
  @inline(__always)
  func multiplyAdd(_ a: Floats, _ b: Floats, _ c: Floats) -> Floats { sum(product(a, b), c) }
  @inline(__always)
  func larger(_ a: Floats, _ b: Floats) -> Floats { byParts(b, a, _mm_max_ps) }
  @inline(__always)
  func smaller(_ a: Floats, _ b: Floats) -> Floats { byParts(b, a, _mm_min_ps) }
  @inline(__always)
  func wide(_ a: Floats) -> Lanes { Lanes(lowHalf: wide(a.lowHalf), highHalf: wide(a.highHalf)) }
  @inline(__always)
  func narrow(_ a: Lanes) -> Floats {
    Floats(lowHalf: narrow(a.lowHalf), highHalf: narrow(a.highHalf))
  }

  @inline(__always)
  func sum(_ a: HalfLanes, _ b: HalfLanes) -> HalfLanes { byParts(a, b, _mm_add_pd) }
  @inline(__always)
  func difference(_ a: HalfLanes, _ b: HalfLanes) -> HalfLanes { byParts(a, b, _mm_sub_pd) }
  @inline(__always)
  func product(_ a: HalfLanes, _ b: HalfLanes) -> HalfLanes { byParts(a, b, _mm_mul_pd) }
  @inline(__always)
  func quotient(_ a: HalfLanes, _ b: HalfLanes) -> HalfLanes { byParts(a, b, _mm_div_pd) }
  @inline(__always)
  func multiplyAdd(_ a: HalfLanes, _ b: HalfLanes, _ c: HalfLanes) -> HalfLanes {
    sum(product(a, b), c)
  }
  @inline(__always)
  func larger(_ a: HalfLanes, _ b: HalfLanes) -> HalfLanes { byParts(b, a, _mm_max_pd) }
  @inline(__always)
  func smaller(_ a: HalfLanes, _ b: HalfLanes) -> HalfLanes { byParts(b, a, _mm_min_pd) }
  @inline(__always)
  func exponentBits(_ a: HalfLanes) -> HalfLanes {
    HalfLanes(lowHalf: exponentBits(a.lowHalf), highHalf: exponentBits(a.highHalf))
  }
  @inline(__always)
  func both(_ a: HalfLanes, _ b: HalfLanes) -> HalfLanes { byParts(a, b, _mm_and_pd) }
  @inline(__always)
  func either(_ a: HalfLanes, _ b: HalfLanes) -> HalfLanes { byParts(a, b, _mm_or_pd) }
#endif
