/// A language model: the probability of each next element of a sequence.
///
/// An element is a word or a token, as ``LanguageModelFusion`` says, given by its index in the model's own vocabulary. A
/// state is what the model remembers of the elements so far, such as a node of an n-gram model, or a reference to the
/// cache of a neural one. Results must depend only on state and element; otherwise decoding is not reproducible. Several
/// threads may call the functions at the same time.
public protocol LanguageModel: Sendable {
  /// Represents the elements so far.
  associatedtype State

  /// The state at the beginning of a text.
  func start() -> State
  /// The natural logarithm of the probability of an element after `state`, and the state after it.
  func score(_ element: Int, after state: State) -> (logProbability: Double, state: State)
  /// The natural logarithm of the probability that the text ends after `state`.
  func finish(_ state: State) -> Double
}
