/// Rows of 32-bit floating point that are scanned: addresses and sizes, all checked by the caller.
package struct RowScan {
  /// The bits of the first row's values; the values of a row are contiguous.
  package var words: UnsafePointer<Int32>
  package var rowStride: Int
  package var rows: Int
  package var width: Int
  /// Receives the first index of each row's largest value, and this value; `nil` if not needed.
  package var places: UnsafeMutablePointer<Int32>?
  package var values: UnsafeMutablePointer<Double>?
  /// The first row that contains NaN or `+inf`, or only `-inf`. The scan ends there. ``rows`` if
  /// there is no such row.
  package var firstImpossible = 0

  package init(
    words: UnsafePointer<Int32>, rowStride: Int, rows: Int, width: Int,
    places: UnsafeMutablePointer<Int32>?, values: UnsafeMutablePointer<Double>?
  ) {
    self.words = words
    self.rowStride = rowStride
    self.rows = rows
    self.width = width
    self.places = places
    self.values = values
  }
}
