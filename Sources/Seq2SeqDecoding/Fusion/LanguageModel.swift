/// A model of sequences that gives each next element a probability: three verbs.
///
/// An element is a word or a token, as ``LanguageModelFusion`` says, by its index in the model's own
/// vocabulary. A state is whatever the model must remember of a beginning: a node of an n-gram model, the
/// cache of a neural one (a reference). Results must depend on nothing else, or decoding is not
/// reproducible. Several threads ask at the same time.
public protocol LanguageModel: Sendable {
  /// What the model remembers of a beginning.
  associatedtype State

  /// The state at the beginning of a text.
  func start() -> State
  /// The natural logarithm of the element's probability after `state`, and the state behind it.
  func score(_ element: Int, after state: State) -> (logProbability: Double, state: State)
  /// The natural logarithm of the probability that the text ends after `state`.
  func finish(_ state: State) -> Double
}
