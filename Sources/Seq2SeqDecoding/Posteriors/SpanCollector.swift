/// Collects the spans of tokens, frame by frame.
struct SpanCollector {
  private(set) var spans: [TokenSpan] = []
  private let measure: ConfidenceMeasure?
  private var sum: ConfidenceSum

  /// - Parameter measure: nil if confidences are not needed. They are then 0 and cost nothing.
  init(_ measure: ConfidenceMeasure?) {
    self.measure = measure
    sum = ConfidenceSum(measure ?? .largest)
  }

  /// Begins the span of a token.
  mutating func begin(_ token: Int, at frame: Int) {
    end()
    spans.append(
      TokenSpan(token: token, frames: frame..<frame, logProbability: 0, confidence: 0))
  }

  /// Adds a frame to the last span.
  ///
  /// - Parameters:
  ///   - score: The frame's contribution to the log-probability of the span.
  ///   - value: The value of the token in the frame.
  mutating func add<Element>(
    _ frame: Int, score: Double, value: Double, of frames: PosteriorFrames<Element>
  ) {
    let last = spans.count - 1
    spans[last].frames = spans[last].frames.lowerBound..<frame + 1
    spans[last].logProbability += score
    guard let measure, let normalizer = frames.normalizer(frame) else { return }
    if measure == .entropy {
      frames.withFrame(frame) {
        sum.add(entropyOf: $0, count: frames.posteriors.layout.vocabulary, normalizer)
      }
    } else {
      sum.add(logProbability: normalizer.logProbability(of: value))
    }
  }

  /// Ends the last span, if there is one.
  mutating func end() {
    if !spans.isEmpty { spans[spans.count - 1].confidence = sum.value }
    sum = ConfidenceSum(measure ?? .largest)
  }
}
