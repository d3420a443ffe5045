/// Some frames of a best path's forward pass, as the kernels see it: addresses and sizes, all checked by
/// the caller.
///
/// Position u is the place after u labels: in the classic topology a blank and the label that comes next,
/// each a state, in those without states for blanks the state "u labels so far".
package struct BestPathBlock {
  /// The frames' log-probabilities, `[frames, rowStride]`.
  package var rows: UnsafePointer<Double>
  package var rowStride: Int
  package var frames: Int
  /// The column of the blank.
  package var blank: Int
  /// Whether a path may emit the blank.
  package var hasBlank: Bool
  /// The best scores before the frames, and after them, of the positions' blanks; `nil` where
  /// those have no states of their own.
  package var blanks: UnsafeMutablePointer<Double>?
  /// The same of the positions' labels, or of the states after them; the value before the first
  /// position is readable, and `-inf`.
  package var labels: UnsafeMutablePointer<Double>
  /// Room for as many again of both, with as many readable before.
  package var newBlanks: UnsafeMutablePointer<Double>?
  package var newLabels: UnsafeMutablePointer<Double>
  /// Room for what each position's label emits.
  package var emissions: UnsafeMutablePointer<Double>
  /// For each position the column of its label; without states for blanks, of the last label so far.
  package var columns: UnsafePointer<Int32>
  /// For each position 0 if the label before it may come right before its own, else `-inf`; not read where blanks
  /// have no states, yet may be emitted.
  package var skips: UnsafePointer<Double>
  /// The first and the end of the positions that the first frame computes; each further frame computes one
  /// more, at most up to ``positionCount``.
  package var first: Int
  package var end: Int
  package var positionCount: Int
  /// The moves into each position of each frame, from position `first` on: `[frames, decisionStride]`, with
  /// states for blanks `[frames, 2, decisionStride]` with those into blanks first; `nil` for scores alone.
  package var decisions: UnsafeMutablePointer<UInt8>?
  package var decisionStride: Int
  /// The positions, in ascending order, whose blank may be something else, and the column of what it then
  /// emits.
  package var gaps: UnsafePointer<Int32>
  package var gapCount: Int
  package var gapColumn: Int

  package init(
    rows: UnsafePointer<Double>, rowStride: Int, frames: Int, blank: Int,
    hasBlank: Bool, blanks: UnsafeMutablePointer<Double>?, labels: UnsafeMutablePointer<Double>,
    newBlanks: UnsafeMutablePointer<Double>?, newLabels: UnsafeMutablePointer<Double>,
    emissions: UnsafeMutablePointer<Double>, columns: UnsafePointer<Int32>,
    skips: UnsafePointer<Double>, first: Int, end: Int, positionCount: Int,
    decisions: UnsafeMutablePointer<UInt8>?, decisionStride: Int,
    gaps: UnsafePointer<Int32>, gapCount: Int, gapColumn: Int
  ) {
    self.rows = rows
    self.rowStride = rowStride
    self.frames = frames
    self.blank = blank
    self.hasBlank = hasBlank
    self.blanks = blanks
    self.labels = labels
    self.newBlanks = newBlanks
    self.newLabels = newLabels
    self.emissions = emissions
    self.columns = columns
    self.skips = skips
    self.first = first
    self.end = end
    self.positionCount = positionCount
    self.decisions = decisions
    self.decisionStride = decisionStride
    self.gaps = gaps
    self.gapCount = gapCount
    self.gapColumn = gapColumn
  }
}
