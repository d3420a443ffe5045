import LossKernelInterface

/// Turns rows of logits into numerators of the softmax, and these into the first term of the
/// gradient.
///
/// A numerator is e^x / 2^shift. The shift is that of the last row, which suits most rows, so each
/// row is read once. If it is off by more than 8, the row is computed again.
struct SoftmaxRows<Element: KernelElement> {
  typealias Row = Element.Row

  /// The numerators of the last row.
  private(set) var numerators: UnsafeMutablePointer<Row>
  /// The product of the rows' sums, and of the shifts of log-probabilities, is `normalizer ·
  /// 2^exponent`.
  private(set) var normalizer = 1.0
  private(set) var exponent = 0.0
  /// The sum of the largest values that were subtracted from the rows of a ``Centred`` element: the
  /// rounded sum, and its rounding error.
  private(set) var reference = (sum: 0.0, rest: 0.0)
  /// Why ``read(_:)`` returned false: true if there is no softmax, false if it is out of range.
  private(set) var isInvalid = false

  private let sample: UnsafeMutablePointer<BandSample>
  private let memory: BandMemory
  private let vocabulary: Int
  private let paddedCount: Int
  private let isLogits: Bool
  /// Whether logits and gradients are accessed in place.
  private let readsInPlace: Bool
  private let writesInPlace: Bool
  private let row: UnsafeMutablePointer<Element>
  private var source: UnsafePointer<Element>
  private var rowShift = RowShift<Row>()
  /// The sum of the last row; 1 for log-probabilities.
  private(set) var rowSum = 1.0

  @inline(__always)
  init(_ sample: UnsafeMutablePointer<BandSample>, _ memory: BandMemory) {
    self.sample = sample
    self.memory = memory
    vocabulary = sample.pointee.vocabulary
    paddedCount = max(Row.width, vocabulary)
    isLogits = sample.pointee.isLogits
    readsInPlace = vocabulary >= Row.width && sample.pointee.logits.tokenStride == 1
    writesInPlace =
      Element.isRow && vocabulary >= Row.width && isLogits
      && sample.pointee.gradient?.tokenStride == 1
    row = memory.row.assumingMemoryBound(to: Element.self)
    numerators = memory.numerators.assumingMemoryBound(to: Row.self)
    source = UnsafePointer(row)
    fillMask(memory.mask.assumingMemoryBound(to: Row.self))
  }

  /// Computes a frame's numerators and their sum; false if the kernels cannot continue.
  @inline(__always)
  mutating func read(_ frame: Int) -> Bool {
    let logits = sample.pointee.logits
    let base = logits.base.assumingMemoryBound(to: Element.self) + frame &* logits.frameStride
    if readsInPlace {
      source = UnsafePointer(base)
    } else {
      copy(base, stride: logits.tokenStride)
    }
    if writesInPlace, let gradient = sample.pointee.gradient {
      numerators = gradient.base.assumingMemoryBound(to: Row.self) + frame &* gradient.frameStride
    }
    if Element.isCentred { return readCentred(frame) }
    if rowShift.value.isNaN {
      guard center(on: Self.largest(of: source, count: paddedCount)) else { return false }
    }
    var result = exponentiate()
    var offset = rowShift.offset(of: result.largest)
    if !(offset.magnitude <= 8) && !(result.largest == -.infinity && !isLogits) {
      guard center(on: result.largest) else { return false }
      result = exponentiate()
      offset = 1
    }
    guard result.sum == result.sum else {
      isInvalid = true
      return false
    }
    // Numerators are below 2^(offset + 1/2), and a sum of up to three states may multiply them by
    // four.
    memory.gainedBits[frame] = max(0, offset) + 3
    if isLogits {
      rowSum = result.sum
      normalizer *= rowSum
      exponent += binaryExponent(normalizer)
      normalizer = significand(normalizer)
    } else {
      exponent -= rowShift.value
    }
    return true
  }

