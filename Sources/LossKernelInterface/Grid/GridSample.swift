/// One sample of a transducer: addresses and sizes, all checked by the caller.
///
/// It is plain data, so that the library can pass it to any build of the kernels. A sample goes
/// through three stages, which share its memory. The stages of rows and of the gradient may be
/// computed for a part of the frames at a time.
package struct GridSample {
  /// A move from a node (frame t, position u) to another node.
  package struct Arc {
    package var frames: Int
    /// 0 or 1.
    package var labels: Int
    /// The index of its token in ``GridSample/columns``.
    package var token: Int
    /// The index of its duration in the duration head; -1 without a duration.
    package var duration: Int
    /// An additional factor, `factorMantissa · 2^factorExponent`, with a mantissa in 1..<2.
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
    /// Reads the rows of some frames: computes their normalizers and the probability of every arc.
    case rows
    /// Computes the sums over paths that use the arcs of a range; with a gradient, also the
    /// posterior of each probability.
    case sums
    /// Writes the rows of the gradient for some frames.
    case gradient
  }

  /// How a row is converted to probabilities.
  package enum Normalization: UInt8, Sendable {
    case softmax
    /// A logistic function for the blank, and a softmax for the other tokens.
    case factored
    /// The rows are log-probabilities already.
    case none
  }

  package var stage = Stage.rows
  /// The frames of a stage that is computed in parts.
  package var part: Range<Int>
  /// The arcs whose paths are summed.
  package var arcsInSums: Range<Int>
  /// The factor of their posteriors.
  package var weight = 1.0
  /// Whether the posteriors are added to those of other arcs.
  package var addsShares = false

  package var element: KernelElementType
  // Not an enumeration, because comparing one is a function call.
  package var isNormalized: Bool
  package var isFactored: Bool
  /// `[frames, positions, vocabulary + durations]`; strides in elements, columns contiguous.
  package var logits: UnsafeMutableRawPointer
  package var frameStride: Int
  package var positionStride: Int
  /// `nil` if only the loss is needed. May be the same address as `logits`.
  package var gradient: UnsafeMutableRawPointer?
  package var frames: Int
  package var labelCount: Int
  package var labels: UnsafePointer<Int>
  /// The numbers of columns of the token head, and of the duration head that follows it.
  package var vocabulary: Int
  package var durationCount: Int
  /// The tokens that arcs emit, the blank first; -1 for the next label.
  package var columns: UnsafePointer<Int>
  package var columnCount: Int
  package var arcs: UnsafePointer<Arc>
  package var arcCount: Int
  /// The first of the `positionsHeld` positions that have rows, for each frame; `nil` if all
  /// positions have rows.
  package var firstPositions: UnsafePointer<Int>?
  package var positionsHeld: Int
  /// `[labels, 2]`: the first frame in which each label may be emitted, and the end of such frames;
  /// `nil` if all frames are allowed.
  package var windows: UnsafePointer<Int>?
  /// A factor of the labels' part in the gradient of the token head.
  package var labelFactor = 1.0
  /// The limit of the magnitude of the gradient's values.
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
    // Without labels there is no address. This one is never read.
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

  /// The positions for which a frame has rows.
  @inline(__always)
  package func positions(_ frame: Int) -> Range<Int> {
    guard let firstPositions else { return 0..<labelCount + 1 }
    let first = firstPositions[frame]
    return first..<min(first + positionsHeld, labelCount + 1)
  }
}
