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
  /// Only the columns of the targets are read, but for wildcards and entropies, which need all.
  ///
  /// - Parameter targets: Tokens, and ``wildcard``s.
  func align<Element>(
    _ targets: [Int], _ posteriors: Posteriors<Element>, _ sample: Int
  ) -> Alignment? {
    let frames = posteriors.layout.lengths[sample]
    let columns = TargetColumns(targets.lazy.filter { $0 != Self.wildcard }, blank: blank)
    // After the tokens' columns comes that of the wildcard.
    let wildcardColumn = columns.tokens.count
    let hasWildcards = targets.contains(Self.wildcard)
    let width = wildcardColumn + (hasWildcards ? 1 : 0)
    func read(_ block: Range<Int>, _ rows: UnsafeMutablePointer<Double>) {
      columns.tokens.withUnsafeBufferPointer {
        posteriors.gather(sample, block, $0, into: rows, stride: width)
      }
      guard hasWildcards else { return }
      for frame in block {
        posteriors.withFrame(sample, frame) { row in
          var best = -Double.infinity
          for token in 0..<vocabulary where token != blank { best = max(best, row[token]) }
          rows[(frame - block.lowerBound) * width + wildcardColumn] = best
        }
      }
    }
    let lattice = BestPathLattice(
      topology,
      labels: targets.map {
        $0 == Self.wildcard ? Int32(wildcardColumn) : columns.column(of: $0)
      }, blank: 0)
    guard let best = BestPath(lattice, frames: frames, width: width, read: read) else {
      return nil
    }
    var alignment = Alignment(
      tokens: [], words: [], path: [Int](repeating: 0, count: frames),
      frameScores: [Double](repeating: 0, count: frames), logProbability: best.score)
    var collector = SpanCollector(confidence)
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
          let token = column == wildcardColumn ? Self.wildcard : Int(columns.tokens[column])
          alignment.frameScores[frame] = score
          alignment.path[frame] = token
          if let label = lattice.labelIndex(from: previous, to: state) {
            if label == collector.spans.count { collector.begin(token, at: frame) }
            collector.add(frame, logProbability: score, count: vocabulary) {
              posteriors.withFrame(sample, frame, $0)
            }
          }
          previous = state
        }
      }
    }
    collector.end()
    alignment.tokens = collector.spans
    return alignment
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
