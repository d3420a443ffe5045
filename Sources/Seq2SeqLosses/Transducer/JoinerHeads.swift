/// The probabilities of a row's values within their heads (tokens, durations), and the derivatives of the
/// probabilities' logarithms along a direction, in `Double`.
struct JoinerHeads {
  private let sample: TransducerSample
  /// The probabilities of a row's values within their heads.
  private(set) var probabilities: [Double]
  /// The derivatives of their logarithms.
  private(set) var rates: [Double]
  private var values: [Double]
  private(set) var tokens = Scale()
  private(set) var durations = Scale()

  /// The largest of some logits, and the sum of their exponentials relative to it.
  struct Scale {
    var largest = 0.0
    var sum = 1.0
  }

  private var isFactored: Bool { sample.loss.normalization == .factored }
  private var isNormalized: Bool { sample.loss.normalization == .none }
  private var blank: Int { sample.loss.blank }

  init(_ sample: TransducerSample) {
    self.sample = sample
    probabilities = [Double](repeating: 0, count: sample.columnCount)
    rates = probabilities
    values = probabilities
  }

  /// Reads a node's row; false if it has no probabilities.
  mutating func read(_ frame: Int, _ position: Int) -> Bool {
    values.withUnsafeMutableBufferPointer { values in
      if let base = values.baseAddress {
        sample.read(frame, position - sample.positions(frame).lowerBound, base)
      }
    }
    probabilities = values
    guard !isNormalized else { return true }
    let vocabulary = sample.vocabulary
    if isFactored {
      guard values[blank] < .infinity else { return false }
      probabilities[blank] = -.infinity
    }
    // If the blank is the only token, there are no others for a softmax.
    if !isFactored || vocabulary > 1 {
      guard let scale = normalize(0..<vocabulary) else { return false }
      tokens = scale
    }
    if isFactored { probabilities[blank] = logistic(values[blank]) }
    if sample.durationCount > 0 {
      guard let scale = normalize(vocabulary..<sample.columnCount) else { return false }
      durations = scale
    }
    return true
  }

  /// Replaces logits by their softmax.
  private mutating func normalize(_ columns: Range<Int>) -> Scale? {
    probabilities.withUnsafeMutableBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return nil }
      let row = base + columns.lowerBound
      guard let largest = largestNumber(row, count: columns.count), largest.isFinite else {
        return nil
      }
      var sums = SIMD8<Double>.zero
      forEachExponential(row, count: columns.count, minus: largest) { index, count, values in
        sums += values
        for lane in 0..<count { row[index + lane] = values[lane] }
      }
      let sum = sums.sum()
      for column in 0..<columns.count { row[column] /= sum }
      return Scale(largest: largest, sum: sum)
    }
  }

  /// The probability of a token of the row just read, exact even where ``probabilities`` rounds it to 0; NaN if there is
  /// none.
  func probability(ofToken token: Int) -> ExtendedRange {
    if isNormalized { return ExtendedRange(exponentialOf: values[token]) }
    guard isFactored else { return share(token, tokens) }
    let blankLogit = values[blank]
    if token == blank { return ExtendedRange.logistic(blankLogit) }
    return ExtendedRange.logistic(-blankLogit) * share(token, tokens)
  }

  /// The probability of a duration of the current row.
  func probability(ofDuration duration: Int) -> ExtendedRange {
    let column = sample.vocabulary + duration
    return isNormalized
      ? ExtendedRange(exponentialOf: values[column]) : share(column, durations)
  }

  private func share(_ column: Int, _ scale: Scale) -> ExtendedRange {
    ExtendedRange(exponentialOf: values[column] - scale.largest) / ExtendedRange(scale.sum)
  }

  private func logistic(_ x: Double) -> Double { ExtendedRange.logistic(x).value }

  /// Differentiates the current row along a direction.
  mutating func derive(along direction: [Double]) {
    rates = direction
    guard !isNormalized else { return }
    let vocabulary = sample.vocabulary
    center(0..<vocabulary)
    if isFactored { rates[blank] = (1 - probabilities[blank]) * direction[blank] }
    center(vocabulary..<sample.columnCount)
  }

  private mutating func center(_ columns: Range<Int>) {
    var mean = 0.0
    for column in columns where probabilities[column] != 0 && !isByItself(column) {
      mean += probabilities[column] * rates[column]
    }
    for column in columns { rates[column] -= mean }
  }

  private func isByItself(_ column: Int) -> Bool { isFactored && column == blank }

  /// The derivative of the logarithm of a token's probability over all heads.
  func rate(ofToken token: Int, along direction: [Double]) -> Double {
    guard isFactored, token != blank else { return rates[token] }
    return rates[token] - probabilities[blank] * direction[blank]
  }
}

extension ExtendedRange {
  /// 1 / (1 + e^-x).
  static func logistic(_ x: Double) -> ExtendedRange {
    let power = ExtendedRange(exponentialOf: -x.magnitude)
    let whole = ExtendedRange.one + power
    return x < 0 ? power / whole : .one / whole
  }
}
