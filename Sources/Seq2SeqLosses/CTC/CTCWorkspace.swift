import CLibrary

/// One thread's memory, and the emissions of the sample that it works on.
///
/// ``prepare(_:labels:blank:)`` reads every row of a sample once and keeps the tokens that some label
/// sequence uses, as columns; the lattices see only those.
final class CTCWorkspace: ThreadMemory {
  /// The rows of the sample under work.
  private(set) var sample = SampleRows(frames: 0, vocabulary: 0, inputs: .logits) { _, _ in }
  /// The columns of the vocabulary that are kept; column 0 is the blank.
  private var targetColumns = TargetColumns()
  /// Whether a valid frame holds NaN, `+inf`, or (for logits) only `-inf`; or log-probabilities add up
  /// to more than 1e15.
  private(set) var isInvalid = false
  /// What the emissions' paths must be divided by: the product of the rows' softmax sums.
  private(set) var normalizer = ExtendedRange.one
  /// The sum of what has been taken off log-probabilities, each frame's largest of the columns: `exp` of numbers
  /// near 0 would lose digits.
  private var references = CompensatedSum()

  /// Whether emissions have been multiplied, so that paths may add up to more than one.
  private var isScaled = false

  private let rowMemory = ScratchMemory()
  private let emissionMemory = ScratchMemory()
  private let rowSumMemory = ScratchMemory()
  private(set) var row: UnsafeMutablePointer<Double>
  private var emissionBase: UnsafeMutablePointer<ExtendedRange>
  /// Each frame's largest logit and sum of `exp(logit - largest)`; of log-probabilities the reference, and 1.
  private var rowSums: UnsafeMutablePointer<(largest: Double, sum: Double)>

  let forwardMemory = ScratchMemory()
  let checkpointMemory = ScratchMemory()
  let backwardMemory = ScratchMemory()
  let tangentMemory = ScratchMemory()
  let arcMemory = ScratchMemory()
  let occupancyMemory = ScratchMemory()
  let shareMemory = ScratchMemory()
  let directionMemory = ScratchMemory()
  let kernelMemory = ScratchMemory()
  /// For a gradient that takes the place of its logits.
  let gradientMemory = ScratchMemory()
  /// Memory of ``HypothesisColumns``, whose sequences use the others in turn.
  let columnMemory = (
    logits: ScratchMemory(), numerators: ScratchMemory(), directions: ScratchMemory(),
    sums: ScratchMemory(), products: ScratchMemory()
  )
  /// Memory of `CTCBatch.columnLoss`.
  let logProbabilityMemory = (
    values: ScratchMemory(), directions: ScratchMemory(), products: ScratchMemory()
  )
  /// Which build of the kernels to run.
  var variant = KernelVariant.standard
  /// A ``PrefixSumLimit``.
  var keptSums = PrefixSumLimit.kept

  init() {
    row = rowMemory.reserve(Double.self, count: 0)
    emissionBase = emissionMemory.reserve(ExtendedRange.self, count: 0)
    rowSums = rowSumMemory.reserve((largest: Double, sum: Double).self, count: 0)
  }

  var frames: Int { sample.frames }
  /// The vocabulary index of each column.
  var tokens: [Int32] { targetColumns.tokens }
  var columnCount: Int { tokens.count }

  /// The probability of each column in each frame, not divided by the row's sum.
  ///
  /// To be fetched once before a loop: it costs a class's checks on access.
  var emissions: Emissions { Emissions(base: emissionBase, columnCount: tokens.count) }

