/// One sample of a transducer whose joiner is a sum: addresses and sizes, all checked by the
/// caller.
///
/// The logits of the node at frame t and position u are `encoder[t] + predictor[u]`; they are never
/// stored. The log-probabilities of a node are an interpolation: `jointShare` times those of the
/// sum, plus `predictorShare` times those of `predictor[u]` alone, plus `encoderShare` times those
/// of `encoder[t] + average`.
package struct AdditiveSample {
  package enum Stage: UInt8, Sendable {
    /// Writes the probabilities of each node's blank and label to the planes of the grid.
    case probabilities
    /// Writes the gradients, given the posteriors of each node's blank and label.
    case gradients
  }

  package var stage = Stage.probabilities
  package var element: KernelElementType
  /// `[frames, vocabulary]` and `[labels + 1, vocabulary]`; read only. Strides in elements.
  package var encoder: UnsafeMutableRawPointer
  package var encoderStride: Int
  package var predictor: UnsafeMutableRawPointer
  package var predictorStride: Int
  /// `nil` if not needed. Must not overlap the inputs.
  package var encoderGradient: UnsafeMutableRawPointer?
  package var encoderGradientStride = 0
  package var predictorGradient: UnsafeMutableRawPointer?
  package var predictorGradientStride = 0
  package var frames: Int
  package var labels: UnsafePointer<Int>
  package var labelCount: Int
  package var vocabulary: Int
  package var blank: Int

  package var jointShare = 1.0
  package var predictorShare = 0.0
  package var encoderShare = 0.0
  /// `[vocabulary]`, logarithms; `nil` if `encoderShare` is 0.
  package var average: UnsafePointer<Double>?
  /// `[vocabulary]`: receives the derivative with respect to `average`.
  package var averageGradient: UnsafeMutablePointer<Double>?

  /// The grid. Its planes receive the probabilities, and later contain the posteriors, of the blank
  /// and the label.
  package var grid: UnsafeMutablePointer<GridSample>
  /// A factor of the labels' part of the gradient.
  package var labelFactor = 1.0

  package var memory = UnsafeMutableRawPointer(bitPattern: 64).unsafelyUnwrapped
  package var outcome = KernelOutcome.done
  /// The number of nodes whose normalizer had to be computed directly, not by the matrix product.
  package var exactCount = 0

  package init(
    element: KernelElementType, encoder: UnsafeMutableRawPointer, encoderStride: Int,
    predictor: UnsafeMutableRawPointer, predictorStride: Int, frames: Int,
    labels: UnsafeBufferPointer<Int>, vocabulary: Int, blank: Int,
    grid: UnsafeMutablePointer<GridSample>
  ) {
    self.grid = grid
    self.element = element
    self.encoder = encoder
    self.encoderStride = encoderStride
    self.predictor = predictor
    self.predictorStride = predictorStride
    self.frames = frames
    // Without labels there is no address. This one is never read.
    self.labels = labels.baseAddress ?? UnsafePointer(bitPattern: 8).unsafelyUnwrapped
    labelCount = labels.count
    self.vocabulary = vocabulary
    self.blank = blank
  }

  @inline(__always)
  package var positions: Int { labelCount + 1 }
}
