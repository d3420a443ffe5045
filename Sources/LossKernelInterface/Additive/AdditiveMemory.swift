/// The layout of the scratch memory of an additive transducer's kernel.
///
/// Rows of exponentials are the factors of three matrix products. After the frames comes one more
/// row, of ones, for the predictor alone. After the positions comes the average predictor, if it is
/// needed. Rows of zeros after these, and columns of zeros after the vocabulary, fill the last
/// tiles of the products.
package struct AdditiveMemory {
  /// The distance between rows of exponentials: whole tiles plus a little, so that the rows of a
  /// tile do not map to the same few cache lines.
  package let rowStride: Int
  /// The size of the vocabulary, rounded up to whole tiles.
  package let paddedVocabulary: Int
  /// The number of columns of a node matrix.
  package let nodeStride: Int
  /// `[at least frames + 1, rowStride]`, of the type in which rows are computed.
  package let encoderRows: UnsafeMutableRawPointer
  /// `[at least positions + 1, rowStride]`.
  package let predictorRows: UnsafeMutableRawPointer
  /// The powers of two by which the rows were divided.
  package let encoderShifts: UnsafeMutablePointer<Double>
  package let predictorShifts: UnsafeMutablePointer<Double>
  /// `[at least frames + 1, nodeStride]`: the sums of products of exponentials; 0 if the product is
  /// not accurate enough.
  package let sums: UnsafeMutablePointer<Double>
  /// The logarithms of the normalizers of these nodes.
  package let normalizers: UnsafeMutablePointer<Double>
  /// The weights of these nodes in the gradients, of the rows' type.
  package let weights: UnsafeMutableRawPointer
  /// `[positions + 1]` each: a position's term in the log-probability of its blank, and of its
  /// label.
  package let blankTerms: UnsafeMutablePointer<Double>
  package let labelTerms: UnsafeMutablePointer<Double>
  /// `[positions + 1]`: a frame's terms in the log-probabilities of the labels.
  package let frameTerms: UnsafeMutablePointer<Double>
  /// For each frame and each position: the first weight above 0, and the end of such weights.
  package let frameRanges: UnsafeMutablePointer<Int>
  package let positionRanges: UnsafeMutablePointer<Int>
  /// `[at least positions + 1, rowStride]`: rows of a gradient.
  package let gradientRows: UnsafeMutableRawPointer
  /// A row that must be copied; at least a vector long.
  package let row: UnsafeMutableRawPointer
  /// A vector of zeros, followed by a vector of ones.
  package let mask: UnsafeMutableRawPointer
  package let byteCount: Int

  /// More rows than the highest tile of any build has.
  package static var spareRows: Int { 8 }

  /// Lays out memory that begins at `base`. If `base` is not the sample's memory yet, only the
  /// sizes are valid.
  package init(_ sample: AdditiveSample, base: UnsafeMutableRawPointer) {
    let rowBytes = sample.element == .double ? 8 : 4
    let frames = sample.frames + 1 + Self.spareRows
    let positions = sample.positions + 1 + Self.spareRows
    paddedVocabulary = (sample.vocabulary + 63) & ~63
    rowStride = paddedVocabulary + 16
    nodeStride = (positions + 7) & ~7
    var place = 0
    func take(_ bytes: Int) -> UnsafeMutableRawPointer {
      defer { place += (bytes + 63) & ~63 }
      return base + place
    }
    func numbers(_ count: Int) -> UnsafeMutablePointer<Double> {
      take(count * 8).assumingMemoryBound(to: Double.self)
    }
    encoderRows = take(frames * rowStride * rowBytes)
    predictorRows = take(positions * rowStride * rowBytes)
    encoderShifts = numbers(frames)
    predictorShifts = numbers(positions + 8)
    sums = numbers(frames * nodeStride)
    normalizers = numbers(frames * nodeStride)
    blankTerms = numbers(positions + 8)
    labelTerms = numbers(positions + 8)
    frameTerms = numbers(positions + 8)
    row = take((sample.vocabulary + 16) * 8)
    mask = take(16 * 16)
    let hasGradient = sample.encoderGradient != nil
    weights = take(hasGradient ? frames * nodeStride * rowBytes : 0)
    frameRanges = take(hasGradient ? frames * 16 : 0).assumingMemoryBound(to: Int.self)
    positionRanges = take(hasGradient ? positions * 16 : 0).assumingMemoryBound(to: Int.self)
    gradientRows = take(hasGradient ? positions * rowStride * rowBytes : 0)
    byteCount = place
  }
}
