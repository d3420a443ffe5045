import LossKernelInterface

/// Some frames of a sample that are stepped through at a time, their emissions in memory.
///
/// Samples of moderate length are one segment. Of longer ones the states before each segment are kept,
/// and on the way back each segment is read and its prefix sums made again: twice the square root of
/// the memory that the whole would take, and half as much time again.
struct Segment {
  let index: Int
  let first: Int
  let end: Int
  /// Emissions, directions and prefix sums moved so that a frame is at its own index.
  let memory: BandMemory
  /// Where the states before the first frame are kept; `nil` for the only segment.
  let checkpoint: UnsafeMutablePointer<Double>?
  /// Whether it was stepped through before, so that the states are brought back.
  let isAgain: Bool
}
