/// How the scratch memory of an additive transducer's kernel is shared out.
///
/// Rows of exponentials are the two factors of three matrix products. Behind the frames stands one more row, of a frame
/// that says nothing (ones), and behind the positions the average predictor's, where these are wanted; rows of zeros
/// behind those, and columns of zeros behind the vocabulary, let products go in whole tiles.
package struct AdditiveMemory {
  /// The elements of a row of exponentials: whole tiles, and a little more, so that the rows of a tile do not fall
  /// into the same few lines of a cache.
  package let rowStride: Int
  /// The vocabulary in whole tiles.
  package let paddedVocabulary: Int
  /// The columns of a node matrix.
  package let nodeStride: Int
  /// `[frames + 1 and more, rowStride]`, of the type that rows are computed in.
  package let encoderRows: UnsafeMutableRawPointer
  /// `[positions + 1 and more, rowStride]`.
  package let predictorRows: UnsafeMutableRawPointer
  /// Powers of two that the rows were divided by.
  package let encoderShifts: UnsafeMutablePointer<Double>
  package let predictorShifts: UnsafeMutablePointer<Double>
  /// `[frames + 1 and more, nodeStride]`: sums of products of exponentials; 0 where those say nothing.
  package let sums: UnsafeMutablePointer<Double>
  /// The same nodes' whole normalisers, logarithms.
  package let normalizers: UnsafeMutablePointer<Double>
  /// The same nodes' weights in the gradients, of the rows' type.
  package let weights: UnsafeMutableRawPointer
  /// `[positions + 1]` each: what each position brings to its blank's and its label's logarithm.
  package let blankTerms: UnsafeMutablePointer<Double>
  package let labelTerms: UnsafeMutablePointer<Double>
  /// `[positions + 1]`: what a frame brings to its labels' logarithms.
  package let frameTerms: UnsafeMutablePointer<Double>
  /// The first weight above 0 of each frame and each position, and the one after the last.
  package let frameRanges: UnsafeMutablePointer<Int>
  package let positionRanges: UnsafeMutablePointer<Int>
  /// `[positions + 1 and more, rowStride]`: rows of a gradient.
  package let gradientRows: UnsafeMutableRawPointer
  /// A row that is not used where it lies, at least a vector.
  package let row: UnsafeMutableRawPointer
  /// A vector of zeros, one of ones.
  package let mask: UnsafeMutableRawPointer
  package let byteCount: Int

  /// More rows than the highest tile of any build has.
  package static var spareRows: Int { 8 }

  /// The places in memory that begins at `base`; sizes alone if that is not the sample's memory yet.
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
