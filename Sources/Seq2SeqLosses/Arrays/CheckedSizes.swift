// Checks of sizes and counts from callers: each has a limit, and no product of them overflows.

/// The product of sizes, none of which is negative; throws an ``InputError`` for `argument` if it
/// overflows.
package func checkedProduct(
  _ argument: String, _ factors: Int...
) throws(InputError) -> Int {
  var product = 1
  for factor in factors {
    guard factor >= 0 else { throw InputError(argument, "\(factor) is negative") }
    let (next, overflow) = product.multipliedReportingOverflow(by: factor)
    guard !overflow else { throw InputError(argument, "\(factors) is too large") }
    product = next
  }
  return product
}

/// Throws unless a number from a caller is within its limits.
package func checkCount(
  _ argument: String, _ count: Int, in bounds: ClosedRange<Int>
) throws(InputError) {
  guard count >= bounds.lowerBound else {
    throw InputError(
      argument,
      bounds.lowerBound == 0
        ? "\(count) is negative" : "\(count) is less than \(bounds.lowerBound)")
  }
  guard count <= bounds.upperBound else {
    throw InputError(argument, "\(count) is more than \(bounds.upperBound)")
  }
}

/// The limits of the number of paths that are drawn.
package enum DrawLimit {
  /// The largest number of draws per sample: 2^20.
  package static let count = 1 << 20
  /// The largest number of steps of all draws of a batch: 2^28, which take about 6 GB.
  package static let steps = 1 << 28
}

/// Throws unless `count` draws of paths with these numbers of steps fit in memory.
func checkDraws(_ count: Int, atLeast least: Int = 0, steps: [Int]) throws(InputError) {
  try checkCount("count", count, in: least...DrawLimit.count)
  // Neither the sum nor the product overflows, because callers' arrays contain at least one value
  // per step.
  let total = steps.reduce(0, +)
  guard total <= DrawLimit.steps / max(1, count) else {
    throw InputError("count", "\(count) draws of \(total) steps are more than 2^28 steps")
  }
}

/// Throws if a sample's sums over paths would need more memory than machines have, although logits
/// and labels fit. A gradient keeps the sums of about √frames frames at a time.
func checkMemory(
  _ argument: String, _ sample: Int, frames: Int, positions: Int
) throws(InputError) {
  guard Double(frames).squareRoot() * Double(positions) <= 0x1p30 else {
    throw InputError(
      argument, sample: sample, "\(positions - 1) labels at \(frames) frames are too many")
  }
}

/// Throws if a function that keeps all sums of a sample would keep more than 2^28, about 6 GB.
func checkNodes(
  _ argument: String, _ sample: Int, frames: Int, states: Int
) throws(InputError) {
  guard frames <= (1 << 28) / max(1, states) else {
    throw InputError(
      argument, sample: sample, "\(states) states at \(frames) frames are more than 2^28")
  }
}

/// Throws unless an array has the required number of elements.
func checkCount(_ argument: String, _ count: Int, needed: Int) throws(InputError) {
  guard count == needed else {
    throw InputError(argument, "\(count) elements where \(needed) are needed")
  }
}

/// Throws unless there is one label sequence per sample.
func checkOneSequenceEach(_ labels: LabelBatch, batch: Int) throws(InputError) {
  guard labels.count == batch else {
    throw InputError("labels", "\(labels.count) sequences for a batch of \(batch)")
  }
}
