/// The derivative of `function` along `direction` at `point`, by central differences.
///
/// The error is about `step²` times the third derivative, plus a rounding error divided by `step`.
package func centralDifference(
  at point: [Double], along direction: [Double], step: Double,
  _ function: ([Double]) throws -> [Double]
) rethrows -> [Double] {
  let above = try function(zip(point, direction).map { $0 + step * $1 })
  let below = try function(zip(point, direction).map { $0 - step * $1 })
  return zip(above, below).map { ($0 - $1) / (2 * step) }
}

/// The unit vector of axis `index`.
package func unitVector(_ count: Int, _ index: Int) -> [Double] {
  var vector = [Double](repeating: 0, count: count)
  vector[index] = 1
  return vector
}
