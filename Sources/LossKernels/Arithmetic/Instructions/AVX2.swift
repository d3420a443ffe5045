#if FUSED && !WIDE
  import _Builtin_intrinsics.intel

  // Vectors of 256 bits, by the processor's intrinsics; eight slots take two of them.

  /// A register of row values.
  typealias Floats = SIMD8<Float>
  typealias Words = SIMD8<UInt32>

  @inline(__always)
  func sum(_ a: Floats, _ b: Floats) -> Floats { _mm256_add_ps(a, b) }
  @inline(__always)
  func difference(_ a: Floats, _ b: Floats) -> Floats { _mm256_sub_ps(a, b) }
  @inline(__always)
  func product(_ a: Floats, _ b: Floats) -> Floats { _mm256_mul_ps(a, b) }
  @inline(__always)
  func multiplyAdd(_ a: Floats, _ b: Floats, _ c: Floats) -> Floats { _mm256_fmadd_ps(a, b, c) }
  @inline(__always)
  func larger(_ a: Floats, _ b: Floats) -> Floats { _mm256_max_ps(b, a) }
  @inline(__always)
  func smaller(_ a: Floats, _ b: Floats) -> Floats { _mm256_min_ps(b, a) }
  @inline(__always)
  func wide(_ a: Floats) -> Lanes {
    Lanes(lowHalf: _mm256_cvtps_pd(a.lowHalf), highHalf: _mm256_cvtps_pd(a.highHalf))
  }
  @inline(__always)
  func narrow(_ a: Lanes) -> Floats {
    Floats(lowHalf: _mm256_cvtpd_ps(a.lowHalf), highHalf: _mm256_cvtpd_ps(a.highHalf))
  }

  @inline(__always)
  func sum(_ a: HalfLanes, _ b: HalfLanes) -> HalfLanes { _mm256_add_pd(a, b) }
  @inline(__always)
  func difference(_ a: HalfLanes, _ b: HalfLanes) -> HalfLanes { _mm256_sub_pd(a, b) }
  @inline(__always)
  func product(_ a: HalfLanes, _ b: HalfLanes) -> HalfLanes { _mm256_mul_pd(a, b) }
  @inline(__always)
  func quotient(_ a: HalfLanes, _ b: HalfLanes) -> HalfLanes { _mm256_div_pd(a, b) }
  @inline(__always)
  func multiplyAdd(_ a: HalfLanes, _ b: HalfLanes, _ c: HalfLanes) -> HalfLanes {
    _mm256_fmadd_pd(a, b, c)
  }
  @inline(__always)
  func larger(_ a: HalfLanes, _ b: HalfLanes) -> HalfLanes { _mm256_max_pd(b, a) }
  @inline(__always)
  func smaller(_ a: HalfLanes, _ b: HalfLanes) -> HalfLanes { _mm256_min_pd(b, a) }
  @inline(__always)
  func exponentBits(_ a: HalfLanes) -> HalfLanes {
    unsafeBitCast(
      _mm256_srli_epi64(unsafeBitCast(a, to: SIMD4<Int64>.self), 52), to: HalfLanes.self)
  }
  @inline(__always)
  func both(_ a: HalfLanes, _ b: HalfLanes) -> HalfLanes { _mm256_and_pd(a, b) }
  @inline(__always)
  func either(_ a: HalfLanes, _ b: HalfLanes) -> HalfLanes { _mm256_or_pd(a, b) }
#endif
