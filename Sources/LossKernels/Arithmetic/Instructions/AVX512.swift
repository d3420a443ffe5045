#if WIDE
  import _Builtin_intrinsics.intel

  // Vectors of 512 bits, by the processor's intrinsics.

  /// A register of row values.
  typealias Floats = SIMD16<Float>
  typealias Words = SIMD16<UInt32>

  @inline(__always)
  func sum(_ a: Floats, _ b: Floats) -> Floats { _mm512_add_ps(a, b) }
  @inline(__always)
  func difference(_ a: Floats, _ b: Floats) -> Floats { _mm512_sub_ps(a, b) }
  @inline(__always)
  func product(_ a: Floats, _ b: Floats) -> Floats { _mm512_mul_ps(a, b) }
  @inline(__always)
  func multiplyAdd(_ a: Floats, _ b: Floats, _ c: Floats) -> Floats { _mm512_fmadd_ps(a, b, c) }
  @inline(__always)
  func larger(_ a: Floats, _ b: Floats) -> Floats { _mm512_max_ps(b, a) }
  @inline(__always)
  func smaller(_ a: Floats, _ b: Floats) -> Floats { _mm512_min_ps(b, a) }
  @inline(__always)
  func sum(_ a: SIMD8<Float>, _ b: SIMD8<Float>) -> SIMD8<Float> { _mm256_add_ps(a, b) }
  @inline(__always)
  func larger(_ a: SIMD8<Float>, _ b: SIMD8<Float>) -> SIMD8<Float> { _mm256_max_ps(b, a) }
  @inline(__always)
  func wide(_ a: SIMD8<Float>) -> Lanes { _mm512_cvtps_pd(a) }
  @inline(__always)
  func narrow(_ a: Lanes) -> SIMD8<Float> { _mm512_cvtpd_ps(a) }

  @inline(__always)
  func sum(_ a: Lanes, _ b: Lanes) -> Lanes { _mm512_add_pd(a, b) }
  @inline(__always)
  func difference(_ a: Lanes, _ b: Lanes) -> Lanes { _mm512_sub_pd(a, b) }
  @inline(__always)
  func product(_ a: Lanes, _ b: Lanes) -> Lanes { _mm512_mul_pd(a, b) }
  @inline(__always)
  func quotient(_ a: Lanes, _ b: Lanes) -> Lanes { _mm512_div_pd(a, b) }
  @inline(__always)
  func multiplyAdd(_ a: Lanes, _ b: Lanes, _ c: Lanes) -> Lanes { _mm512_fmadd_pd(a, b, c) }
  @inline(__always)
  func larger(_ a: Lanes, _ b: Lanes) -> Lanes { _mm512_max_pd(b, a) }
  @inline(__always)
  func smaller(_ a: Lanes, _ b: Lanes) -> Lanes { _mm512_min_pd(b, a) }
  @inline(__always)
  func exponentBits(_ a: Lanes) -> Lanes {
    unsafeBitCast(
      _mm512_srli_epi64(unsafeBitCast(a, to: SIMD8<Int64>.self), 52), to: Lanes.self)
  }
  @inline(__always)
  func both(_ a: Lanes, _ b: Lanes) -> Lanes { _mm512_and_pd(a, b) }
  @inline(__always)
  func either(_ a: Lanes, _ b: Lanes) -> Lanes { _mm512_or_pd(a, b) }
#endif
