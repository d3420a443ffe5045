/// Computes eight exponentials with the same bits on every platform.
///
/// For arguments up to 0, as in a softmax. 0 below -708; NaN for NaN. The relative error is below
/// 2^-51.
///
/// `x = n ln 2 + r` with a two-part ln 2 and |r| ≤ ln 2 / 2, then the Taylor polynomial of degree
/// 13 in Horner's form, whose remainder is below 2^-57.
@inline(__always)
package func exponential(_ x: SIMD8<Double>) -> SIMD8<Double> {
  // Adding 1.5 · 2^52 rounds to an integer and leaves it in the lowest bits of the pattern.
  let magic = SIMD8<Double>(repeating: 0x1.8p52)
  let shifted = x * 1.4426950408889634 + magic
  let whole = shifted - magic
  let rest = (x - whole * 0x1.62e42feep-1) - whole * 0x1.a39ef35793c76p-33
  var sum = SIMD8<Double>(repeating: 1.0 / 6_227_020_800)
  sum = sum * rest + 1.0 / 479_001_600
  sum = sum * rest + 1.0 / 39_916_800
  sum = sum * rest + 1.0 / 3_628_800
  sum = sum * rest + 1.0 / 362_880
  sum = sum * rest + 1.0 / 40_320
  sum = sum * rest + 1.0 / 5040
  sum = sum * rest + 1.0 / 720
  sum = sum * rest + 1.0 / 120
  sum = sum * rest + 1.0 / 24
  sum = sum * rest + 1.0 / 6
  sum = sum * rest + 0.5
  sum = sum * rest + 1
  sum = sum * rest + 1
  let power = (unsafeBitCast(shifted, to: SIMD8<UInt64>.self) &+ 1023) &<< 52
  return (sum * unsafeBitCast(power, to: SIMD8<Double>.self))
    .replacing(with: 0, where: x .< -708)
}

/// Calls `body(index, count, values)` with the exponentials of `row[index...] - largest`, up to
/// eight at a time. The lanes from `count` on are 0.
@inline(__always)
package func forEachExponential(
  _ row: UnsafePointer<Double>, count: Int, minus largest: Double,
  _ body: (_ index: Int, _ count: Int, _ values: SIMD8<Double>) -> Void
) {
  var index = 0
  while index + 8 <= count {
    let lanes = UnsafeRawPointer(row + index).loadUnaligned(as: SIMD8<Double>.self)
    body(index, 8, exponential(lanes - largest))
    index += 8
  }
  if index < count {
    var lanes = SIMD8<Double>(repeating: -.infinity)
    for lane in 0..<count - index { lanes[lane] = row[index + lane] - largest }
    body(index, count - index, exponential(lanes))
  }
}

/// The largest value of `row`; `-inf` if the row is empty, nil if it contains NaN.
package func largestNumber(_ row: UnsafePointer<Double>, count: Int) -> Double? {
  var maxima = SIMD8<Double>(repeating: -.infinity)
  var areNumbers = SIMDMask<SIMD8<Double.SIMDMaskScalar>>(repeating: true)
  var index = 0
  while index + 8 <= count {
    let lanes = UnsafeRawPointer(row + index).loadUnaligned(as: SIMD8<Double>.self)
    maxima.replace(with: lanes, where: lanes .> maxima)
    areNumbers = areNumbers .& (lanes .== lanes)
    index += 8
  }
  var largest = largestLane(of: maxima)
  var isNumber = all(areNumbers)
  while index < count {
    largest = row[index] > largest ? row[index] : largest
    isNumber = isNumber && !row[index].isNaN
    index += 1
  }
  return isNumber ? largest : nil
}

/// The largest of eight numbers, none of which is NaN. `SIMD8.max()` takes several times as long,
/// because it handles NaN.
@inline(__always)
package func largestLane(of lanes: SIMD8<Double>) -> Double {
  var largest = lanes[0]
  for lane in 1..<8 { largest = lanes[lane] > largest ? lanes[lane] : largest }
  return largest
}
