import Seq2SeqLosses

/// Which frames of a sequence belong to which token of a text.
public struct Alignment: Sendable, Equatable {
  /// The spans of the targets, in their order; those of wildcards have a token of -1.
  public var tokens: [TokenSpan]
  /// The spans of the words.
  public var words: [Hypothesis.Word]
  /// The spans of the segments of a text, such as its lines.
  public var segments: [Hypothesis.Word] = []
  /// The token that each frame emits, `[frames]`; -1 for a wildcard.
  public var path: [Int]
  /// The log-probability of each frame's token, `[frames]`.
  public var frameScores: [Double]
  /// Their sum: the natural logarithm of the best path's probability.
  public var logProbability: Double
}

/// Aligns one sequence of frames with known targets.
struct SequenceAligner {
  /// What may stand in place of a token: any token but the blank.
  static let wildcard = -1

  let topology: CTCTopology
  let blank: Int
  let vocabulary: Int
  let confidence: ConfidenceMeasure

  /// The best path; nil where none is possible.
  ///
  /// - Parameters:
  ///   - targets: Tokens, and ``wildcard``s.
  ///   - read: Writes the log-probabilities of frames, `[frames, vocabulary]`.
  func align(
    _ targets: [Int], frames: Int, read: (Range<Int>, UnsafeMutablePointer<Double>) -> Void
  ) -> Alignment? {
    let hasWildcards = targets.contains(Self.wildcard)
    let width = hasWildcards ? vocabulary + 1 : vocabulary
    // A wildcard's column comes after those of the tokens.
    func readAll(_ block: Range<Int>, _ rows: UnsafeMutablePointer<Double>) {
      read(block, rows)
      guard hasWildcards else { return }
      for index in block.indices.reversed() {
        let offset = index - block.lowerBound
        let (source, target) = (rows + offset * vocabulary, rows + offset * width)
        target.update(from: source, count: vocabulary)
        var best = -Double.infinity
        for token in 0..<vocabulary where token != blank { best = max(best, target[token]) }
        target[vocabulary] = best
      }
    }
    let lattice = BestPathLattice(
      topology, labels: targets.map { Int32($0 == Self.wildcard ? vocabulary : $0) },
      blank: blank)
    guard let best = BestPath(lattice, frames: frames, width: width, read: readAll) else {
      return nil
    }
    var path = [Int](repeating: 0, count: frames)
    var scores = [Double](repeating: 0, count: frames)
    var spans: [TokenSpan] = []
    var sum = ConfidenceSum(confidence)
    var previous = 0
    let block = max(1, 2048 / width)
    withUnsafeTemporaryAllocation(of: Double.self, capacity: block * width) { rows in
      guard let rows = rows.baseAddress else { return }
      for first in stride(from: 0, to: frames, by: block) {
        let range = first..<min(first + block, frames)
        readAll(range, rows)
        for frame in range {
          let row = rows + (frame - first) * width
          let state = Int(best.states[frame])
          let column = lattice.column(from: previous, to: state)
          scores[frame] = row[column]
          path[frame] = column == vocabulary ? Self.wildcard : column
          if let label = lattice.labelIndex(from: previous, to: state) {
            if label == spans.count {
              close(&spans, &sum)
              spans.append(
                TokenSpan(
                  token: path[frame], frames: frame..<frame, logProbability: 0, confidence: 0))
            }
            spans[label].frames = spans[label].frames.lowerBound..<frame + 1
            spans[label].logProbability += row[column]
            sum.add(row, count: vocabulary, logProbability: row[column])
          }
          previous = state
        }
      }
    }
    close(&spans, &sum)
    return Alignment(
      tokens: spans, words: [], path: path, frameScores: scores, logProbability: best.score)
  }

  private func close(_ spans: inout [TokenSpan], _ sum: inout ConfidenceSum) {
    if !spans.isEmpty { spans[spans.count - 1].confidence = sum.value }
    sum = ConfidenceSum(confidence)
  }

  /// Gives words the frames, the log-probability and the confidence of their tokens.
  static func locate(_ words: inout [Hypothesis.Word], _ spans: [TokenSpan]) {
    for index in words.indices {
      let own = spans[words[index].tokens]
      guard let first = own.first, let last = own.last else { continue }
      words[index].frames = first.frames.lowerBound..<last.frames.upperBound
      words[index].logProbability = own.reduce(0) { $0 + $1.logProbability }
      words[index].confidence = own.reduce(1) { min($0, $1.confidence) }
    }
  }
}
