/// Where a batch lies in a loss's arrays: ``LogitsLayout`` for ``CTCLoss``, ``JoinerLayout`` for ``TransducerLoss``.
public protocol LossLayout: Sendable, Equatable {
  /// The number of samples.
  var batch: Int { get }
  /// The number of values of all samples, padding included.
  var valueCount: Int { get }
}

extension LogitsLayout: LossLayout {
  /// The number of values of all samples, padding included: `batch · time · vocabulary`.
  public var valueCount: Int { batch * time * vocabulary }
}
