#if WIDE
  /// The sum of `exp(value - largest)` over a row; needs AVX-512 F, BW, CD, DQ and VL.
  package func runExponentialSumAVX512(
    _ row: UnsafePointer<Double>, _ count: Int, _ largest: Double
  ) -> Double { exponentialSum(row, count, largest) }
#elseif FUSED
  /// The sum of `exp(value - largest)` over a row; needs AVX2, FMA and F16C.
  package func runExponentialSumAVX2(
    _ row: UnsafePointer<Double>, _ count: Int, _ largest: Double
  ) -> Double { exponentialSum(row, count, largest) }
#else
  /// The sum of `exp(value - largest)` over a row.
  package func runExponentialSum(
    _ row: UnsafePointer<Double>, _ count: Int, _ largest: Double
  ) -> Double { exponentialSum(row, count, largest) }
#endif

@inline(__always)
private func exponentialSum(
  _ row: UnsafePointer<Double>, _ count: Int, _ largest: Double
) -> Double {
  let constants = ShiftConstants<Double>(shift: 0)
  let reference = Lanes(repeating: largest)
  var total = Lanes.zero
  var index = 0
  while index &+ 8 <= count {
    let values = difference(load(row + index), reference)
    total = sum(total, Double.exponential(values, constants))
    index &+= 8
  }
  if index < count {
    var values = Lanes(repeating: -.infinity)
    for lane in 0..<count &- index { values[lane] = row[index &+ lane] - largest }
    total = sum(total, Double.exponential(values, constants))
  }
  return laneSum(total)
}
