/// A language model of your own: it assigns a probability to each next word or token.
///
/// An element is the index of a word or a token in the model's own vocabulary; see
/// ``LanguageModelFusion``. A state represents the elements so far, such as a node of an n-gram
/// model or a reference to the cache of a neural network. Results must depend only on the
/// arguments; otherwise decoding is not reproducible. Several threads call the functions at the
/// same time.
public protocol LanguageModel: Sendable {
  /// Represents the elements so far.
  associatedtype State

  /// The state at the beginning of a text.
  func start() -> State
  /// The natural logarithm of the element's probability after `state`, and the state after the
  /// element.
  func score(_ element: Int, after state: State) -> (logProbability: Double, state: State)
  /// The natural logarithm of the probability that the text ends after `state`.
  func finish(_ state: State) -> Double
}
