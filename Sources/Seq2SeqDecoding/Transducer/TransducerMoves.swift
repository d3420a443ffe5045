import Seq2SeqLosses

/// A topology made ready for a vocabulary: what each column of a row of logits does.
struct TransducerMoves: Sendable {
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
  var endsWithLabels: Bool { durations.isEmpty && labelFrames > 0 }

  /// - Throws: ``InputError`` where a duration, a blank or the number of labels is out of range.
  init(
    _ topology: TransducerTopology, _ vocabulary: TokenVocabulary, maximumLabels: Int
  ) throws(InputError) {
    guard (1...1 << 20).contains(maximumLabels) else {
      throw InputError("maximumLabelsPerFrame", "\(maximumLabels) is outside 1...\(1 << 20)")
    }
    self.vocabulary = vocabulary.count
    blank = vocabulary.blank
    self.maximumLabels = maximumLabels
    labelFrames = topology == .monotonic ? 1 : 0
    var blanks = [Blank(token: vocabulary.blank, frames: 1)]
    var durations: [Int] = []
    switch topology {
    case .standard, .monotonic: break
    case .tokenAndDuration(let table):
      durations = table
      for (position, duration) in table.enumerated() {
        guard (0...Self.mostFrames).contains(duration) else {
          throw InputError(
            "durations", position: position, "\(duration) is outside 0...\(Self.mostFrames)")
        }
        guard !table[..<position].contains(duration) else {
          throw InputError("durations", position: position, "\(duration) is there twice")
        }
      }
      guard table.contains(where: { $0 > 0 }) else {
        throw InputError("durations", "\(table) never leave a frame")
      }
    case .multiBlank:
      for (token, frames) in topology.bigBlanks {
        if let problem = vocabulary.problem(ofToken: token) {
          throw InputError("bigBlanks", problem)
        }
        guard (1...Self.mostFrames).contains(frames) else {
          throw InputError(
            "bigBlanks",
            "\(frames) frames of token \(vocabulary.name(of: token)) are outside 1...\(Self.mostFrames)"
          )
        }
        blanks.append(Blank(token: token, frames: frames))
      }
    }
    self.blanks = blanks
    self.durations = durations
  }

  /// How many frames a blank takes; nil for a label.
  func blankFrames(_ token: Int) -> Int? {
    for blank in blanks where blank.token == token { return blank.frames }
    return nil
  }
}
