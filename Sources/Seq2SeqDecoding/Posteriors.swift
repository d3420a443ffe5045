import Seq2SeqLosses

/// A batch of posteriors in a caller's memory, checked against a vocabulary.
struct Posteriors<Element: LogitElement> {
  let layout: LogitsLayout
  private let buffer: StridedBuffer<Element>

  /// - Throws: ``InputError`` where the sizes do not agree.
  init(
    _ values: UnsafeBufferPointer<Element>, _ layout: LogitsLayout, _ vocabulary: TokenVocabulary
  ) throws(InputError) {
    guard layout.vocabulary == vocabulary.count else {
      throw InputError(
        "logProbabilities", "\(layout.vocabulary) columns for \(vocabulary.count) tokens")
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
    // Several at a time: a call for each small row would cost more than the row.
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

  /// Writes frames of a sample, `[frames, vocabulary]`.
  func read(_ sample: Int, _ frames: Range<Int>, into rows: UnsafeMutablePointer<Double>) {
    buffer.read(sample, frames, into: rows)
  }

  /// The lowest of a frame's best tokens; nil where ``check(_:)`` throws.
  func best(_ sample: Int, _ frame: Int) -> (token: Int, value: Double)? {
    buffer.best(sample, frame)
  }

  /// Calls `body` with a frame, `[vocabulary]`.
  func withFrame(_ sample: Int, _ frame: Int, _ body: (UnsafePointer<Double>) -> Void) {
    withUnsafeTemporaryAllocation(of: Double.self, capacity: layout.vocabulary) { row in
      guard let base = row.baseAddress else { return }
      buffer.read(sample, frame..<frame + 1, into: base)
      body(base)
    }
  }

  /// A sample's frames for an alignment.
  func source(_ sample: Int) -> SequenceAligner.Source {
    SequenceAligner.Source(
      read: { buffer.read(sample, $0, into: $1) },
      gather: { buffer.gather(sample, $0, columns: $1, into: $2, stride: $3) })
  }

  /// - Throws: ``InputError`` where a value of the sample is NaN or +inf, or all of a frame are -inf.
  func check(_ sample: Int) throws(InputError) {
    for frame in 0..<layout.lengths[sample] where !buffer.isPossible(sample, frame) {
      let row = [Double](unsafeUninitializedCapacity: layout.vocabulary) { row, count in
        if let base = row.baseAddress { read(sample, frame..<frame + 1, into: base) }
        count = layout.vocabulary
      }
      if let problem = row.withUnsafeBufferPointer({ row in
        row.baseAddress.flatMap { self.problem($0, sample, frame) }
      }) {
        throw problem
      }
    }
  }

  /// What is wrong with a frame.
  func problem(_ row: UnsafePointer<Double>, _ sample: Int, _ frame: Int) -> InputError? {
    let count = layout.vocabulary
    func error(_ text: String) -> InputError {
      InputError("logProbabilities", sample: sample, position: frame, text)
    }
    var isBelow = true
    var isAbove = false
    for token in 0..<count {
      isBelow = isBelow && row[token] < .infinity
      isAbove = isAbove || row[token] > -.infinity
    }
    if isBelow && isAbove { return nil }
    for token in 0..<count where !(row[token] < .infinity) {
      return error("\(row[token]) for token \(token)")
    }
    return error("-inf for every token")
  }

  /// A result for each sample, in parallel.
  func map<Value>(
    threads: Int?, _ body: (Int) throws(InputError) -> Value
  ) -> [Result<Value, InputError>] {
    Self.map(costs: layout.lengths, threads: threads, body)
  }

  /// A result for each of the utterances that lie anywhere in an array, in parallel.
  ///
  /// - Throws: ``InputError`` where the sizes do not agree.
  static func map<Value>(
    _ values: UnsafeBufferPointer<Element>, _ utterances: [LogitsLayout],
    _ vocabulary: TokenVocabulary, threads: Int?,
    _ body: (_ posteriors: Posteriors<Element>, _ index: Int) throws(InputError) -> Value
  ) throws(InputError) -> [Result<Value, InputError>] {
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
      // Safe: each sample's result has a place of its own.
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
