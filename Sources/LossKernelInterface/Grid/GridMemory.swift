/// How a transducer kernel's scratch memory is shared out.
///
/// Nodes (t, u) lie by diagonals t + u, those of one next to each other by u, between paddings as long as the longest
/// arc: what a recursion reads and writes is then a few rows of vectors. What belongs to rows lies by frames.
package struct GridMemory {
  /// `[frames, labels + 1]` each: a row's power of two, and one over its sum.
  package let shifts: UnsafeMutablePointer<Double>
  package let inverseSums: UnsafeMutablePointer<Double>
  /// `[diagonals]`: what is added to u for the place of a node in a plane.
  package let offsets: UnsafeMutablePointer<Int>
  /// `[columns + durations, 2]` planes: mantissas and exponents of their probabilities at each node.
  package let planes: UnsafeMutablePointer<Double>
  package let planeSize: Int
  /// Lanes on both sides of a diagonal.
  package let padding: Int
  private let diagonalSize: Int
  /// `[columns + durations]` planes: the shares of all paths that use them at each node.
  package let shares: UnsafeMutablePointer<Double>
  /// Planes: the sums over paths to each node.
  package let prefixMantissas: UnsafeMutablePointer<Double>
  package let prefixExponents: UnsafeMutablePointer<Double>
  /// `[longest arc + 1, labels + 1 and padding]` each: sums over paths from the nodes of some diagonals.
  package let suffixMantissas: UnsafeMutablePointer<Double>
  package let suffixExponents: UnsafeMutablePointer<Double>
  package let suffixStride: Int
  /// `[columns + durations, 2, 8]`: mantissas and exponents of some positions.
  package let block: UnsafeMutablePointer<Double>
  /// `[arcs]`: the places where arcs come from or lead to.
  package let arcOffsets: UnsafeMutablePointer<Int>
  /// `[vocabulary]`, at least a vector: a row that is not used where it lies.
  package let row: UnsafeMutableRawPointer
  /// A vector of zeros, one of ones.
  package let mask: UnsafeMutableRawPointer
  package let byteCount: Int

  /// The places in memory that begins at `base`; sizes alone if that is not the sample's memory yet.
  package init(_ sample: GridSample, base: UnsafeMutableRawPointer) {
    let (frames, labels) = (sample.frames, sample.labelCount)
    let rows = frames * (labels + 1) + 8
    let diagonals = frames + labels + 1
    var span = 1
    for arc in 0..<sample.arcCount {
      span = max(span, sample.arcs[arc].frames + sample.arcs[arc].labels)
    }
    // Vectors begin as far outside as an arc reaches, and end a vector further.
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
