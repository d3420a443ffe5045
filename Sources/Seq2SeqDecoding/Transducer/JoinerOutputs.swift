import Seq2SeqLosses

/// Rows of log-probabilities, computed from a joiner's logits.
struct JoinerOutputs: ~Copyable {
  /// The frame of a row, for errors.
  struct Place: BitwiseCopyable {
    /// The index of the utterance, if there are several.
    var sample: Int?
    var frame: Int
  }

  // For errors.
  private let tokens: TokenVocabulary
  private let vocabulary, durations, width: Int
  private var values = Scratch<Double>()
  private(set) var count = 0

  init(_ moves: DecoderMoves, _ tokens: TokenVocabulary) {
    self.tokens = tokens
    (vocabulary, durations, width) = (moves.vocabulary, moves.durations.count, moves.width)
  }

  /// The log-probabilities of a row's tokens, `[vocabulary]`, followed by those of its durations.
  /// Valid until rows are added.
  subscript(row: Int) -> UnsafeMutablePointer<Double> {
    assert(row >= 0 && row < count)
    return values.base + row * width
  }

  mutating func removeAll() { count = 0 }

  /// Adds a row for each place.
  ///
  /// - Throws: ``InputError`` if the number of logits is different, if one is NaN or `+inf`, or if
  ///   all tokens or all durations of a row are `-inf`.
  mutating func append<Logit: LogitElement>(
    _ logits: [Logit], _ places: [Place]
  ) throws(InputError) {
    guard logits.count == places.count * width else {
      throw InputError(
        "logits", "\(logits.count) values where \(places.count) rows of \(width) are expected")
    }
    let layout = try LogitsLayout(batch: 1, time: places.count, vocabulary: width)
    values.resize(to: (count + places.count) * width)
    let first = values.base + count * width
    logits.withUnsafeBufferPointer {
      StridedBuffer($0, layout).read(0, 0..<places.count, into: first)
    }
    for (index, place) in places.enumerated() {
      let row = first + index * width
      guard Self.normalize(row, vocabulary) else {
        throw Self.error(row, vocabulary, place, "token", tokens.name)
      }
      guard durations == 0 || Self.normalize(row + vocabulary, durations) else {
        throw Self.error(row + vocabulary, durations, place, "duration") { "\($0)" }
      }
    }
    count += places.count
  }

  /// Describes the problem of a row that cannot be normalized.
  private static func error(
    _ row: UnsafeMutablePointer<Double>, _ count: Int, _ place: Place, _ kind: StaticString,
    _ name: (Int) -> String
  ) -> InputError {
    var problem = "-inf for every \(kind)"
    for index in (0..<count).reversed() where !(row[index] < .infinity) {
      problem = "\(row[index]) for \(kind) \(name(index))"
    }
    return InputError("logits", sample: place.sample, position: place.frame, problem)
  }

  /// Computes the log-softmax; false if a value is NaN or `+inf`, or if all are `-inf`.
  private static func normalize(_ row: UnsafeMutablePointer<Double>, _ count: Int) -> Bool {
    guard let normalizer = RowNormalizer(row, count: count) else { return false }
    for index in 0..<count { row[index] = normalizer.logProbability(of: row[index]) }
    return true
  }
}
