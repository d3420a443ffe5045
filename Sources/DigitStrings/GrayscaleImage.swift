/// An image whose columns run along time.
public struct GrayscaleImage: Sendable, Equatable {
  /// The number of pixels across.
  public let columns: Int
  /// The number of pixels down.
  public let rows: Int
  /// `[column, row]`, 0 for paper to 1 for full ink.
  public let ink: [Float]

  /// An image of `columns * rows` values, column after column from the top down.
  public init(columns: Int, rows: Int, ink: [Float]) {
    precondition(columns >= 0 && rows >= 0 && ink.count == columns * rows)
    self.columns = columns
    self.rows = rows
    self.ink = ink
  }

  /// The ink at a pixel; none outside the image.
  subscript(column: Int, row: Int) -> Float {
    guard (0..<columns).contains(column), (0..<rows).contains(row) else { return 0 }
    return ink[column * rows + row]
  }
}
