/// Rows of 32-bit floating point to look through, as the kernels see them: addresses and sizes, all checked
/// by the caller.
package struct RowScan {
  /// The bits of the first row's values; each row's lie next to each other.
  package var words: UnsafePointer<Int32>
  package var rowStride: Int
  package var rows: Int
  package var width: Int
  /// Where the first of each row's largest values goes, and the value; `nil` where nobody asks.
  package var places: UnsafeMutablePointer<Int32>?
  package var values: UnsafeMutablePointer<Double>?
  /// The first row that has a NaN, a `+inf` or nothing above `-inf`, where the scan ends; ``rows`` if none
  /// has.
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
