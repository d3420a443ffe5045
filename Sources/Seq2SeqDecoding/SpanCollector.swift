/// Collects the spans of tokens, frame by frame.
struct SpanCollector {
  private(set) var spans: [TokenSpan] = []
  private let measure: ConfidenceMeasure
  private var sum: ConfidenceSum

  init(_ measure: ConfidenceMeasure) {
    self.measure = measure
    sum = ConfidenceSum(measure)
  }

  /// Begins a token's span.
  mutating func begin(_ token: Int, at frame: Int) {
    end()
    spans.append(
      TokenSpan(token: token, frames: frame..<frame, logProbability: 0, confidence: 0))
  }

  /// Adds a frame to the last span; `withRow` gives its log-probabilities, `[count]`, if the measure needs
  /// them.
  mutating func add(
    _ frame: Int, logProbability: Double, count: Int,
    withRow: ((UnsafePointer<Double>) -> Void) -> Void
  ) {
    let last = spans.count - 1
    spans[last].frames = spans[last].frames.lowerBound..<frame + 1
    spans[last].logProbability += logProbability
    if measure == .entropy {
      withRow { sum.add($0, count: count, logProbability: logProbability) }
    } else {
      sum.add(nil, count: count, logProbability: logProbability)
    }
  }

  /// Ends the last span, if there is one.
  mutating func end() {
    if !spans.isEmpty { spans[spans.count - 1].confidence = sum.value }
    sum = ConfidenceSum(measure)
  }
}
