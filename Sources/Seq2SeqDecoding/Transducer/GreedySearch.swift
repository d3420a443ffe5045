import Seq2SeqLosses

/// Greedy decoding of several utterances at once, in a loop over labels (Bataev et al. 2024, arXiv
/// 2406.06220).
///
/// In the inner loop, every utterance advances over blanks, each at its own frame, until it has its
/// next label. Then the predictor advances once for all utterances.
struct GreedySearch<Model: TransducerModel> {
  private struct Utterance {
    var path = GreedyPath()
    var state: Model.State
    /// The label that the predictor has not processed yet. It does so when there is a frame for the
    /// next state.
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

  /// - Throws: Errors of the model.
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

  /// The hypothesis of each utterance. If more frames are to follow, characters whose last bytes
  /// are missing are omitted.
  func hypotheses(isWhole: Bool) -> [Hypothesis] {
    utterances.map { $0.path.hypothesis(decoder.vocabulary, isWhole: isWhole) }
  }

  /// Adds frames to the only utterance.
  mutating func append(_ frames: some Collection<Model.Frame>) {
    // Drops the frames that the path has left.
    let passed = min(utterances[0].path.frame - utterances[0].first, utterances[0].frames.count)
    utterances[0].frames = (Array(utterances[0].frames.dropFirst(passed)) + frames)[...]
    utterances[0].first += passed
  }

  /// Drops the frames of the only utterance that the path has not left. Returns the number of
  /// frames without them.
  mutating func dropFrames() -> Int {
    let kept = min(utterances[0].path.frame - utterances[0].first, utterances[0].frames.count)
    utterances[0].frames = utterances[0].frames.prefix(kept)
    return utterances[0].end
  }

  /// Decodes all frames so far.
  ///
  /// - Throws: ``InputError`` if the model's results have another size or are not logits; errors of
  ///   the model.
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

  /// Advances the states of utterances by their last labels.
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
