extension RowNormalizer {
  /// As ``init(_:count:)`` by a build of the kernels: its last digits are that build's.
  package init?(_ row: UnsafePointer<Double>, count: Int, _ variant: KernelVariant) {
    guard let largest = largestNumber(row, count: count), largest.isFinite else { return nil }
    self.init(
      largest: largest, sum: variant.exponentialSum(row, count: count, largest: largest))
  }
}
