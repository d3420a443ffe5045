import Seq2SeqLosses

/// Greedy decodings of some utterances at once, in a loop over labels (Bataev et al. 2024, arXiv 2406.06220).
///
/// In the inner loop all utterances go on from blank to blank, each at a frame of its own, until each has its next
/// label; then the predictor moves on once for all.
struct GreedySearch<Model: TransducerModel> {
  private struct Utterance {
    var path = GreedyPath()
    var state: Model.State
    /// The label that the state has not taken in: it does so once there is a frame to use it at.
    var pending: Int?
    /// The frames from number `first` on.
    var frames: ArraySlice<Model.Frame>
    var first = 0

    var end: Int { first + frames.count }
    var hasFrame: Bool { path.frame < end }
    var frame: Model.Frame { frames[frames.startIndex + path.frame - first] }
  }

  private let decoder: TransducerGreedyDecoder
  private let model: Model
  private let isBatch: Bool
  private var utterances: [Utterance]

  /// - Throws: What the model throws.
  init(
    _ decoder: TransducerGreedyDecoder, _ model: Model, _ utterances: [[Model.Frame]], isBatch: Bool
  ) throws {
    self.decoder = decoder
    self.model = model
    self.isBatch = isBatch
    self.utterances = []
    guard !utterances.isEmpty else { return }
    let state = try model.start()
    self.utterances = utterances.map { Utterance(state: state, frames: $0[...]) }
  }

  /// The hypothesis of each utterance; where they go on, without characters whose last bytes are missing.
  func hypotheses(isWhole: Bool) -> [Hypothesis] {
    utterances.map { $0.path.hypothesis(decoder.vocabulary, isWhole: isWhole) }
  }

  /// Adds frames to the one utterance.
  mutating func append(_ frames: some Collection<Model.Frame>) {
    // What the path has left behind goes.
    let passed = min(utterances[0].path.frame - utterances[0].first, utterances[0].frames.count)
    utterances[0].frames = (Array(utterances[0].frames.dropFirst(passed)) + frames)[...]
    utterances[0].first += passed
  }

  /// Drops the one utterance's frames that the path has not left; gives how many there are without them.
  mutating func dropFrames() -> Int {
    let kept = min(utterances[0].path.frame - utterances[0].first, utterances[0].frames.count)
    utterances[0].frames = utterances[0].frames.prefix(kept)
    return utterances[0].end
  }

  /// Decodes all frames that there are.
  ///
  /// - Throws: ``InputError`` where the model's results have another size or hold no logits, and what it throws.
  mutating func run() throws {
    var rows = JoinerOutputs(decoder.moves, decoder.vocabulary)
    var active = utterances.indices.filter { utterances[$0].hasFrame }
    while !active.isEmpty {
      try advance(active)
      var searching = active
      while !searching.isEmpty {
        rows.removeAll()
        let logits = try model.join(
          searching.map { utterances[$0].frame }, searching.map { utterances[$0].state })
        try rows.append(
          logits,
          searching.map { .init(sample: isBatch ? $0 : nil, frame: utterances[$0].path.frame) })
        for (row, index) in searching.enumerated() {
          utterances[index].pending = utterances[index].path.move(rows[row], decoder.moves)
        }
        searching.removeAll { utterances[$0].pending != nil || !utterances[$0].hasFrame }
      }
      active.removeAll { !utterances[$0].hasFrame }
    }
  }

  /// Lets the states of utterances take in the labels that they were given last.
  private mutating func advance(_ active: [Int]) throws {
    let pending = active.compactMap { index in
      utterances[index].pending.map { (index: index, label: $0) }
    }
    guard !pending.isEmpty else { return }
    let states = try model.advance(
      pending.map { utterances[$0.index].state }, by: pending.map(\.label))
    guard states.count == pending.count else {
      throw InputError("states", "\(states.count) after \(pending.count) labels")
    }
    for (place, state) in zip(pending, states) {
      utterances[place.index].state = state
      utterances[place.index].pending = nil
    }
  }
}
