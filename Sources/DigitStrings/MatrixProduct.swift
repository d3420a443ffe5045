/// A matrix inside an array: element `[row, column]` is at `row * rowStride + column * columnStride`.
///
/// Rows may overlap, as the windows of a convolution do in its input.
struct MatrixView {
  let elements: UnsafePointer<Float>
  let rowStride: Int
  let columnStride: Int
}

/// Adds `left · right` to `result`, which has `rows` rows that are `resultStride` apart.
///
/// `right` is `[inner, columns]`, row-major. The rows of the result may overlap, because they are
/// updated one after the other. Each element sums its terms in order and without fused operations,
/// so the bits are the same on every machine. O(rows · inner · columns).
func addProduct(
  rows: Int, inner: Int, columns: Int,
  left: MatrixView, right: UnsafePointer<Float>,
  result: UnsafeMutablePointer<Float>, resultStride: Int
) {
  typealias Block = SIMD16<Float>
  let width = Block.scalarCount
  let blockEnd = columns - columns % width
  for row in 0..<rows {
    let leftRow = left.elements + row * left.rowStride
    let resultRow = result + row * resultStride
    for column in stride(from: 0, to: blockEnd, by: width) {
      // The sums of a block stay in registers over the whole inner loop.
      let target = UnsafeMutableRawPointer(resultRow + column)
      var sums = target.loadUnaligned(as: Block.self)
      for index in 0..<inner {
        let factors = UnsafeRawPointer(right + index * columns + column)
        sums += leftRow[index * left.columnStride] * factors.loadUnaligned(as: Block.self)
      }
      target.storeBytes(of: sums, as: Block.self)
    }
    guard blockEnd < columns else { continue }
    for index in 0..<inner {
      let factor = leftRow[index * left.columnStride]
      for column in blockEnd..<columns {
        resultRow[column] += factor * right[index * columns + column]
      }
    }
  }
}
