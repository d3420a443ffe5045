import Seq2SeqLosses

/// A topology's moves as a decoder takes them: what each column of a row of logits does.
struct DecoderMoves: Sendable {
  /// A blank, and how many frames it takes.
  struct Blank: BitwiseCopyable, Sendable {
    var token: Int
    var frames: Int
  }

  /// The most frames that one move may take: hypotheses wait in as many beams.
  static let mostFrames = 1024

  let vocabulary: Int
  let blank: Int
  /// The blank first, then the big ones from the lowest token on.
  let blanks: [Blank]
  /// The table of durations; empty where the joiner gives none.
  let durations: [Int]
  /// What a label takes where there are no durations.
  let labelFrames: Int
  /// The most labels before a frame is left.
  let maximumLabels: Int

  /// The values of a row of logits.
  var width: Int { vocabulary + durations.count }
  /// The most frames that a move takes.
  var farthest: Int { max(durations.max() ?? 1, blanks.map(\.frames).max() ?? 1) }
  /// Whether a path may end with a label: elsewhere the last move is a blank's, as in the losses.
  let endsWithLabels: Bool

  /// - Throws: ``InputError`` where a duration, a blank or the number of labels is out of range.
  init(
    _ topology: TransducerTopology, _ vocabulary: TokenVocabulary, maximumLabels: Int
  ) throws(InputError) {
    guard (1...1 << 20).contains(maximumLabels) else {
      throw InputError("maximumLabelsPerFrame", "\(maximumLabels) is outside 1...\(1 << 20)")
    }
    try topology.check(
      tokens: vocabulary.count, blank: vocabulary.blank, mostFrames: Self.mostFrames,
      name: vocabulary.name)
    self.vocabulary = vocabulary.count
    blank = vocabulary.blank
    self.maximumLabels = maximumLabels
    durations = topology.durations
    let moves = topology.moves
    let labels = moves.filter { $0.token == .label }
    labelFrames = labels.first { $0.duration == nil }?.frames ?? 0
    endsWithLabels = labels.contains { $0.mayEnd && $0.frames > 0 }
    var blanks: [Blank] = []
    for move in moves {
      let token: Int
      switch move.token {
      case .blank: token = vocabulary.blank
      case .other(let other): token = other
      case .label: continue
      }
      // With durations there are as many moves of the blank, each of which takes what its duration says.
      if !blanks.contains(where: { $0.token == token }) {
        blanks.append(Blank(token: token, frames: move.duration == nil ? move.frames : 1))
      }
    }
    self.blanks = blanks
  }

  /// How many frames a blank takes; nil for a label.
  func blankFrames(_ token: Int) -> Int? {
    for blank in blanks where blank.token == token { return blank.frames }
    return nil
  }
}
