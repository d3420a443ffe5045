#if arch(x86_64)
  import _Builtin_intrinsics.intel
#endif

// The arithmetic of eight numbers, by the names of the processor's instructions where there are names.
// The operators of SIMD types go lane by lane, and a compiler that finds the vectors again in a short
// loop loses them in a long one; for arm64 there are no names that Swift imports, and it is left to it.

/// Eight slots of a lattice.
typealias Lanes = SIMD8<Double>
/// Eight numbers of a row.
typealias Floats = SIMD8<Float>

#if FUSED
  @inline(__always)
  private func byParts(
    _ a: Lanes, _ b: Lanes, _ operation: (SIMD4<Double>, SIMD4<Double>) -> SIMD4<Double>
  ) -> Lanes {
    Lanes(
      lowHalf: operation(a.lowHalf, b.lowHalf), highHalf: operation(a.highHalf, b.highHalf))
  }

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
  func sum(_ a: Lanes, _ b: Lanes) -> Lanes { byParts(a, b, _mm256_add_pd) }
  @inline(__always)
  func difference(_ a: Lanes, _ b: Lanes) -> Lanes { byParts(a, b, _mm256_sub_pd) }
  @inline(__always)
  func product(_ a: Lanes, _ b: Lanes) -> Lanes { byParts(a, b, _mm256_mul_pd) }
  @inline(__always)
  func multiplyAdd(_ a: Lanes, _ b: Lanes, _ c: Lanes) -> Lanes {
    Lanes(
      lowHalf: _mm256_fmadd_pd(a.lowHalf, b.lowHalf, c.lowHalf),
      highHalf: _mm256_fmadd_pd(a.highHalf, b.highHalf, c.highHalf))
  }
  @inline(__always)
  func larger(_ a: Lanes, _ b: Lanes) -> Lanes { byParts(b, a, _mm256_max_pd) }
  @inline(__always)
  func smaller(_ a: Lanes, _ b: Lanes) -> Lanes { byParts(b, a, _mm256_min_pd) }
  @inline(__always)
  private func bits(_ a: SIMD4<Double>) -> SIMD4<Int64> { unsafeBitCast(a, to: SIMD4<Int64>.self) }
  @inline(__always)
  private func exponentBits(_ a: SIMD4<Double>) -> SIMD4<Double> {
    unsafeBitCast(_mm256_srli_epi64(bits(a), 52), to: SIMD4<Double>.self)
  }
  @inline(__always)
  private func exponentBits(_ a: Lanes) -> Lanes {
    Lanes(lowHalf: exponentBits(a.lowHalf), highHalf: exponentBits(a.highHalf))
  }
  @inline(__always)
  private func both(_ a: Lanes, _ b: Lanes) -> Lanes { byParts(a, b, _mm256_and_pd) }
  @inline(__always)
  private func either(_ a: Lanes, _ b: Lanes) -> Lanes { byParts(a, b, _mm256_or_pd) }
