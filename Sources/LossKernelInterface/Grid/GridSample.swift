/// One sample of a transducer as the kernels see it: addresses and sizes, all checked by the caller.
///
/// Plain data, so that it crosses from the library to whichever build of the kernels runs. A sample goes through
/// three stages, which share its memory; rows and gradients may be done in parts.
package struct GridSample {
  /// A move from a node (frame t, after u labels) to another one.
  package struct Arc {
    package var frames: Int
    /// 0 or 1.
    package var labels: Int
    /// The place of its token in ``GridSample/columns``.
    package var token: Int
    /// The place of its duration in the duration head, or -1 if it needs none.
    package var duration: Int
    /// What it is worth besides, `factorMantissa · 2^factorExponent` with a mantissa in 1..<2.
    package var factorMantissa = 1.0
    package var factorExponent = 0.0
    package var hasFactor = false
    /// Whether it may lead to the last node.
    package var mayEnd: Bool

    package init(
      frames: Int, labels: Int, token: Int, duration: Int = -1, mayEnd: Bool = true
    ) {
      self.frames = frames
      self.labels = labels
      self.token = token
      self.duration = duration
      self.mayEnd = mayEnd
    }
  }

  package enum Stage: UInt8, Sendable {
    /// Reads the rows of some frames: their normalisers, and every arc's probability.
    case rows
    /// Sums over paths, by some of the arcs; with a gradient, the shares of them that use each probability.
    case sums
    /// Writes the gradient's rows of some frames.
    case gradient
  }

  /// How a row becomes probabilities.
  package enum Normalization: UInt8, Sendable {
    case softmax
    /// The blank by itself, the others by a softmax of theirs.
    case factored
    /// Rows are logarithms of probabilities already.
    case none
  }

  package var stage = Stage.rows
  /// The frames of a stage in parts.
  package var part: Range<Int>
  /// The arcs whose paths are summed.
  package var arcsInSums: Range<Int>
  /// What their shares are multiplied by.
  package var weight = 1.0
  /// Whether the shares come on top of those of other arcs.
  package var addsShares = false

  package var element: KernelElementType
  // Not the enumeration: to compare it is a call.
  package var isNormalized: Bool
  package var isFactored: Bool
  /// `[frames, positions, vocabulary + durations]`; strides in elements, columns next to each other.
  package var logits: UnsafeMutableRawPointer
  package var frameStride: Int
  package var positionStride: Int
  /// `nil` for the loss alone. May be the logits themselves.
  package var gradient: UnsafeMutableRawPointer?
  package var frames: Int
  package var labelCount: Int
  package var labels: UnsafePointer<Int>
  /// The columns of the token head, and of the duration head behind it.
  package var vocabulary: Int
  package var durationCount: Int
  /// The tokens that arcs emit; -1 for the label that comes next. The blank's comes first.
  package var columns: UnsafePointer<Int>
  package var columnCount: Int
  package var arcs: UnsafePointer<Arc>
  package var arcCount: Int
  /// The first of `positionsHeld` positions that each frame has rows for; `nil` where all have all.
  package var firstPositions: UnsafePointer<Int>?
  package var positionsHeld: Int
  /// `[labels, 2]`: the first frame at which each label may come, and the one after the last; `nil` for all.
  package var windows: UnsafePointer<Int>?
  /// What labels' shares of the token head's gradient are multiplied by.
  package var labelFactor = 1.0
  /// The largest magnitude of the gradient's values.
  package var gradientLimit = Double.infinity
  package var memory: UnsafeMutableRawPointer

  package var outcome = KernelOutcome.done
  /// The labels' probability is `mantissa · 2^exponent`.
  package var mantissa = 0.0
  package var exponent = 0.0

  package init(
    element: KernelElementType, normalization: Normalization, logits: UnsafeMutableRawPointer,
    frameStride: Int, positionStride: Int, gradient: UnsafeMutableRawPointer?, frames: Int,
    labels: UnsafeBufferPointer<Int>, vocabulary: Int, durationCount: Int,
    columns: UnsafeBufferPointer<Int>, arcs: UnsafeBufferPointer<Arc>
  ) {
    // Of no labels there is no address, and none is read.
    self.labels = labels.baseAddress ?? UnsafePointer(bitPattern: 8).unsafelyUnwrapped
    self.columns = columns.baseAddress.unsafelyUnwrapped
    self.arcs = arcs.baseAddress.unsafelyUnwrapped
    labelCount = labels.count
    columnCount = columns.count
    arcCount = arcs.count
    part = 0..<frames
    arcsInSums = 0..<arcs.count
    positionsHeld = labels.count + 1
    memory = UnsafeMutableRawPointer(bitPattern: 64).unsafelyUnwrapped
    self.element = element
    isNormalized = normalization == .none
    isFactored = normalization == .factored
    self.logits = logits
    self.frameStride = frameStride
    self.positionStride = positionStride
    self.gradient = gradient
    self.frames = frames
    self.vocabulary = vocabulary
    self.durationCount = durationCount
  }

  /// The positions that a frame has rows for.
  @inline(__always)
  package func positions(_ frame: Int) -> Range<Int> {
    guard let firstPositions else { return 0..<labelCount + 1 }
    let first = firstPositions[frame]
    return first..<min(first + positionsHeld, labelCount + 1)
  }
}
