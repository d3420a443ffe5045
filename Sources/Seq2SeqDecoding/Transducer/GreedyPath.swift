import CLibrary

/// The path of a greedy decoding so far.
struct GreedyPath {
  /// The frame that the next move leaves. It may be beyond the frames so far.
  private(set) var frame = 0
  private(set) var spans: [TokenSpan] = []
  /// The sum of the log-probabilities of all moves.
  private(set) var score = 0.0
  /// The number of labels since the path entered the frame.
  private var labels = 0

  /// Takes the best move of a row of log-probabilities; the lowest if several tie. Returns its
  /// label, if it emits one.
  mutating func move(_ row: UnsafePointer<Double>, _ moves: DecoderMoves) -> Int? {
    var token = Self.best(row, moves.vocabulary)
    if labels == moves.maximumLabels && moves.blankFrames(token) == nil { token = moves.blank }
    let blankFrames = moves.blankFrames(token)
    var logProbability = row[token]
    var frames = blankFrames ?? moves.labels[0].frames
    if !moves.durations.isEmpty {
      let duration = Self.best(row + moves.vocabulary, moves.durations.count)
      logProbability += row[moves.vocabulary + duration]
      frames = moves.durations[duration]
      // A blank with duration 0 would be repeated forever.
      if blankFrames != nil { frames = max(1, frames) }
    }
    score += logProbability
    if blankFrames == nil {
      spans.append(
        TokenSpan(
          token: token, frames: frame..<frame + max(1, frames), logProbability: logProbability,
          confidence: min(1, exp(row[token]))))
    }
    labels = frames == 0 ? labels + 1 : 0
    frame += frames
    return blankFrames == nil ? token : nil
  }

  private static func best(_ values: UnsafePointer<Double>, _ count: Int) -> Int {
    var best = 0
    for index in 1..<max(1, count) where values[index] > values[best] { best = index }
    return best
  }

  /// The hypothesis of the path. If more frames are to follow, a character whose last bytes are
  /// missing is omitted.
  func hypothesis(_ vocabulary: TokenVocabulary, isWhole: Bool) -> Hypothesis {
    let tokens = spans.map(\.token)
    var words = WordSplitting.words(of: tokens, vocabulary, isWhole: isWhole)
    SequenceAligner.locate(&words, spans)
    return Hypothesis(
      tokens: tokens, text: vocabulary.text(of: tokens, isWhole: isWhole), acousticScore: score,
      languageScore: 0, biasScore: 0, words: words, spans: spans, isComplete: true)
  }
}
