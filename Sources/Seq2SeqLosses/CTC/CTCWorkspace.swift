import CLibrary

/// The memory of one thread, and the emissions of its current sample.
///
/// ``prepare(_:labels:blank:)`` reads every row of a sample once and keeps the tokens of the label
/// sequences as columns. The lattices use only these columns.
final class CTCWorkspace: ThreadMemory {
  /// The rows of the current sample.
  private(set) var sample = SampleRows(frames: 0, vocabulary: 0, inputs: .logits) { _, _ in }
  /// The columns of the vocabulary that are kept; column 0 is the blank.
  private var targetColumns = TargetColumns()
  /// Whether a valid frame contains NaN, `+inf` or (for logits) only `-inf`, or log-probabilities
  /// add up to more than 1e15.
  private(set) var isInvalid = false
  /// The divisor of the paths' weights: the product of the rows' softmax sums.
  private(set) var normalizer = ExtendedRange.one
  /// The sum of the largest values that were subtracted from each frame's columns of
  /// log-probabilities, because `exp` of numbers near 0 would lose digits.
  private var references = CompensatedSum()

  /// Whether emissions have been scaled, so that the paths may add up to more than one.
  private var isScaled = false

  private let rowMemory = ScratchMemory()
  private let emissionMemory = ScratchMemory()
  private let rowSumMemory = ScratchMemory()
  private(set) var row: UnsafeMutablePointer<Double>
  private var emissionBase: UnsafeMutablePointer<ExtendedRange>
  /// The largest logit and the sum of `exp(logit - largest)` of each frame; for log-probabilities
  /// the subtracted value, and 1.
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
  /// For a gradient that overwrites its logits.
  let gradientMemory = ScratchMemory()
  /// The memory of ``HypothesisColumns``. Its sequences use the other memory in turn.
  let columnMemory = (
    logits: ScratchMemory(), numerators: ScratchMemory(), directions: ScratchMemory(),
    sums: ScratchMemory(), products: ScratchMemory()
  )
  /// The memory of `CTCBatch.columnLoss`.
  let logProbabilityMemory = (
    values: ScratchMemory(), directions: ScratchMemory(), products: ScratchMemory()
  )
  /// The build of the kernels.
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
  /// Read it once before a loop, because accessing a property of a class has a cost.
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
        // If all values are `-inf` there is no path, whatever is subtracted.
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
    // Log-probabilities may be positive. If they exceed one by so much that exponents are rounded,
    // they could cancel others and give a meaningless number.
    if !(growth < 0x1p50) { isInvalid = true }
  }

  /// The columns of `labels`.
  func columns(of labels: some Sequence<Int>) -> [Int32] {
    labels.map { targetColumns.column(of: $0) }
  }

  /// Divides the emissions by their rows' sums, so that individual prefix sums are probabilities.
  func normalizeEmissions() {
    for frame in 0..<(isInvalid ? 0 : frames) {
      let (largest, sum) = rowSums[frame]
      // For log-probabilities the sum is 1; for logits the largest value cancels.
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

  /// The logarithms of the emissions, `[frames, columns]`, up to a constant per row; 0 for
  /// probability zero, which no path uses.
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

  /// The occupancies of a frame's columns, as a row of the vocabulary.
  func occupancyOfToken(_ occupancies: UnsafePointer<Double>) -> UnsafePointer<Double> {
    let spread = directionMemory.reserve(Double.self, count: sample.vocabulary)
    spread.update(repeating: 0, count: sample.vocabulary)
    for (column, token) in tokens.enumerated() { spread[Int(token)] = occupancies[column] }
    return UnsafePointer(spread)
  }

  /// The loss of the paths with the total weight `total`, and whether they have a posterior.
  func outcome(ofTotal total: ExtendedRange) -> CTCOutcome {
    if isInvalid { return CTCOutcome(loss: .nan, posterior: .undefined) }
    if total.isZero { return CTCOutcome(loss: .infinity, posterior: .none) }
    // Larger exponents are rounded. The loss is right, but fractions of the total could be any
    // number.
    let isExact = total.exponent.magnitude < 0x1p52
    return CTCOutcome(loss: loss(ofTotal: total), posterior: isExact ? .exists : .undefined)
  }

  /// The loss of the paths with the total weight `total`, in nats.
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
      // A bound for our own rounding errors. Errors in the caller's rows are kept; a bound for
      // bfloat16 would hide losses of whole nats.
      let slack = Double(frames) * (2 + log(Double(sample.vocabulary))) * 0x1p-53
      if loss < -slack { return loss }
    }
    return loss <= 0 ? 0 : loss
  }

  /// The largest value and the sum of the exponentials relative to it; NaN for a row that has no
  /// softmax.
  ///
  /// Log-probabilities need no sum, but every value is checked.
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

  /// Sets ``tokens``: the blank, and the labels in the order of their first occurrence.
  func assignColumns(labels: some Sequence<Int>, blank: Int, vocabulary: Int) {
    targetColumns.assign(labels, blank: blank, vocabulary: vocabulary)
  }
}

/// A loss, and whether its paths have a posterior distribution.
struct CTCOutcome {
  enum Posterior {
    case exists
    /// There is no path: derivatives are 0.
    case none
    /// The posterior is undefined: derivatives are NaN.
    case undefined
  }

  let loss: Double
  let posterior: Posterior

  /// The factor of a sample's derivatives.
  var factor: Double {
    switch posterior {
    case .exists: 1
    case .none: 0
    case .undefined: .nan
    }
  }
}

/// The emissions of a prepared sample, `[frames, columns]`, in its workspace's memory.
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

/// The logits or log-probabilities of one sample, `[frames, vocabulary]`, of any element type.
struct SampleRows {
  let frames: Int
  let vocabulary: Int
  let inputs: CTCInputs
  /// Writes the values of a frame to memory for `vocabulary` values.
  let read: (_ frame: Int, _ row: UnsafeMutablePointer<Double>) -> Void
}
