import Seq2SeqLosses

/// A predictor's states after the prefixes of a beam search, each asked for once, when it is first needed.
struct PredictorStates<Model: TransducerModel> {
  private enum Known {
    case ready(Model.State)
    /// One label after a state.
    case pending(after: Model.State, label: Int)
  }

  let model: Model
  private var known: [Int32: Known] = [:]

  init(_ model: Model) { self.model = model }

  /// The joiner's logits at a frame for prefixes, whose parents have been here unless they are known themselves.
  ///
  /// - Throws: ``InputError`` where the model gives another number of states, and what it throws.
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

  /// A new prefix as one label after its parent; nil for the empty prefix.
  private func pending(_ prefix: Int32, _ tree: borrowing PrefixTree) -> Known? {
    let (parent, label) = (tree[prefix].parent, Int(tree[prefix].token))
    guard parent >= 0 else { return nil }
    guard case .ready(let state) = known[parent] else {
      preconditionFailure("a prefix comes from one that was joined")
    }
    return .pending(after: state, label: label)
  }

  /// Keeps the states of these prefixes alone: each is known, new, or the empty one.
  mutating func keep(_ prefixes: [Int32], _ tree: borrowing PrefixTree) {
    var kept: [Int32: Known] = [:]
    for prefix in prefixes { kept[prefix] = known[prefix] ?? pending(prefix, tree) }
    known = kept
  }

  mutating func renumber(_ numbers: [Int32]) {
    known = Dictionary(uniqueKeysWithValues: known.map { (numbers[Int($0.key)], $0.value) })
  }
}
