/// The layout of the scratch memory of a transducer kernel.
///
/// Nodes (t, u) are stored by diagonals t + u; the nodes of a diagonal are adjacent and ordered by
/// u. Paddings as long as the longest arc separate the diagonals, so the recursion reads and writes
/// whole vectors. Values of rows are stored by frame.
package struct GridMemory {
  /// `[frames, labels + 1]` each: the power of two of a row, and one over its sum.
  package let shifts: UnsafeMutablePointer<Double>
  package let inverseSums: UnsafeMutablePointer<Double>
  /// `[diagonals]`: the index of a node in a plane is u plus this offset.
  package let offsets: UnsafeMutablePointer<Int>
  /// `[columns + durations, 2]` planes: the mantissas and exponents of their probabilities at each
  /// node.
  package let planes: UnsafeMutablePointer<Double>
  package let planeSize: Int
  /// The number of lanes on either side of a diagonal.
  package let padding: Int
  private let diagonalSize: Int
  /// `[columns + durations]` planes: their posteriors at each node.
  package let shares: UnsafeMutablePointer<Double>
  /// Planes: the prefix sums of each node.
  package let prefixMantissas: UnsafeMutablePointer<Double>
  package let prefixExponents: UnsafeMutablePointer<Double>
  /// `[longest arc + 1, labels + 1 and padding]` each: the suffix sums of the nodes of some
  /// diagonals.
  package let suffixMantissas: UnsafeMutablePointer<Double>
  package let suffixExponents: UnsafeMutablePointer<Double>
  package let suffixStride: Int
  /// `[columns + durations, 2, 8]`: the mantissas and exponents of eight positions.
  package let block: UnsafeMutablePointer<Double>
  /// `[arcs]`: the distances in a plane to the nodes that arcs come from or lead to.
  package let arcOffsets: UnsafeMutablePointer<Int>
  /// `[vocabulary]`, at least a vector: a row that must be copied.
  package let row: UnsafeMutableRawPointer
  /// A vector of zeros, followed by a vector of ones.
  package let mask: UnsafeMutableRawPointer
  package let byteCount: Int

  /// Lays out memory that begins at `base`. If `base` is not the sample's memory yet, only the
  /// sizes are valid.
  package init(_ sample: GridSample, base: UnsafeMutableRawPointer) {
    let (frames, labels) = (sample.frames, sample.labelCount)
    let rows = frames * (labels + 1) + 8
    let diagonals = frames + labels + 1
    var span = 1
    for arc in 0..<sample.arcCount {
      span = max(span, sample.arcs[arc].frames + sample.arcs[arc].labels)
    }
    // Vectors begin up to an arc's length outside the diagonal, and end up to a vector further.
    padding = (span + 14) & ~7
    diagonalSize = min(frames, labels) + 1 + 2 * padding
    planeSize = (diagonals * diagonalSize + 7) & ~7
    suffixStride = (labels + 1 + 16 + 7) & ~7
    var place = 0
    func take(_ count: Int) -> UnsafeMutablePointer<Double> {
      defer { place += (count * 8 + 63) & ~63 }
      return (base + place).assumingMemoryBound(to: Double.self)
    }
    shifts = take(rows)
    inverseSums = take(rows)
    offsets = UnsafeMutableRawPointer(take(diagonals)).assumingMemoryBound(to: Int.self)
    let factors = sample.columnCount + sample.durationCount
    planes = take(2 * factors * planeSize)
    shares = take(sample.gradient == nil ? 0 : factors * planeSize)
    prefixMantissas = take(planeSize)
    prefixExponents = take(planeSize)
    suffixMantissas = take((span + 1) * suffixStride)
    suffixExponents = take((span + 1) * suffixStride)
    block = take(16 * factors)
    arcOffsets = UnsafeMutableRawPointer(take(sample.arcCount)).assumingMemoryBound(to: Int.self)
    row = UnsafeMutableRawPointer(take(sample.vocabulary + 16))
    mask = UnsafeMutableRawPointer(take(16))
    byteCount = place
  }

  /// Writes ``offsets``.
  package func prepare(_ sample: GridSample) {
    let (frames, labels) = (sample.frames, sample.labelCount)
    for diagonal in 0...frames + labels {
      offsets[diagonal] = diagonal * diagonalSize - max(0, diagonal - frames) + padding
    }
  }
}