#elseif arch(x86_64)
  @inline(__always)
  private func byParts(
    _ a: Floats, _ b: Floats, _ operation: (SIMD4<Float>, SIMD4<Float>) -> SIMD4<Float>
  ) -> Floats {
    Floats(
      lowHalf: operation(a.lowHalf, b.lowHalf), highHalf: operation(a.highHalf, b.highHalf))
  }
  @inline(__always)
  private func byParts(
    _ a: SIMD4<Double>, _ b: SIMD4<Double>,
    _ operation: (SIMD2<Double>, SIMD2<Double>) -> SIMD2<Double>
  ) -> SIMD4<Double> {
    SIMD4<Double>(
      lowHalf: operation(a.lowHalf, b.lowHalf), highHalf: operation(a.highHalf, b.highHalf))
  }
  @inline(__always)
  private func byParts(
    _ a: Lanes, _ b: Lanes, _ operation: (SIMD2<Double>, SIMD2<Double>) -> SIMD2<Double>
  ) -> Lanes {
    Lanes(
      lowHalf: byParts(a.lowHalf, b.lowHalf, operation),
      highHalf: byParts(a.highHalf, b.highHalf, operation))
  }
  @inline(__always)
  private func wide(_ a: SIMD4<Float>) -> SIMD4<Double> {
    SIMD4<Double>(
      lowHalf: _mm_cvtps_pd(a),
      highHalf: _mm_cvtps_pd(SIMD4(a[2], a[3], a[2], a[3])))
  }
  @inline(__always)
  private func narrow(_ a: SIMD4<Double>) -> SIMD4<Float> {
    let (low, high) = (_mm_cvtpd_ps(a.lowHalf), _mm_cvtpd_ps(a.highHalf))
    return SIMD4(low[0], low[1], high[0], high[1])
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
  func wide(_ a: Floats) -> Lanes {
    Lanes(lowHalf: wide(a.lowHalf), highHalf: wide(a.highHalf))
  }
  @inline(__always)
  func narrow(_ a: Lanes) -> Floats {
    Floats(lowHalf: narrow(a.lowHalf), highHalf: narrow(a.highHalf))
  }

  @inline(__always)
  func sum(_ a: Lanes, _ b: Lanes) -> Lanes { byParts(a, b, _mm_add_pd) }
  @inline(__always)
  func difference(_ a: Lanes, _ b: Lanes) -> Lanes { byParts(a, b, _mm_sub_pd) }
  @inline(__always)
  func product(_ a: Lanes, _ b: Lanes) -> Lanes { byParts(a, b, _mm_mul_pd) }
  @inline(__always)
  func multiplyAdd(_ a: Lanes, _ b: Lanes, _ c: Lanes) -> Lanes { sum(product(a, b), c) }
  @inline(__always)
  func larger(_ a: Lanes, _ b: Lanes) -> Lanes { byParts(b, a, _mm_max_pd) }
  @inline(__always)
  func smaller(_ a: Lanes, _ b: Lanes) -> Lanes { byParts(b, a, _mm_min_pd) }
  @inline(__always)
  private func exponentBits(_ a: SIMD2<Double>) -> SIMD2<Double> {
    unsafeBitCast(
      _mm_srli_epi64(unsafeBitCast(a, to: SIMD2<Int64>.self), 52), to: SIMD2<Double>.self)
  }
  @inline(__always)
  private func exponentBits(_ a: Lanes) -> Lanes {
    byParts(a, a) { part, _ in exponentBits(part) }
  }
  @inline(__always)
  private func both(_ a: Lanes, _ b: Lanes) -> Lanes { byParts(a, b, _mm_and_pd) }
  @inline(__always)
  private func either(_ a: Lanes, _ b: Lanes) -> Lanes { byParts(a, b, _mm_or_pd) }
#else
  @inline(__always)
  private func integers(_ a: Lanes) -> SIMD8<UInt64> { unsafeBitCast(a, to: SIMD8<UInt64>.self) }
  @inline(__always)
  private func exponentBits(_ a: Lanes) -> Lanes {
    unsafeBitCast(integers(a) &>> SIMD8(repeating: 52), to: Lanes.self)
  }
  @inline(__always)
  private func both(_ a: Lanes, _ b: Lanes) -> Lanes {
    unsafeBitCast(integers(a) & integers(b), to: Lanes.self)
  }
  @inline(__always)
  private func either(_ a: Lanes, _ b: Lanes) -> Lanes {
    unsafeBitCast(integers(a) | integers(b), to: Lanes.self)
  }

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
  func multiplyAdd(_ a: Lanes, _ b: Lanes, _ c: Lanes) -> Lanes { c.addingProduct(a, b) }
  @inline(__always)
  func larger(_ a: Lanes, _ b: Lanes) -> Lanes { a.replacing(with: b, where: b .> a) }
  @inline(__always)
  func smaller(_ a: Lanes, _ b: Lanes) -> Lanes { a.replacing(with: b, where: b .< a) }
#endif

@inline(__always)
func load(_ pointer: UnsafePointer<Double>) -> Lanes {
  UnsafeRawPointer(pointer).loadUnaligned(as: Lanes.self)
}

@inline(__always)
func store(_ lanes: Lanes, _ pointer: UnsafeMutablePointer<Double>) {
  UnsafeMutableRawPointer(pointer).storeBytes(of: lanes, as: Lanes.self)
}

/// The vectors of eight slots that blocks of sixteen hold.
@inline(__always)
func vectors(_ blocks: (first: Int, end: Int)) -> Range<Int> {
  2 &* blocks.first..<2 &* max(blocks.first, blocks.end)
}

/// Each lane moved to the next, `first` into lane 0.
@inline(__always)
func shiftedUp(_ lanes: Lanes, first: Double) -> Lanes {
  Lanes(first, lanes[0], lanes[1], lanes[2], lanes[3], lanes[4], lanes[5], lanes[6])
}

/// Each lane moved to the one before, `last` into lane 7.
@inline(__always)
func shiftedDown(_ lanes: Lanes, last: Double) -> Lanes {
  Lanes(lanes[1], lanes[2], lanes[3], lanes[4], lanes[5], lanes[6], lanes[7], last)
}

/// The sum of the lanes, in one order on every processor.
@inline(__always)
func laneSum(_ lanes: Lanes) -> Double {
  ((lanes[0] + lanes[4]) + (lanes[1] + lanes[5])) + ((lanes[2] + lanes[6]) + (lanes[3] + lanes[7]))
}

/// The exponents of positive normal numbers.
@inline(__always)
func binaryExponent(_ lanes: Lanes) -> Lanes {
  // The bits of the exponent as the last ones of a number between 2^52 and 2^53.
  let magic = Lanes(repeating: 0x1p52)
  return difference(either(exponentBits(lanes), magic), Lanes(repeating: 0x1p52 + 1023))
}

/// Positive normal numbers divided by two to their exponents: 1..<2.
@inline(__always)
func significand(_ lanes: Lanes) -> Lanes {
  let fraction = Lanes(repeating: Double(bitPattern: 0xF_FFFF_FFFF_FFFF))
  return either(both(lanes, fraction), Lanes(repeating: 1))
}

/// ``binaryExponent(_:)`` of one number.
@inline(__always)
func binaryExponent(_ number: Double) -> Double {
  Double(Int(truncatingIfNeeded: number.bitPattern &>> 52) &- 1023)
}

/// ``significand(_:)`` of one number.
@inline(__always)
func significand(_ number: Double) -> Double {
  Double(bitPattern: number.bitPattern & 0xF_FFFF_FFFF_FFFF | 0x3FF0_0000_0000_0000)
}

/// 2^`exponent` for whole numbers up to 1023; 0 below -1022.
@inline(__always)
func powerOfTwo(_ exponent: Lanes) -> Lanes {
  let biased = sum(larger(exponent, Lanes(repeating: -1023)), Lanes(repeating: 0x1p52 + 1023))
  let power = unsafeBitCast(biased, to: SIMD8<UInt64>.self) &* SIMD8(repeating: 1 << 52)
  return unsafeBitCast(power, to: Lanes.self)
}

/// ``powerOfTwo(_:)`` of one number.
@inline(__always)
func powerOfTwo(_ exponent: Double) -> Double {
  Double(bitPattern: (max(exponent, -1023) + 0x1p52 + 1023).bitPattern &<< 52)
}
