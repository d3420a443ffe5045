/// The use of a language model in one decoding. States are numbers, so that beams stay small and plain.
///
/// A state that ``score`` returns is provisional until it is kept, and its number is negative.
///
/// The functions are closures, not methods of a generic class, so that the compiler specializes them for a known type of
/// model, such as the n-gram model.
final class LanguageModelSession {
  /// The state at the beginning of a text.
  let start: () -> Int32
  /// The score of an element, and the number of the provisional state after it.
  let score: (_ element: Int, _ state: Int32) -> (logProbability: Double, state: Int32)
  /// The log-probability that a text ends after a state.
  let finish: (_ state: Int32) -> Double
  /// Keeps a provisional state and returns its lasting number.
  let keep: (_ state: Int32) -> Int32
  /// Drops the provisional states that were not kept.
  let forgetProvisional: () -> Void
  /// Drops all lasting states but those of these numbers, which become 0, 1, and so on.
  let compact: (_ states: [Int32]) -> Void

  init<Model: LanguageModel>(_ model: Model) {
    let states = States<Model>()
    start = { states.append(model.start()) }
    score = { element, state in
      let (logProbability, next) = model.score(element, after: states[state])
      return (logProbability, states.appendProvisional(next))
    }
    finish = { model.finish(states[$0]) }
    keep = { $0 < 0 ? states.append(states[$0]) : $0 }
    forgetProvisional = { states.forgetProvisional() }
    compact = { states.compact($0) }
  }

  private final class States<Model: LanguageModel> {
    private var lasting: [Model.State] = []
    private var provisional: [Model.State] = []

    subscript(state: Int32) -> Model.State {
      state < 0 ? provisional[Int(-state) - 1] : lasting[Int(state)]
    }

    func append(_ state: Model.State) -> Int32 {
      lasting.append(state)
      return Int32(lasting.count - 1)
    }

    // The first is -1.
    func appendProvisional(_ state: Model.State) -> Int32 {
      provisional.append(state)
      return Int32(-provisional.count)
    }

    func forgetProvisional() {
      if !provisional.isEmpty { provisional.removeAll(keepingCapacity: true) }
    }

    func compact(_ states: [Int32]) { lasting = states.map { lasting[Int($0)] } }
  }
}
