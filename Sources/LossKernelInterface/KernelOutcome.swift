/// The result of a kernel for a sample.
package enum KernelOutcome: UInt8, Sendable {
  /// The sample contains the probability, and the gradient has been written.
  case done
  /// A valid frame contains NaN, `+inf` or only `-inf`; nothing has been written.
  case invalid
  /// No path has a probability above zero; nothing has been written.
  case infeasible
  /// The sample is beyond the range of the kernels' numbers, or more probable than
  /// ``BandSample/leastBits`` allows, so it must be computed by other means. Nothing useful has
  /// been written.
  case wide
}
