/// One sample of a CTC loss: addresses and sizes, all checked by the caller.
///
/// It is plain data, so that the library can pass it to any build of the kernels.
package struct BandSample {
  /// The topologies that have kernels.
  package enum Topology: UInt8, Sendable { case classic, simplified }

  /// `[frames, vocabulary]` in the caller's memory; strides in elements.
  package struct Rows {
    package var base: UnsafeMutableRawPointer
    package var frameStride: Int
    package var tokenStride: Int

    package init(base: UnsafeMutableRawPointer, frameStride: Int, tokenStride: Int) {
      self.base = base
      self.frameStride = frameStride
      self.tokenStride = tokenStride
    }
  }

  /// Rows that several samples share. The numerators are computed once, and the posteriors are
  /// added up in one array.
  package struct Shared {
    /// Contiguous `[frames, vocabulary]` of ``KernelElementType``, float or double: numbers in 0...1.
    /// Zero stands for a logit of `-inf`, or for a number that is too small.
    package var numerators: UnsafeRawPointer
    /// `[frames, vocabulary]`: ``factor`` times the posteriors are added. `nil` if only the loss is
    /// needed.
    package var posteriors: UnsafeMutablePointer<Double>?
    package var factor = 1.0
    /// If posteriors are weighted by probabilities, `posteriors` is `[frames, vocabulary, 2]`. The
    /// posteriors times the ratio `share` are added to the second of each pair, and times the ratio
    /// and `factor` to the first.
    package var share: Share?

    package init(numerators: UnsafeRawPointer, posteriors: UnsafeMutablePointer<Double>? = nil) {
      self.numerators = numerators
      self.posteriors = posteriors
    }
  }

  /// The ratio of this sample's probability to that of another one.
  package struct Share {
    /// The other probability, `mantissa · 2^exponent`. Zero means that there is none yet, and the
    /// ratio is 1.
    package var mantissa: Double
    package var exponent: Double
    /// The ratio. The kernel sets it; infinite beyond 2^500.
    package var value = 1.0

    package init(mantissa: Double, exponent: Double) {
      self.mantissa = mantissa
      self.exponent = exponent
    }
  }

  /// The prefix sums that are kept for the backward pass.
  package enum Prefixes: UInt8, Sendable {
    /// None: only the loss is needed.
    case none
    /// Those of all frames.
    case all
    /// Those of one segment of frames at a time. They are computed a second time from the states
    /// before the segment, which takes less memory.
    case segment
  }

  package var element: KernelElementType
  /// Read only.
  package var logits: Rows
  /// `nil` if only the loss is needed.
  package var gradient: Rows?
  /// Read only. If not `nil`, `gradient` receives the derivative of the gradient along this
  /// direction: the Hessian-vector product.
  package var direction: Rows?
  /// If not `nil`, `logits` are read only to recognize `-inf`, probabilities are not normalized,
  /// and `gradient` is `nil`.
  package var shared: Shared?
  package var frames: Int
  package var vocabulary: Int
  package var blank: Int
  package var labels: UnsafePointer<Int>
  package var labelCount: Int
  package var topology: Topology
  /// Whether rows are normalized: false for log-probabilities.
  package var isLogits: Bool
  /// For log-probabilities: whether the largest value of each row is subtracted exactly and added
  /// to ``reference``. Rows are then `Double`s for every element type.
  package var isCentred = false
  /// The factor of the gradient; at most ``largestKernelWeight``.
  package var weight: Double
  /// States with a smaller posterior are dropped by the backward pass. `nil` for the default of the
  /// element type.
  package var negligible: Double?
  /// The sample is computed by other means unless its probability is certainly below 2^-leastBits,
  /// because the rows' type may not have enough digits for a small loss.
  package var leastBits = -Double.infinity
  /// At least ``BandMemory/byteCount(of:)`` bytes, aligned to 64.
  package var memory: UnsafeMutableRawPointer
  package var prefixes: Prefixes

  package var outcome = KernelOutcome.wide
  /// The labels' probability is `mantissa · 2^exponent`.
  package var mantissa = 0.0
  package var exponent = 0.0
  /// Must be added to the logarithm of the probability: the rounded sum, and its rounding error.
  package var reference = (sum: 0.0, rest: 0.0)

  package init(
    element: KernelElementType, logits: Rows, gradient: Rows?, frames: Int, vocabulary: Int,
    blank: Int,
    labels: UnsafePointer<Int>, labelCount: Int, topology: Topology, isLogits: Bool,
    weight: Double, memory: UnsafeMutableRawPointer, prefixes: Prefixes
  ) {
    self.element = element
    self.logits = logits
    self.gradient = gradient
    self.frames = frames
    self.vocabulary = vocabulary
    self.blank = blank
    self.labels = labels
    self.labelCount = labelCount
    self.topology = topology
    self.isLogits = isLogits
    self.weight = weight
    self.memory = memory
    self.prefixes = prefixes
  }

  /// The number of bytes of a value of a row.
  var rowBytes: Int { element == .double || isCentred ? 8 : 4 }

  /// The number of slots: labels plus one, rounded up to whole blocks.
  package var paddedSlots: Int { (labelCount + 1 + 15) & ~15 }

  /// The number of frames that are processed together.
  package var framesInSegment: Int {
    switch prefixes {
    // The emissions then stay in a core's cache until they are used.
    case .none: min(frames, 128)
    case .all: frames
    // A segment takes about three times as many bytes per state as a frame.
    case .segment: min(frames, max(32, Int(1.6 * Double(frames).squareRoot())))
    }
  }
}
