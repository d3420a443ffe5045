import Seq2SeqLosses

/// The predictor's states for the prefixes of a beam search. Each is computed once, when it is
/// first needed.
struct PredictorStates<Model: TransducerModel> {
  private enum Known {
    case ready(Model.State)
    /// A state that follows another one by one label.
    case pending(after: Model.State, label: Int)
  }

  let model: Model
  private var known: [Int32: Known] = [:]

  init(_ model: Model) { self.model = model }

  /// The joiner's logits at a frame for some prefixes. The states of their parents must be known.
  ///
  /// - Throws: ``InputError`` if the model returns another number of states; errors of the model.
  mutating func logits(
    at frame: Model.Frame, _ prefixes: [Int32], _ tree: borrowing PrefixTree
  ) throws -> [Model.Logit] {
    var late: [Int32] = []
    var before: [Model.State] = []
    var labels: [Int] = []
    for prefix in prefixes {
      switch known[prefix] ?? pending(prefix, tree) {
      case .ready: continue
      case .pending(let state, let label):
        late.append(prefix)
        before.append(state)
        labels.append(label)
      case nil: known[prefix] = .ready(try model.start())
      }
    }
    if !late.isEmpty {
      let states = try model.advance(before, by: labels)
      guard states.count == late.count else {
        throw InputError("states", "\(states.count) after \(late.count) labels")
      }
      for (prefix, state) in zip(late, states) { known[prefix] = .ready(state) }
    }
    let states: [Model.State] = prefixes.map { prefix in
      guard case .ready(let state) = known[prefix] else {
        preconditionFailure("a prefix that was made ready")
      }
      return state
    }
    return try model.join(Array(repeating: frame, count: prefixes.count), states)
  }

  /// The pending state of a new prefix, one label after its parent; nil for the empty prefix.
  private func pending(_ prefix: Int32, _ tree: borrowing PrefixTree) -> Known? {
    let (parent, label) = (tree[prefix].parent, Int(tree[prefix].token))
    guard parent >= 0 else { return nil }
    guard case .ready(let state) = known[parent] else {
      preconditionFailure("a prefix comes from one that was joined")
    }
    return .pending(after: state, label: label)
  }

  /// Keeps only the states of these prefixes. Each is known, new or the empty prefix.
  mutating func keep(_ prefixes: [Int32], _ tree: borrowing PrefixTree) {
    var kept: [Int32: Known] = [:]
    for prefix in prefixes { kept[prefix] = known[prefix] ?? pending(prefix, tree) }
    known = kept
  }

  mutating func renumber(_ numbers: [Int32]) {
    known = Dictionary(uniqueKeysWithValues: known.map { (numbers[Int($0.key)], $0.value) })
  }
}
