extension RowNormalizer {
  /// As ``init(_:count:)`` by a build of the kernels: its last digits are that build's.
  package init?(_ row: UnsafePointer<Double>, count: Int, _ variant: KernelVariant) {
    self.init(row, count: count) { variant.exponentialSum(row, count: count, largest: $0) }
  }
}