  /// The rest of ``read(_:)`` for rows whose largest value is subtracted, which need no shift.
  @inline(__always)
  private mutating func readCentred(_ frame: Int) -> Bool {
    var reference = largestValue(of: source, count: paddedCount)
    // If all values are `-inf`, there is no path.
    if reference == -.infinity { reference = 0 }
    let sum = exponentiate(adding: Row.repeating(0 - reference)).sum
    guard sum == sum, reference < .infinity else {
      isInvalid = true
      return false
    }
    guard reference.magnitude <= 0x1p40 else { return false }
    add(reference)
    memory.gainedBits[frame] = 3
    return true
  }

  /// Adds to ``reference`` with the rounding error (Knuth's two-sum).
  @inline(__always)
  private mutating func add(_ term: Double) {
    let sum = reference.sum + term
    let rounded = sum - reference.sum
    reference.rest += (reference.sum - (sum - rounded)) + (term - rounded)
    reference.sum = sum
  }

  /// Writes the numerators times weight / sum to the gradient; zeros for log-probabilities.
  @inline(__always)
  func finish(_ frame: Int) {
    guard let gradient = sample.pointee.gradient else { return }
    let scale = isLogits ? sample.pointee.weight / rowSum : 0
    memory.rowScales[frame] = scale
    // Those are written together with their posteriors.
    if Element.isCentred && !Element.isRow { return }
    let factor = Row.repeating(scale)
    if writesInPlace {
      // The last vector overlaps the one before, so it is read before that one is written.
      let last = Row.multiply(Row.load(numerators + (vocabulary &- Row.width)), factor)
      var token = 0
      while token &+ Row.width < vocabulary {
        Row.store(Row.multiply(Row.load(numerators + token), factor), numerators + token)
        token &+= Row.width
      }
      Row.store(last, numerators + (vocabulary &- Row.width))
      return
    }
    let base = gradient.base.assumingMemoryBound(to: Element.self) + frame &* gradient.frameStride
    if gradient.tokenStride == 1 && vocabulary >= Row.width {
      var token = 0
      while token < vocabulary {
        let start = min(token, vocabulary &- Row.width)
        Element.store(Row.multiply(Row.load(numerators + start), factor), base + start)
        token &+= Row.width
      }
    } else {
      let factor = Row(rounding: scale)
      for token in 0..<vocabulary {
        base[token &* gradient.tokenStride] = Element(row: Row.multiply(numerators[token], factor))
      }
    }
  }

  /// The shift of the row just read; NaN before the first.
  var shift: Double { rowShift.value }

  /// Uses the shift of an earlier row, to read rows again as they were read.
  @inline(__always)
  mutating func resume(_ shift: Double) { rowShift.take(shift) }

  /// Chooses the shift by a row's largest value; false if there is none in range.
  @inline(__always)
  private mutating func center(on largest: Double) -> Bool {
    // Log-probabilities may all be -inf: then there is no path.
    let fault = rowShift.center(on: largest == -.infinity && !isLogits ? 0 : largest)
    if case .invalid = fault { isInvalid = true }
    return fault == nil
  }

  /// Copies a row that is not contiguous, or is shorter than a vector.
  @inline(never)
  private func copy(_ base: UnsafePointer<Element>, stride: Int) {
    for token in 0..<vocabulary { row[token] = base[token &* stride] }
    for token in vocabulary..<paddedCount { row[token] = Element(row: Row(rounding: -.infinity)) }
  }

  /// Needed rarely, so it is kept out of the frequent code.
  @inline(never)
  private static func largest(of source: UnsafePointer<Element>, count: Int) -> Double {
    largestValue(of: source, count: count)
  }

  /// Writes the numerators. Returns the largest logit that is not NaN, and the sum of the
  /// numerators.
  @inline(__always)
  private func exponentiate(
    adding offset: Row.Vector = Row.repeating(0)
  ) -> (largest: Double, sum: Double) {
    let target = numerators
    let mask = memory.mask.assumingMemoryBound(to: Row.self)
    return sumExponentials(
      of: source, count: paddedCount, rowShift.constants, mask, adding: offset
    ) { Row.store($1, target + $0) }
  }
}
