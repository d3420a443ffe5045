/// What the numbers given to a loss are, and so what its derivatives are taken with respect to.
public enum CTCInputs: String, Sendable, CaseIterable {
  /// Unnormalised scores: the loss applies the softmax, the gradient is `softmax - occupancy`.
  case logits
  /// Natural logarithms of probabilities, taken as free variables: the gradient is `-occupancy`.
  ///
  /// Rows are not renormalised. Backpropagated through a log-softmax it gives the gradient w.r.t. the
  /// logits; used as that gradient itself, as some frameworks have done, it is wrong.
  case logProbabilities
}
