/// The layout of a batch in the arrays of a loss: ``LogitsLayout`` for ``CTCLoss``,
/// ``JoinerLayout`` for ``TransducerLoss``.
public protocol LossLayout: Sendable, Equatable {
  /// The number of samples.
  var batch: Int { get }
  /// The number of values of all samples, including padding.
  var valueCount: Int { get }
}

extension LogitsLayout: LossLayout {
  /// The number of values of all samples, including padding: `batch · time · vocabulary`.
  public var valueCount: Int { batch * time * vocabulary }
}
