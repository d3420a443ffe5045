/// Some frames of a best path's forward pass, as the kernels see it: addresses and sizes, all checked by
/// the caller.
package struct BestPathBlock {
  /// The frames' log-probabilities, `[frames, rowStride]`.
  package var rows: UnsafePointer<Double>
  package var rowStride: Int
  package var frames: Int
  /// The best scores of the states before the frames, and after them; two values before the first state
  /// are readable, and `-inf`.
  package var scores: UnsafeMutablePointer<Double>
  /// Room for as many again.
  package var scratch: UnsafeMutablePointer<Double>
  /// Room for what each state emits.
  package var emissions: UnsafeMutablePointer<Double>
  /// For each state the column of its emission.
  package var columns: UnsafePointer<Int32>
  /// For each state 0 if the state two before may come before it, else `-inf`.
  package var skips: UnsafePointer<Double>
  /// The column that staying in a state emits; `nil` where that is the state's own.
  package var stayColumn: Int?
  /// The first and the end of the states that the first frame computes.
  package var first: Int
  package var end: Int
  /// How many more states each further frame computes, at most up to ``stateCount``.
  package var growth: Int
  package var stateCount: Int
  /// The move into each state of each frame, `[frames, decisionStride]`, from state `first` on; `nil`
  /// for scores alone.
  package var decisions: UnsafeMutablePointer<UInt8>?
  package var decisionStride: Int

  package init(
    rows: UnsafePointer<Double>, rowStride: Int, frames: Int,
    scores: UnsafeMutablePointer<Double>, scratch: UnsafeMutablePointer<Double>,
    emissions: UnsafeMutablePointer<Double>, columns: UnsafePointer<Int32>,
    skips: UnsafePointer<Double>, stayColumn: Int?, first: Int,
    end: Int, growth: Int, stateCount: Int, decisions: UnsafeMutablePointer<UInt8>?,
    decisionStride: Int
  ) {
    self.rows = rows
    self.rowStride = rowStride
    self.frames = frames
    self.scores = scores
    self.scratch = scratch
    self.emissions = emissions
    self.columns = columns
    self.skips = skips
    self.stayColumn = stayColumn
    self.first = first
    self.end = end
    self.growth = growth
    self.stateCount = stateCount
    self.decisions = decisions
    self.decisionStride = decisionStride
  }
}
