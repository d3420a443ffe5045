/// The kind of the input values. Derivatives are with respect to these values.
public enum CTCInputs: String, Sendable, CaseIterable {
  /// Logits: the loss applies the softmax, and the gradient is `softmax - occupancy`.
  case logits
  /// Natural logarithms of probabilities, used as they are: the gradient is `-occupancy`.
  ///
  /// Rows are not normalized. If this gradient is propagated back through a log-softmax, the result
  /// is the gradient with respect to the logits. It must not be used as that gradient directly.
  case logProbabilities
}
