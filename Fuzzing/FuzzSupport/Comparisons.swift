import Seq2SeqLosses

/// The builds of the kernels that this processor supports.
package let kernels = KernelVariant.allCases.filter { $0.isSupported && $0 != .general }

/// Whether two numbers are equal, both NaN, or differ by at most `tolerance`.
public func agree(_ left: Double, _ right: Double, within tolerance: Double) -> Bool {
  left == right || (left.isNaN && right.isNaN) || abs(left - right) <= tolerance
}

/// Whether two arrays are equal; all NaNs count as equal.
public func areIdentical(_ left: [Double], _ right: [Double]) -> Bool {
  left.count == right.count && zip(left, right).allSatisfy { $0 == $1 || ($0.isNaN && $1.isNaN) }
}

extension LogitElement {
  /// The largest allowed difference between a kernel's loss over this many frames and the general
  /// engine's. Exponentials have errors of 1e-7 per frame (1e-16 for `Double`), and there are
  /// rounding errors proportional to the logits.
  public static func lossTolerance(_ loss: Double, frames: Int) -> Double {
    Self.self == Double.self
      ? 1e-10 + 1e-13 * abs(loss) : 2e-5 + 4e-7 * Double(frames) + 1e-6 * abs(loss)
  }

  /// The same for a derivative. Both results are rounded once more to elements of 16 bits.
  public static func gradientTolerance(_ derivative: Double) -> Double {
    if Self.self == Double.self { return 1e-9 + 1e-9 * abs(derivative) }
    return 2e-5 + (Self.self == Float.self ? 1e-5 : 4 * unitRoundoff) * abs(derivative)
  }
}
