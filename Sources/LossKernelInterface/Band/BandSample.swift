/// One sample of a CTC loss as the kernels see it: addresses and sizes, all checked by the caller.
///
/// Plain data, so that it crosses from the library to whichever build of the kernels runs.
package struct BandSample {
  /// The lattices that kernels run: repeats merged, or each a label.
  package enum Topology: UInt8, Sendable { case classic, simplified }

  /// `[frames, vocabulary]` in a caller's memory; strides in elements.
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

  /// Rows that many samples share: their numerators, made once, and one place for all posteriors.
  package struct Shared {
    /// Dense `[frames, vocabulary]` of ``KernelElementType``, float or double: numbers up to 1, of which 0
    /// stands for a logit of `-inf`, or for one too small.
    package var numerators: UnsafeRawPointer
    /// `[frames, vocabulary]`: ``factor`` times the posteriors are added. `nil` for the loss alone.
    package var posteriors: UnsafeMutablePointer<Double>?
    package var factor = 1.0
    /// Where posteriors are weighted by probabilities, `posteriors` is `[frames, vocabulary, 2]`: to the second of
    /// each pair they are added times the share, to the first times the share and `factor`.
    package var share: Share?

    package init(numerators: UnsafeRawPointer, posteriors: UnsafeMutablePointer<Double>? = nil) {
      self.numerators = numerators
      self.posteriors = posteriors
    }
  }

  /// A sample's probability beside another one's.
  package struct Share {
    /// The other one's `mantissa · 2^exponent`; of zero there is none yet, and the share is 1.
    package var mantissa: Double
    package var exponent: Double
    /// Set by the kernel; infinite where it is beyond 2^500.
    package var value = 1.0

    package init(mantissa: Double, exponent: Double) {
      self.mantissa = mantissa
      self.exponent = exponent
    }
  }

  /// Which prefix sums are kept for the suffix sums to meet.
  package enum Prefixes: UInt8, Sendable {
    /// None: for the loss alone.
    case none
    /// Those of all frames.
    case all
    /// Those of one segment of the frames at a time, computed again from the states before it. Less
    /// memory.
    case segment
  }

  package var element: KernelElementType
  /// Only read.
  package var logits: Rows
  /// `nil` for the loss alone.
  package var gradient: Rows?
  /// Only read. If there is one, what is written to `gradient` is its derivative along this direction:
  /// the product with the Hessian.
  package var direction: Rows?
  /// If there are such, `logits` are read only to tell `-inf`, paths are divided by nothing, and `gradient` is
  /// `nil`.
  package var shared: Shared?
  package var frames: Int
  package var vocabulary: Int
  package var blank: Int
  package var labels: UnsafePointer<Int>
  package var labelCount: Int
  package var topology: Topology
  /// Whether rows are to be normalised: false for log-probabilities.
  package var isLogits: Bool
  /// Of log-probabilities: whether each row's largest value is taken off exactly, rows being of `Double` whatever the
  /// element, and added to ``reference``.
  package var isCentred = false
  /// What the gradient is multiplied by; at most ``largestKernelWeight``.
  package var weight: Double
  /// The share of all paths below which a state's are left out of posteriors; `nil` for what the element calls for.
  package var negligible: Double?
  /// A sample whose probability is not known to be below 2^-leastBits is to be done elsewhere: the rows' type may not
  /// have the digits for a small loss.
  package var leastBits = -Double.infinity
  /// At least ``BandMemory/byteCount(of:)``, aligned to 64 bytes.
  package var memory: UnsafeMutableRawPointer
  package var prefixes: Prefixes

  package var outcome = KernelOutcome.wide
  /// The labels' probability is `mantissa · 2^exponent`.
  package var mantissa = 0.0
  package var exponent = 0.0
  /// What is to be added to the logarithm of that: rounded, and what the roundings lost.
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

  /// Of a number in a row.
  var rowBytes: Int { element == .double || isCentred ? 8 : 4 }

  /// The slots of a lattice, one more than labels, rounded up to whole blocks.
  package var paddedSlots: Int { (labelCount + 1 + 15) & ~15 }

  /// How many frames are stepped through at a time.
  package var framesInSegment: Int {
    switch prefixes {
    // Emissions stay in a core's cache until they are used.
    case .none: min(frames, 128)
    case .all: frames
    // A segment takes about three times the bytes of a state, a frame one.
    case .segment: min(frames, max(32, Int(1.6 * Double(frames).squareRoot())))
    }
  }
}
