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

/// One decoding's questions to a language model: states by number, so that beams stay small and plain.
///
/// States that ``score(_:after:)`` makes are kept until ``forget(from:)``, unless they are kept for good
/// by ``keep(_:)``.
class LanguageModelSession {
  /// The state at the beginning.
  func start() -> Int32 { preconditionFailure("abstract") }
  /// A score, and the number of a provisional state.
  func score(_ element: Int, after state: Int32) -> (logProbability: Double, state: Int32) {
    preconditionFailure("abstract")
  }
  func finish(_ state: Int32) -> Double { preconditionFailure("abstract") }
  /// Keeps a provisional state; gives its lasting number.
  func keep(_ state: Int32) -> Int32 { preconditionFailure("abstract") }
  /// Forgets the provisional states that were not kept.
  func forgetProvisional() { preconditionFailure("abstract") }
  /// Keeps the lasting states of these numbers alone, which become 0, 1, and so on.
  func compact(_ states: [Int32]) { preconditionFailure("abstract") }
}

/// A session with a model of one type.
final class TypedLanguageModelSession<Model: LanguageModel>: LanguageModelSession {
  private let model: Model
  private var lasting: [Model.State] = []
  private var provisional: [Model.State] = []

  init(_ model: Model) { self.model = model }

  override func start() -> Int32 {
    lasting.append(model.start())
    return Int32(lasting.count - 1)
  }

  // Provisional states have negative numbers: -1 is the first.
  override func score(_ element: Int, after state: Int32) -> (logProbability: Double, state: Int32)
  {
    let (logProbability, next) = model.score(element, after: self[state])
    provisional.append(next)
    return (logProbability, Int32(-provisional.count))
  }

  override func finish(_ state: Int32) -> Double { model.finish(self[state]) }

  override func keep(_ state: Int32) -> Int32 {
    guard state < 0 else { return state }
    lasting.append(self[state])
    return Int32(lasting.count - 1)
  }

  override func forgetProvisional() { provisional.removeAll(keepingCapacity: true) }

  override func compact(_ states: [Int32]) { lasting = states.map { lasting[Int($0)] } }

  private subscript(state: Int32) -> Model.State {
    state < 0 ? provisional[Int(-state) - 1] : lasting[Int(state)]
  }
}
