/// What became of a sample.
package enum KernelOutcome: UInt8, Sendable {
  /// The sample holds the probability; the gradient is written.
  case done
  /// A valid frame holds NaN, `+inf` or only `-inf`; nothing is written.
  case invalid
  /// No path has a probability above zero; nothing is written.
  case infeasible
  /// Beyond the range of the kernels' numbers, or likelier than the sample's ``BandSample/leastBits`` allows, so to be
  /// done elsewhere; nothing useful is written.
  case wide
}
