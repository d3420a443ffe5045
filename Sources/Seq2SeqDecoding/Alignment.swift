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

  /// Where frames come from.
  struct Source {
    /// Writes frames, `[frames, vocabulary]`.
    let read: (Range<Int>, UnsafeMutablePointer<Double>) -> Void
    /// Writes some columns of frames, each frame's so far from the one before.
    let gather:
      (Range<Int>, UnsafeBufferPointer<Int32>, UnsafeMutablePointer<Double>, _ stride: Int) -> Void
  }

  /// The best path; nil where none is possible.
  ///
  /// Only the columns of the targets are read, but for wildcards and entropies, which need all.
  ///
  /// - Parameter targets: Tokens, and ``wildcard``s.
  func align(_ targets: [Int], frames: Int, _ source: Source) -> Alignment? {
    // Column 0 is the blank, then come the tokens in the order of their first use, then the wildcard.
    var tokens = [Int32(blank)]
    var columns: [Int: Int32] = [:]
    for target in targets where target != Self.wildcard && columns[target] == nil {
      columns[target] = Int32(tokens.count)
      tokens.append(Int32(target))
    }
    let hasWildcards = targets.contains(Self.wildcard)
    let width = tokens.count + (hasWildcards ? 1 : 0)
    let wildcardColumn = tokens.count
    func read(_ block: Range<Int>, _ rows: UnsafeMutablePointer<Double>) {
      tokens.withUnsafeBufferPointer { source.gather(block, $0, rows, width) }
      guard hasWildcards else { return }
      forEachRow(block, source) { frame, row in
        var best = -Double.infinity
        for token in 0..<vocabulary where token != blank { best = max(best, row[token]) }
        rows[(frame - block.lowerBound) * width + wildcardColumn] = best
      }
    }
    let lattice = BestPathLattice(
      topology, labels: targets.map { columns[$0] ?? Int32(wildcardColumn) }, blank: 0)
    guard let best = BestPath(lattice, frames: frames, width: width, read: read) else {
      return nil
    }
    var alignment = Alignment(
      tokens: [], words: [], path: [Int](repeating: 0, count: frames),
      frameScores: [Double](repeating: 0, count: frames), logProbability: best.score)
    var sum = ConfidenceSum(confidence)
    var previous = 0
    let block = max(1, 2048 / width)
    withUnsafeTemporaryAllocation(of: Double.self, capacity: block * width) { rows in
      guard let rows = rows.baseAddress else { return }
      for first in stride(from: 0, to: frames, by: block) {
        let range = first..<min(first + block, frames)
        read(range, rows)
        for frame in range {
          let state = Int(best.states[frame])
          let column = lattice.column(from: previous, to: state)
          let score = rows[(frame - first) * width + column]
          alignment.frameScores[frame] = score
          alignment.path[frame] =
            column == wildcardColumn && hasWildcards ? Self.wildcard : Int(tokens[column])
          if let label = lattice.labelIndex(from: previous, to: state) {
            if label == alignment.tokens.count {
              close(&alignment.tokens, &sum)
              alignment.tokens.append(
                TokenSpan(
                  token: alignment.path[frame], frames: frame..<frame, logProbability: 0,
                  confidence: 0))
            }
            alignment.tokens[label].frames =
              alignment.tokens[label].frames.lowerBound..<frame + 1
            alignment.tokens[label].logProbability += score
            if confidence == .entropy {
              forEachRow(frame..<frame + 1, source) {
                sum.add($1, count: vocabulary, logProbability: score)
              }
            } else {
              sum.add(nil, count: 0, logProbability: score)
            }
          }
          previous = state
        }
      }
    }
    close(&alignment.tokens, &sum)
    return alignment
  }

  private func forEachRow(
    _ frames: Range<Int>, _ source: Source, _ body: (Int, UnsafePointer<Double>) -> Void
  ) {
    withUnsafeTemporaryAllocation(of: Double.self, capacity: vocabulary) { row in
      guard let row = row.baseAddress else { return }
      for frame in frames {
        source.read(frame..<frame + 1, row)
        body(frame, row)
      }
    }
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
