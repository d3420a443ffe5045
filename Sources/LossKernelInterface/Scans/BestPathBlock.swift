/// Some frames of the forward pass of a best path: addresses and sizes, all checked by the caller.
///
/// Position u is after u labels. In the classic topology it consists of two states, a blank and the
/// next label. In topologies without states for blanks it is the state "u labels so far".
package struct BestPathBlock {
  /// The log-probabilities of the frames, `[frames, rowStride]`.
  package var rows: UnsafePointer<Double>
  package var rowStride: Int
  package var frames: Int
  /// The column of the blank.
  package var blank: Int
  /// Whether a path may emit the blank.
  package var hasBlank: Bool
  /// The best scores of the positions' blanks, before the frames and then after them; `nil` if
  /// blanks have no states.
  package var blanks: UnsafeMutablePointer<Double>?
  /// The same for the positions' labels, or for the states after them. The value before the first
  /// position is readable and `-inf`.
  package var labels: UnsafeMutablePointer<Double>
  /// Memory for as many scores of both kinds, with as many readable values before.
  package var newBlanks: UnsafeMutablePointer<Double>?
  package var newLabels: UnsafeMutablePointer<Double>
  /// Memory for the emission of each position's label.
  package var emissions: UnsafeMutablePointer<Double>
  /// For each position, the column of its label; without states for blanks, that of the last label
  /// so far.
  package var columns: UnsafePointer<Int32>
  /// For each position, 0 if the previous label may directly precede its label, else `-inf`. Not
  /// read if blanks have no states but may be emitted.
  package var skips: UnsafePointer<Double>
  /// The range of positions that the first frame computes. Each further frame computes one more, up
  /// to ``positionCount``.
  package var first: Int
  package var end: Int
  package var positionCount: Int
  /// The moves into each position of each frame, from position `first` on: `[frames,
  /// decisionStride]`; with states for blanks, `[frames, 2, decisionStride]` with the blanks'
  /// first; `nil` if only scores are needed.
  package var decisions: UnsafeMutablePointer<UInt8>?
  package var decisionStride: Int
  /// The positions, in ascending order, where a gap's column replaces the blank, and this column.
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
