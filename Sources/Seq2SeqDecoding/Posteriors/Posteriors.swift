import Seq2SeqLosses

/// A batch of a model's outputs in the caller's memory, checked against a vocabulary.
struct Posteriors<Element: LogitElement> {
  let layout: LogitsLayout
  private let buffer: StridedBuffer<Element>

  /// - Throws: `InputError` if the sizes do not agree.
  init(
    _ values: UnsafeBufferPointer<Element>, _ layout: LogitsLayout, _ vocabulary: TokenVocabulary
  ) throws(InputError) {
    try KernelVariant.check()
    guard layout.vocabulary == vocabulary.count else {
      let hint = layout.vocabulary == vocabulary.count + 1 ? ": is the blank among them?" : ""
      throw InputError(
        "logProbabilities", "\(layout.vocabulary) columns for \(vocabulary.count) tokens" + hint)
    }
    try layout.check("logProbabilities", count: values.count)
    self.layout = layout
    buffer = StridedBuffer(values, layout)
  }

  /// Calls `body` with each valid frame of a sample, `[vocabulary]`.
  @inline(__always)
  func forEachFrame(
    _ sample: Int, _ body: (UnsafePointer<Double>) -> Void
  ) {
    // Reads several frames at a time, because a call for each small row would cost more than the
    // row itself.
    let block = max(1, 2048 / layout.vocabulary)
    withUnsafeTemporaryAllocation(of: Double.self, capacity: block * layout.vocabulary) { rows in
      guard let base = rows.baseAddress else { return }
      let end = layout.lengths[sample]
      for first in stride(from: 0, to: end, by: block) {
        let frames = first..<min(first + block, end)
        buffer.read(sample, frames, into: base)
        for frame in frames { body(base + (frame - first) * layout.vocabulary) }
      }
    }
  }

  /// Calls `body` with each frame, its best token (the lowest if several tie) and the value of that
  /// token.
  ///
  /// - Throws: `InputError` like ``check(_:_:)``.
  func forEachBest(
    _ sample: Int, _ vocabulary: TokenVocabulary,
    _ body: (_ frame: Int, _ token: Int, _ value: Double) -> Void
  ) throws(InputError) {
    let frames = layout.lengths[sample]
    let end = withUnsafeTemporaryAllocation(of: Int32.self, capacity: frames) { tokens in
      withUnsafeTemporaryAllocation(of: Double.self, capacity: frames) { values in
        guard let places = tokens.baseAddress, let best = values.baseAddress else { return 0 }
        var end = buffer.best(sample, 0..<frames, places: places, values: best)
        end = values[..<end].firstIndex { $0.magnitude > ScoreLimit.value } ?? end
        for frame in 0..<end { body(frame, Int(tokens[frame]), values[frame]) }
        return end
      }
    }
    if end < frames { throw problem(sample, end, vocabulary) }
  }

  /// Calls `body` with a frame, `[vocabulary]`.
  func withFrame(_ sample: Int, _ frame: Int, _ body: (UnsafePointer<Double>) -> Void) {
    withUnsafeTemporaryAllocation(of: Double.self, capacity: layout.vocabulary) { row in
      guard let base = row.baseAddress else { return }
      buffer.read(sample, frame..<frame + 1, into: base)
      body(base)
    }
  }

  /// Writes some columns of the frames; rows are `stride` apart.
  func gather(
    _ sample: Int, _ frames: Range<Int>, _ columns: UnsafeBufferPointer<Int32>,
    into rows: UnsafeMutablePointer<Double>, stride: Int
  ) {
    buffer.gather(sample, frames, columns: columns, into: rows, stride: stride)
  }

  /// - Throws: `InputError` if a value of the sample is NaN or +inf, if all values of a frame are
  ///   -inf, or if the largest value of a frame exceeds ``ScoreLimit/value``.
  func check(_ sample: Int, _ vocabulary: TokenVocabulary) throws(InputError) {
    // Only `Double` values can exceed the limit.
    if Element.self == Double.self { return try forEachBest(sample, vocabulary) { _, _, _ in } }
    let frames = layout.lengths[sample]
    let first = buffer.firstImpossible(sample, 0..<frames)
    if first < frames { throw problem(sample, first, vocabulary) }
  }

  /// Describes the problem of a frame.
  private func problem(
    _ sample: Int, _ frame: Int, _ vocabulary: TokenVocabulary
  ) -> InputError {
    var text = "-inf for every token"
    withFrame(sample, frame) { row in
      let largest = (0..<layout.vocabulary).max { row[$0] < row[$1] } ?? 0
      if row[largest].magnitude > ScoreLimit.value && row[largest].isFinite {
        text =
          "\(row[largest]) for token \(vocabulary.name(of: largest)), beyond \(ScoreLimit.value)"
      }
      for token in (0..<layout.vocabulary).reversed() where !(row[token] < .infinity) {
        text = "\(row[token]) for token \(vocabulary.name(of: token))"
      }
    }
    return InputError("logProbabilities", sample: sample, position: frame, text)
  }

  /// Computes a result for each sample of a batch, in parallel.
  ///
  /// - Throws: `InputError` if the sizes do not agree.
  static func map<Value>(
    _ values: Span<Element>, _ layout: LogitsLayout, _ vocabulary: TokenVocabulary,
    threads: Int?,
    _ body: (_ posteriors: Posteriors<Element>, _ sample: Int) throws(InputError) -> Value
  ) throws(InputError) -> [Result<Value, InputError>] {
    try values.withUnsafeBufferPointer { (values) throws(InputError) in
      let posteriors = try Posteriors(values, layout, vocabulary)
      return map(costs: layout.lengths, threads: threads) { (sample) throws(InputError) in
        try body(posteriors, sample)
      }
    }
  }

  /// Computes a result for each of several utterances, which may lie anywhere in an array, in
  /// parallel.
  ///
  /// - Throws: `InputError` if the sizes do not agree.
  static func map<Value>(
    _ values: Span<Element>, _ utterances: [LogitsLayout], _ vocabulary: TokenVocabulary,
    threads: Int?,
    _ body: (_ utterance: Posteriors<Element>, _ index: Int) throws(InputError) -> Value
  ) throws(InputError) -> [Result<Value, InputError>] {
    try values.withUnsafeBufferPointer { (values) throws(InputError) in
      var all: [Posteriors<Element>] = []
      for (index, layout) in utterances.enumerated() {
        guard layout.batch == 1 else {
          throw InputError("utterances", position: index, "a batch of \(layout.batch)")
        }
        all.append(try Posteriors(values, layout, vocabulary))
      }
      return map(costs: all.map { $0.layout.lengths[0] }, threads: threads) {
        (index) throws(InputError) in try body(all[index], index)
      }
    }
  }

  private static func map<Value>(
    costs: [Int], threads: Int?, _ body: (Int) throws(InputError) -> Value
  ) -> [Result<Value, InputError>] {
    let queue = SampleQueue(
      costs: costs.map(Double.init), threads: threads ?? SampleQueue.processorCount)
    return withUnsafeTemporaryAllocation(
      of: Result<Value, InputError>?.self, capacity: costs.count
    ) { results in
      results.initialize(repeating: nil)
      defer { results.deinitialize() }
      // Safe: each sample writes only its own result.
      nonisolated(unsafe) let places = results
      queue.run { next in
        while let sample = next() {
          do throws(InputError) {
            places[sample] = .success(try body(sample))
          } catch {
            places[sample] = .failure(error)
          }
        }
      }
      return results.compactMap { $0 }
    }
  }
}