  /// Reads the sample. O(frames · vocabulary).
  func prepare(_ sample: SampleRows, labels: some Sequence<Int>, blank: Int) {
    self.sample = sample
    assignColumns(labels: labels, blank: blank, vocabulary: sample.vocabulary)
    let tokens = tokens
    row = rowMemory.reserve(Double.self, count: sample.vocabulary)
    emissionBase = emissionMemory.reserve(
      ExtendedRange.self, count: sample.frames * tokens.count)
    rowSums = rowSumMemory.reserve((largest: Double, sum: Double).self, count: sample.frames)
    isInvalid = false
    isScaled = false
    normalizer = .one
    references = CompensatedSum()
    var growth = 0.0
    for frame in 0..<sample.frames {
      sample.read(frame, row)
      var (largest, sum) = scale(of: row, count: sample.vocabulary)
      guard !sum.isNaN else {
        isInvalid = true
        return
      }
      if sample.inputs == .logits {
        normalizer = normalizer * ExtendedRange(sum)
      } else {
        largest = tokens.reduce(-.infinity) { max($0, row[Int($1)]) }
        // Where all are impossible there is no path, whatever is taken off.
        if largest == -.infinity { largest = 0 }
        references.add(largest)
        growth += max(0, largest)
      }
      rowSums[frame] = (largest, sum)
      for (column, token) in tokens.enumerated() {
        emissionBase[frame * tokens.count + column] = ExtendedRange(
          exponentialOf: row[Int(token)] - largest)
      }
    }
    // Log-probabilities may be positive. So far above one that exponents would round, they could
    // cancel others to a number that means nothing.
    if !(growth < 0x1p50) { isInvalid = true }
  }

  /// The columns of `labels`.
  func columns(of labels: some Sequence<Int>) -> [Int32] {
    labels.map { targetColumns.column(of: $0) }
  }

  /// Divides the emissions by their rows' sums, so that single prefix sums mean something.
  func normalizeEmissions() {
    for frame in 0..<(isInvalid ? 0 : frames) {
      let (largest, sum) = rowSums[frame]
      // Of log-probabilities the sum is 1, of logits the largest cancels.
      let divisor =
        sample.inputs == .logits ? ExtendedRange(sum) : ExtendedRange(exponentialOf: 0 - largest)
      for column in 0..<columnCount {
        let index = frame * columnCount + column
        emissionBase[index] = emissionBase[index] / divisor
      }
    }
    normalizer = .one
    references = CompensatedSum()
  }

  /// Multiplies each token's emissions by `exp(logFactor(token))`.
  func scaleEmissions(_ logFactor: (_ token: Int) -> Double) {
    isScaled = true
    let factors = tokens.map { ExtendedRange(exponentialOf: logFactor(Int($0))) }
    for frame in 0..<frames where !isInvalid {
      for (column, factor) in factors.enumerated() {
        let index = frame * columnCount + column
        emissionBase[index] = emissionBase[index] * factor
      }
    }
  }

  /// The logarithms of the emissions, `[frames, columns]`, each row but for a constant; 0 for probability zero,
  /// which no path has.
  func logEmissions() -> UnsafeMutablePointer<Double> {
    let logarithms = directionMemory.reserve(Double.self, count: frames * columnCount)
    for index in 0..<(isInvalid ? 0 : frames * columnCount) {
      logarithms[index] = emissionBase[index].isZero ? 0 : emissionBase[index].logarithm
    }
    return logarithms
  }

  /// Replaces ``row`` by the softmax of a frame, times `factor`.
  func readSoftmax(_ frame: Int, times factor: Double) {
    sample.read(frame, row)
    let (largest, sum) = rowSums[frame]
    let scale = factor / sum
    let row = row
    forEachExponential(row, count: sample.vocabulary, minus: largest) { token, count, values in
      let softmax = values * scale
      if count == 8 {
        UnsafeMutableRawPointer(row + token).storeBytes(of: softmax, as: SIMD8<Double>.self)
      } else {
        for lane in 0..<count { row[token + lane] = softmax[lane] }
      }
    }
  }

  /// A frame's occupancies by column, spread over the vocabulary.
  func occupancyOfToken(_ occupancies: UnsafePointer<Double>) -> UnsafePointer<Double> {
    let spread = directionMemory.reserve(Double.self, count: sample.vocabulary)
    spread.update(repeating: 0, count: sample.vocabulary)
    for (column, token) in tokens.enumerated() { spread[Int(token)] = occupancies[column] }
    return UnsafePointer(spread)
  }

