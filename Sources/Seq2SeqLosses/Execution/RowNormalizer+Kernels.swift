extension RowNormalizer {
  /// Like ``init(_:count:)``, computed by a build of the kernels, whose last digits may differ.
  package init?(_ row: UnsafePointer<Double>, count: Int, _ variant: KernelVariant) {
    self.init(row, count: count) { variant.exponentialSum(row, count: count, largest: $0) }
  }
}
