// Arithmetic that is the same for every instruction set. The other vector operations are in
// `Instructions/`, by intrinsics where Swift has them. Swift's operators on SIMD types work lane by
// lane; the compiler recognizes the vectors in short loops, but not in long ones.

/// Eight slots of a lattice.
typealias Lanes = SIMD8<Double>

@inline(__always)
func load(_ pointer: UnsafePointer<Double>) -> Lanes {
  UnsafeRawPointer(pointer).loadUnaligned(as: Lanes.self)
}

@inline(__always)
func store(_ lanes: Lanes, _ pointer: UnsafeMutablePointer<Double>) {
  UnsafeMutableRawPointer(pointer).storeBytes(of: lanes, as: Lanes.self)
}

/// The vectors of eight slots in blocks of sixteen.
@inline(__always)
func vectors(_ blocks: (first: Int, end: Int)) -> Range<Int> {
  2 &* blocks.first..<2 &* max(blocks.first, blocks.end)
}

/// Moves each lane to the next; `first` becomes lane 0.
@inline(__always)
func shiftedUp(_ lanes: Lanes, first: Double) -> Lanes {
  Lanes(first, lanes[0], lanes[1], lanes[2], lanes[3], lanes[4], lanes[5], lanes[6])
}

/// Moves each lane to the previous; `last` becomes lane 7.
@inline(__always)
func shiftedDown(_ lanes: Lanes, last: Double) -> Lanes {
  Lanes(lanes[1], lanes[2], lanes[3], lanes[4], lanes[5], lanes[6], lanes[7], last)
}

/// The sum of the lanes, in the same order on every processor.
@inline(__always)
func laneSum(_ lanes: Lanes) -> Double {
  ((lanes[0] + lanes[4]) + (lanes[1] + lanes[5])) + ((lanes[2] + lanes[6]) + (lanes[3] + lanes[7]))
}

/// The exponents of positive normal numbers.
@inline(__always)
func binaryExponent(_ lanes: Lanes) -> Lanes {
  // Places the exponent's bits in the lowest bits of a number between 2^52 and 2^53.
  let magic = Lanes(repeating: 0x1p52)
  return difference(either(exponentBits(lanes), magic), Lanes(repeating: 0x1p52 + 1023))
}

/// Positive normal numbers divided by two to their exponents: in 1..<2.
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

/// 2^`exponent` for integers up to 1023; 0 below -1022.
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