  /// The loss of the paths whose total weight is `total`, and whether they have a posterior.
  func outcome(ofTotal total: ExtendedRange) -> CTCOutcome {
    if isInvalid { return CTCOutcome(loss: .nan, posterior: .undefined) }
    if total.isZero { return CTCOutcome(loss: .infinity, posterior: .none) }
    // Beyond, exponents are rounded: right for the loss, but shares of it could be any number.
    let isExact = total.exponent.magnitude < 0x1p52
    return CTCOutcome(loss: loss(ofTotal: total), posterior: isExact ? .exists : .undefined)
  }

  /// The loss of the paths whose total weight is `total`, in nats.
  func loss(ofTotal total: ExtendedRange) -> Double {
    let probability = total / normalizer
    if probability.isZero { return .infinity }
    var loss = -probability.logarithm
    if sample.inputs == .logProbabilities && !probability.isNaN {
      var logarithm = references
      logarithm.addLogarithm(mantissa: probability.mantissa, exponent: probability.exponent)
      loss = -logarithm.value
    }
    if isScaled { return loss }
    if loss < 0, sample.inputs == .logProbabilities {
      // What our own roundings can do. What those of the caller's rows did is the caller's own: a
      // bound for bfloat16 would hide losses of whole nats.
      let slack = Double(frames) * (2 + log(Double(sample.vocabulary))) * 0x1p-53
      if loss < -slack { return loss }
    }
    return loss <= 0 ? 0 : loss
  }

  /// The largest value and the sum of the exponentials below it; NaN for a row that has no softmax.
  ///
  /// Log-probabilities need no sum, only a look at every value.
  private func scale(
    of row: UnsafeMutablePointer<Double>, count: Int
  ) -> (largest: Double, sum: Double) {
    guard let largest = largestNumber(row, count: count), largest < .infinity else {
      return (.nan, .nan)
    }
    if sample.inputs == .logProbabilities { return (0, 1) }
    if largest == -.infinity { return (largest, .nan) }
    var sums = SIMD8<Double>.zero
    forEachExponential(row, count: count, minus: largest) { _, _, values in sums += values }
    return (largest, sums.sum())
  }

  /// Sets ``tokens``: the blank, and each label at its first use.
  func assignColumns(labels: some Sequence<Int>, blank: Int, vocabulary: Int) {
    targetColumns.assign(labels, blank: blank, vocabulary: vocabulary)
  }
}

/// A loss, and what is known of the posterior distribution over its paths.
struct CTCOutcome {
  enum Posterior {
    case exists
    /// There is no path: derivatives are 0.
    case none
    /// There is no telling: derivatives are NaN.
    case undefined
  }

  let loss: Double
  let posterior: Posterior

  /// What the derivatives of a sample are to be multiplied by.
  var factor: Double {
    switch posterior {
    case .exists: 1
    case .none: 0
    case .undefined: .nan
    }
  }
}

/// A prepared sample's emissions, `[frames, columns]`, in its workspace's memory.
struct Emissions {
  fileprivate let base: UnsafeMutablePointer<ExtendedRange>
  fileprivate let columnCount: Int

  @inline(__always)
  subscript(frame: Int, column: Int) -> ExtendedRange { base[frame * columnCount + column] }

  /// All values, row after row.
  func array(frames: Int) -> [ExtendedRange] {
    Array(UnsafeBufferPointer(start: base, count: frames * columnCount))
  }
}

/// One sample's logits or log-probabilities, `[frames, vocabulary]`, of whatever element type.
struct SampleRows {
  let frames: Int
  let vocabulary: Int
  let inputs: CTCInputs
  /// Writes a frame's values into memory for `vocabulary` of them.
  let read: (_ frame: Int, _ row: UnsafeMutablePointer<Double>) -> Void
}
