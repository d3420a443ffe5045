import Seq2SeqLosses

/// The moves of a topology for decoders, with the columns of their logits in a row.
struct DecoderMoves: Sendable {
  /// A move that emits nothing.
  struct Blank: BitwiseCopyable, Sendable {
    let token: Int
    /// The number of frames that it consumes, at least 1.
    let frames: Int
    /// The column of its duration; -1 without durations.
    let duration: Int
  }

  /// A move that emits a label.
  struct Label: BitwiseCopyable, Sendable {
    /// The number of frames that it consumes, at least 0.
    let frames: Int
    /// The column of its duration; -1 without durations.
    let duration: Int
  }

  /// The largest number of frames that one move may consume. Hypotheses wait in as many beams.
  static let mostFrames = 1024

  let vocabulary: Int
  let blank: Int
  /// The blank, then the big blanks in the order of their tokens.
  let blanks: [Blank]
  let labels: [Label]
  /// The number of frames of each column of durations; empty if the joiner has none.
  let durations: [Int]
  /// The maximum number of labels in one frame.
  let maximumLabels: Int
  /// Whether a path may end with a label. Otherwise its last move is a blank, as in the losses.
  let endsWithLabels: Bool

  /// The number of logits in a row.
  var width: Int { vocabulary + durations.count }
  /// The largest number of frames that a move consumes.
  var farthest: Int { max(blanks.map(\.frames).max() ?? 1, labels.map(\.frames).max() ?? 1) }

  /// - Throws: ``InputError`` if a duration, a blank or the number of labels is out of range.
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
    var blanks: [Blank] = []
    var labels: [Label] = []
    var endsWithLabels = false
    for move in topology.moves {
      let duration = move.duration.map { vocabulary.count + $0 } ?? -1
      switch move.token {
      case .blank:
        blanks.append(Blank(token: vocabulary.blank, frames: move.frames, duration: duration))
      case .other(let token):
        blanks.append(Blank(token: token, frames: move.frames, duration: duration))
      case .label:
        labels.append(Label(frames: move.frames, duration: duration))
        endsWithLabels = endsWithLabels || (move.mayEnd && move.frames > 0)
      }
    }
    (self.blanks, self.labels, self.endsWithLabels) = (blanks, labels, endsWithLabels)
  }

  /// The number of frames that a blank takes without a duration head; `nil` for a label.
  func blankFrames(_ token: Int) -> Int? {
    for blank in blanks where blank.token == token { return blank.frames }
    return nil
  }
}
