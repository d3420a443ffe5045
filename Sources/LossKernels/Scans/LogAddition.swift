#if WIDE
  /// Adds probabilities that are given as logarithms; needs AVX-512 F, BW, CD, DQ and VL.
  package func runLogAdditionAVX512(
    _ left: UnsafePointer<Double>, _ right: UnsafePointer<Double>,
    _ sums: UnsafeMutablePointer<Double>, _ count: Int
  ) { add(left, right, sums, count) }
#elseif FUSED
  /// Adds probabilities that are given as logarithms; needs AVX2, FMA and F16C.
  package func runLogAdditionAVX2(
    _ left: UnsafePointer<Double>, _ right: UnsafePointer<Double>,
    _ sums: UnsafeMutablePointer<Double>, _ count: Int
  ) { add(left, right, sums, count) }
#else
  /// Adds probabilities that are given as logarithms.
  package func runLogAddition(
    _ left: UnsafePointer<Double>, _ right: UnsafePointer<Double>,
    _ sums: UnsafeMutablePointer<Double>, _ count: Int
  ) { add(left, right, sums, count) }
#endif

// The error relative to 1 is below 3e-14. The arithmetic has no branches, so that compilers
// vectorize it, and no fused operations, so that all builds give the same bits.

@inline(__always)
private func add(
  _ left: UnsafePointer<Double>, _ right: UnsafePointer<Double>,
  _ sums: UnsafeMutablePointer<Double>, _ count: Int
) {
  var index = 0
  while index < count {
    sums[index] = sum(left[index], right[index])
    index &+= 1
  }
}

/// `log(exp(left) + exp(right))`.
@inline(__always)
private func sum(_ left: Double, _ right: Double) -> Double {
  let larger = left > right ? left : right
  let smaller = left > right ? right : left
  let difference = smaller - larger
  // Below -40, the smaller term is under half a unit in the last place of the sum. For two
  // infinities the difference is NaN, for which the comparison is false too.
  let counts = difference > -40
  let added = log1p(exponential(counts ? difference : -40))
  return larger + (counts ? added : 0)
}

/// `exp(x)` for x in -40...0.
@inline(__always)
private func exponential(_ x: Double) -> Double {
  // Adding 1.5 * 2^52 leaves the nearest integer in the low bits.
  let shifted = x * 1.4426950408889634 + 0x1.8p52
  let whole = shifted - 0x1.8p52
  let rest = (x - whole * 0.693147180369123816490) - whole * 1.90821492927058770002e-10
  // In pairs, and pairs of pairs, which takes half the time of adding one term after the other.
  let square = rest * rest
  let fourth = square * square
  let low = (1 + rest) + square * (0.4999999999943814 + rest * 0.16666666666615606)
  let middle =
    (0.041666667040776455 + rest * 0.0083333333673320082)
    + square * (0.0013888801714761622 + rest * 0.00019841190615835852)
  let high = 2.488447635159146e-5 + rest * 2.7632655759332031e-6
  let sum = low + fourth * (middle + fourth * high)
  let power = Double(bitPattern: (shifted.bitPattern &+ 1023) << 52)
  return sum * power
}

/// `log(1 + y)` for y in 0...1, by `2 artanh(y / (2 + y))`.
@inline(__always)
private func log1p(_ y: Double) -> Double {
  let ratio = y / (2 + y)
  let square = ratio * ratio
  let fourth = square * square
  let low =
    (2 + square * 0.66666666666182575)
    + fourth * (0.40000000115814522 + square * 0.2857141793475505)
  let high =
    (0.22222709754719172 + square * 0.18169333991893807)
    + fourth * (0.15570707201481439 + square * 0.11744977819559474)
  let eighth = fourth * fourth
  let sum = low + eighth * (high + eighth * 0.18758019601047687)
  return ratio * sum
}
