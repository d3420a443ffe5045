/// One sample of a transducer whose joiner is a sum, as the kernels see it: addresses and sizes, all checked by the
/// caller.
///
/// The logits of the node at frame t after u labels are `encoder[t] + predictor[u]`; they are never written down.
/// What a node's log-probabilities are made of: `jointShare` times those of the sum, `predictorShare` times those of
/// `predictor[u]` by itself, and `encoderShare` times those of `encoder[t] + average`.
package struct AdditiveSample {
  package enum Stage: UInt8, Sendable {
    /// Writes the probabilities of each node's blank and label to the grid's planes.
    case probabilities
    /// Writes the gradients from the shares of all paths that take each node's blank and label.
    case gradients
  }

  package var stage = Stage.probabilities
  package var element: KernelElementType
  /// `[frames, vocabulary]` and `[labels + 1, vocabulary]`; only read. Strides in elements.
  package var encoder: UnsafeMutableRawPointer
  package var encoderStride: Int
  package var predictor: UnsafeMutableRawPointer
  package var predictorStride: Int
  /// `nil` for none. May not be where what is read lies.
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
  /// `[vocabulary]`, logarithms; `nil` where `encoderShare` is 0.
  package var average: UnsafePointer<Double>?
  /// `[vocabulary]`: the derivative by them is written here.
  package var averageGradient: UnsafeMutablePointer<Double>?

  /// The grid whose planes take the probabilities and give the shares: of a blank and a label.
  package var grid: UnsafeMutablePointer<GridSample>
  /// What labels' shares of the gradient are multiplied by.
  package var labelFactor = 1.0

  package var memory = UnsafeMutableRawPointer(bitPattern: 64).unsafelyUnwrapped
  package var outcome = KernelOutcome.done
  /// The nodes whose normaliser no product of exponentials has.
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
    // Of no labels there is no address, and none is read.
    self.labels = labels.baseAddress ?? UnsafePointer(bitPattern: 8).unsafelyUnwrapped
    labelCount = labels.count
    self.vocabulary = vocabulary
    self.blank = blank
  }

  @inline(__always)
  package var positions: Int { labelCount + 1 }
}
