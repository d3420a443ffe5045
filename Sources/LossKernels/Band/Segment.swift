import LossKernelInterface

/// Some frames of a sample that are processed together. Their emissions are in memory.
///
/// A sample of moderate length is one segment. For a longer sample, the states before each segment
/// are kept. In the backward pass, each segment is read and its prefix sums are computed a second
/// time. This needs about twice the square root of the memory of the whole, and takes half as much
/// time again.
struct Segment {
  let index: Int
  let first: Int
  let end: Int
  /// Emissions, directions and prefix sums, with pointers moved so that they are indexed by frame.
  let memory: BandMemory
  /// The memory of the states before the first frame; `nil` for the only segment.
  let checkpoint: UnsafeMutablePointer<Double>?
  /// Whether this is the second time, so that the states must be restored.
  let isAgain: Bool
}
