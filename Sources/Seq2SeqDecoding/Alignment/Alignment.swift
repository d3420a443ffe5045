import Seq2SeqLosses

/// An alignment of a sequence of frames with a known text.
public struct Alignment: Sendable, Equatable {
  /// The spans of the targets, in their order. Wildcards and gaps have the token -1. A gap has a
  /// span only if it contains a frame that is not blank; the span goes from the first such frame to
  /// the last.
  public var tokens: [TokenSpan]
  /// The spans of the words.
  public var words: [Hypothesis.Word]
  /// The spans of the segments of the text, such as its lines.
  public var segments: [Hypothesis.Word] = []
  /// The token of each frame, `[frames]`; -1 for a wildcard or in a gap.
  public var path: [Int]
  /// The log-probability of each frame's token, `[frames]`; in a gap, including its cost.
  public var frameScores: [Double]
  /// The sum of the frame scores: the natural logarithm of the best path's probability.
  public var logProbability: Double
  /// The number of targets before each gap that has a span.
  var gaps: [Int] = []
}

/// The places where frames need not belong to a target, and the cost of such frames.
struct AlignmentGaps {
  /// The number of targets before each place, in ascending order.
  var places: [Int] = []
  /// Added to the log-probability of the best non-blank token for each frame in a gap.
  var logProbability = 0.0
}

/// Aligns one sequence of frames with known targets.
struct SequenceAligner {
  /// A target that matches any tokens except the blank.
  static let wildcard = -1

  let topology: CTCTopology
  let blank: Int
  let vocabulary: Int
  /// nil if confidences are not needed.
  let confidence: ConfidenceMeasure?

  /// Finds the best path; nil if no path is possible.
  ///
  /// Only the columns of the targets are read, except for wildcards and entropies, which need all
  /// columns.
  ///
  /// - Parameters:
  ///   - targets: Tokens and ``wildcard``s.
  ///   - gaps: The places for gaps, where each frame is the blank or, if that is better, any token
  ///     at a cost.
  func align<Element>(
    _ targets: [Int], _ sequence: PosteriorFrames<Element>,
    gaps: AlignmentGaps = AlignmentGaps()
  ) -> Alignment? {
    let (posteriors, sample, frames) = (sequence.posteriors, sequence.sample, sequence.count)
    let columns = TargetColumns(
      targets.lazy.filter { $0 != Self.wildcard }, blank: blank, vocabulary: vocabulary)
    // The columns of the wildcard and of gaps follow those of the tokens.
    let wildcardColumn = columns.tokens.count
    let gapColumn = wildcardColumn + 1
    let hasWildcards = targets.contains(Self.wildcard) || !gaps.places.isEmpty
    let width = wildcardColumn + (hasWildcards ? 2 : 0)
    func read(_ block: Range<Int>, _ rows: UnsafeMutablePointer<Double>) {
      columns.tokens.withUnsafeBufferPointer {
        posteriors.gather(sample, block, $0, into: rows, stride: width)
      }
      guard hasWildcards else { return }
      for frame in block {
        posteriors.withFrame(sample, frame) { row in
          var best = -Double.infinity
          for token in 0..<vocabulary where !topology.isBlank(token, blank: blank) {
            best = max(best, row[token])
          }
          let values = rows + (frame - block.lowerBound) * width
          values[wildcardColumn] = best
          // If the scores tie, the frame is a blank.
          values[gapColumn] = max(values[0], best + gaps.logProbability)
        }
      }
    }
    let lattice = BestPathLattice(
      topology,
      labels: targets.map {
        $0 == Self.wildcard ? Int32(wildcardColumn) : columns.column(of: $0)
      }, blank: 0, gaps: gaps.places, gapColumn: gapColumn)
    guard let best = BestPath(lattice, frames: frames, width: width, read: read) else {
      return nil
    }
    var alignment = Alignment(
      tokens: [], words: [], path: [Int](repeating: 0, count: frames),
      frameScores: [Double](repeating: 0, count: frames), logProbability: best.score)
    var collector = SpanCollector(confidence)
    // The spans of gaps, each with the number of targets before it.
    var gapSpans: [(place: Int, span: SpanCollector)] = []
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
          let isGap = column == gapColumn && score > rows[(frame - first) * width]
          let token =
            if column == wildcardColumn || isGap {
              Self.wildcard
            } else { column == gapColumn ? blank : Int(columns.tokens[column]) }
          alignment.frameScores[frame] = score
          alignment.path[frame] = token
          if let label = lattice.labelIndex(from: previous, to: state) {
            if label == collector.spans.count { collector.begin(token, at: frame) }
            collector.add(frame, score: score, value: score, of: sequence)
          }
          if isGap {
            if gapSpans.last?.place != collector.spans.count {
              gapSpans.append((collector.spans.count, SpanCollector(confidence)))
              gapSpans[gapSpans.count - 1].span.begin(token, at: frame)
            }
            gapSpans[gapSpans.count - 1].span.add(
              frame, score: score, value: rows[(frame - first) * width + wildcardColumn],
              of: sequence)
          }
          previous = state
        }
      }
    }
    collector.end()
    alignment.tokens = collector.spans
    // From last to first, so that the earlier places stay valid.
    for (place, span) in gapSpans.reversed() {
      var span = span
      span.end()
      alignment.tokens.insert(contentsOf: span.spans, at: place)
    }
    alignment.gaps = gapSpans.map(\.place)
    return alignment
  }

  /// Adjusts the token ranges of words, which were counted without gaps, for the spans of gaps.
  static func shift(_ words: inout [Hypothesis.Word], gaps: [Int]) {
    // Gaps lie between words, and both are in order.
    var before = 0
    for index in words.indices {
      let tokens = words[index].tokens
      while before < gaps.count && gaps[before] <= tokens.lowerBound { before += 1 }
      words[index].tokens = tokens.lowerBound + before..<tokens.upperBound + before
    }
  }

  /// Sets the frames, the log-probability and the confidence of words from their tokens.
  static func locate(_ words: inout [Hypothesis.Word], _ spans: [TokenSpan]) {
    for index in words.indices {
      let own = spans[words[index].tokens]
      guard let first = own.first, let last = own.last else {
        // A word without tokens gets an empty span at the end of the word before it.
        let before = words[index].tokens.lowerBound - 1
        let place = before < 0 ? 0 : spans[before].frames.upperBound
        words[index].frames = place..<place
        continue
      }
      words[index].frames = first.frames.lowerBound..<last.frames.upperBound
      words[index].logProbability = own.reduce(0) { $0 + $1.logProbability }
      words[index].confidence = own.reduce(1) { min($0, $1.confidence) }
    }
  }
}
