import LossKernelInterface

/// The rows of an encoder and of a predictor: their exponentials and, for nodes where products of
/// these are not accurate, the exponentials of sums of two rows.
struct AdditiveRows<Element: KernelElement> {
  typealias Row = Element.Row

  private let sample: UnsafeMutablePointer<AdditiveSample>
  private let memory: AdditiveMemory
  private let vocabulary: Int
  private let frames: Int
  private let positions: Int

  @inline(__always)
  init(_ sample: UnsafeMutablePointer<AdditiveSample>, _ memory: AdditiveMemory) {
    self.sample = sample
    self.memory = memory
    vocabulary = sample.pointee.vocabulary
    frames = sample.pointee.frames
    positions = sample.pointee.positions
  }

  /// The encoder's row of a frame.
  @inline(__always)
  private func encoder(_ frame: Int) -> UnsafePointer<Element> {
    UnsafePointer(sample.pointee.encoder.assumingMemoryBound(to: Element.self))
      + frame &* sample.pointee.encoderStride
  }

  /// The predictor's row of a position.
  @inline(__always)
  private func predictor(_ position: Int) -> UnsafePointer<Element> {
    UnsafePointer(sample.pointee.predictor.assumingMemoryBound(to: Element.self))
      + position &* sample.pointee.predictorStride
  }

  @inline(__always)
  private func encoderRow(_ frame: Int) -> UnsafeMutablePointer<Row> {
    memory.encoderRows.assumingMemoryBound(to: Row.self) + frame &* memory.rowStride
  }

  @inline(__always)
  private func predictorRow(_ position: Int) -> UnsafeMutablePointer<Row> {
    memory.predictorRows.assumingMemoryBound(to: Row.self) + position &* memory.rowStride
  }

  /// Writes the exponentials of all rows; false if a row has none, or none in range.
  @inline(__always)
  func writeExponentials() -> Bool {
    fillMask(memory.mask.assumingMemoryBound(to: Row.self))
    var guess = RowShift<Row>()
    for frame in 0..<frames {
      guard write(encoder(frame), encoderRow(frame), memory.encoderShifts + frame, &guess)
      else { return false }
    }
    guess = RowShift()
    for position in 0..<positions {
      let (target, shift) = (predictorRow(position), memory.predictorShifts + position)
      guard write(predictor(position), target, shift, &guess) else { return false }
    }
    for spare in 0..<AdditiveMemory.spareRows &+ 1 {
      fill(encoderRow(frames &+ spare), with: 0, from: 0)
      fill(predictorRow(positions &+ spare), with: 0, from: 0)
      memory.encoderShifts[frames &+ spare] = 0
      memory.predictorShifts[positions &+ spare] = 0
    }
    // A row of ones selects the predictor alone.
    let nothing = encoderRow(frames)
    for token in 0..<vocabulary { nothing[token] = Row(rounding: 1) }
    return writeAverage()
  }

  /// Writes the average's exponentials after those of the predictor.
  @inline(__always)
  private func writeAverage() -> Bool {
    guard let average = sample.pointee.average else { return true }
    var largest = -Double.infinity
    for token in 0..<vocabulary where average[token] > largest { largest = average[token] }
    let shift = (largest * 1.4426950408889634).rounded(.toNearestOrEven)
    guard shift.magnitude <= Row.largestShift else {
      sample.pointee.outcome = .wide
      return false
    }
    memory.predictorShifts[positions] = shift
    let constants = ShiftConstants<Double>(shift: shift)
    let target = predictorRow(positions)
    var token = 0
    while token < vocabulary {
      let values = Double.exponential(lanes(of: average, token), constants)
      for lane in 0..<min(8, vocabulary &- token) { target[token &+ lane] = rounded(values[lane]) }
      token &+= 8
    }
    return true
  }

  /// Subnormal numbers have too few digits.
  @inline(__always)
  private func rounded(_ value: Double) -> Row {
    Row(rounding: Row.depth == 126 && value < 0x1p-126 ? 0 : value)
  }

  @inline(__always)
  private func fill(_ row: UnsafeMutablePointer<Row>, with value: Double, from first: Int) {
    let number = Row(rounding: value)
    for token in first..<memory.rowStride { row[token] = number }
  }

  /// Writes the exponentials of a row, divided by a power of two such that the largest is between
  /// 1/16 and 16.
  @inline(__always)
  private func write(
    _ values: UnsafePointer<Element>, _ target: UnsafeMutablePointer<Row>,
    _ shift: UnsafeMutablePointer<Double>, _ guess: inout RowShift<Row>
  ) -> Bool {
    let count = max(Row.width, vocabulary)
    let source = vocabulary >= Row.width ? values : copied(values)
    // The shift of the previous row suits most rows, which saves a pass to find the largest value.
    if guess.value.isNaN {
      guard center(&guess, on: largestValue(of: source, count: count)) else { return false }
    }
    var result = exponentials(source, count, target, guess.constants)
    if !(guess.offset(of: result.largest).magnitude <= 4) {
      guard center(&guess, on: result.largest) else { return false }
      result = exponentials(source, count, target, guess.constants)
    }
    shift.pointee = guess.value
    fill(target, with: 0, from: vocabulary)
    guard result.sum == result.sum else {
      sample.pointee.outcome = .invalid
      return false
    }
    return true
  }

  @inline(__always)
  private func exponentials(
    _ source: UnsafePointer<Element>, _ count: Int, _ target: UnsafeMutablePointer<Row>,
    _ constants: ShiftConstants<Row>
  ) -> (largest: Double, sum: Double) {
    let mask = UnsafePointer(memory.mask.assumingMemoryBound(to: Row.self))
    return sumExponentials(of: source, count: count, constants, mask) {
      token, vector in Row.store(vector, target + token)
    }
  }

  /// Chooses the shift by a row's largest logit; false if there is none in range.
  @inline(__always)
  private func center(_ shift: inout RowShift<Row>, on largest: Double) -> Bool {
    switch shift.center(on: largest) {
    case nil: return true
    case .invalid: sample.pointee.outcome = .invalid
    case .wide: sample.pointee.outcome = .wide
    }
    return false
  }

  @inline(never)
  private func copied(_ values: UnsafePointer<Element>) -> UnsafePointer<Element> {
    let copy = memory.row.assumingMemoryBound(to: Element.self)
    let nothing = Element(row: Row(rounding: -.infinity))
    for token in 0..<Row.width { copy[token] = token < vocabulary ? values[token] : nothing }
    return UnsafePointer(copy)
  }

  // MARK: Nodes by themselves

  /// Eight values of a row, widened; `-inf` past the vocabulary.
  @inline(__always)
  private func lanes(of row: UnsafePointer<Element>, _ token: Int) -> Lanes {
    if token &+ 8 <= vocabulary { return Element.lanes(row + token) }
    var lanes = Lanes(repeating: -.infinity)
    for lane in 0..<vocabulary &- token { lanes[lane] = row[token &+ lane].row.double }
    return lanes
  }

  @inline(__always)
  private func lanes(of row: UnsafePointer<Double>, _ token: Int) -> Lanes {
    if token &+ 8 <= vocabulary { return load(row + token) }
    var lanes = Lanes(repeating: -.infinity)
    for lane in 0..<vocabulary &- token { lanes[lane] = row[token &+ lane] }
    return lanes
  }

  /// Eight logits of a node; the position after the last is the average.
  @inline(__always)
  private func logits(_ frame: Int, _ position: Int, _ token: Int) -> Lanes {
    let row = lanes(of: encoder(frame), token)
    if position == positions, let average = sample.pointee.average {
      return sum(row, lanes(of: average, token))
    }
    return sum(row, lanes(of: predictor(position), token))
  }

  /// The logarithm of the sum of the exponentials of a node's logits; `-inf` if all are `-inf`.
  @inline(never)
  func normalizer(_ frame: Int, _ position: Int) -> Double {
    var maxima = Lanes(repeating: -.infinity)
    var token = 0
    while token < vocabulary {
      maxima = larger(maxima, logits(frame, position, token))
      token &+= 8
    }
    let largest = Double.largest(maxima)
    guard largest > -.infinity else { return largest }
    var total = Lanes.zero
    let constants = ShiftConstants<Double>(shift: 0)
    token = 0
    while token < vocabulary {
      let relative = difference(logits(frame, position, token), Lanes(repeating: largest))
      total = sum(total, Double.exponential(relative, constants))
      token &+= 8
    }
    return largest + logarithm(Lanes(repeating: laneSum(total)))[0]
  }

  /// Adds `weight` times a node's softmax to a row, which has memory for an additional vector.
  @inline(never)
  func addSoftmax(
    _ frame: Int, _ position: Int, normalizer: Double, weight: Double,
    to row: UnsafeMutablePointer<Row>
  ) {
    let constants = ShiftConstants<Double>(shift: 0)
    var token = 0
    while token < vocabulary {
      let relative = difference(logits(frame, position, token), Lanes(repeating: normalizer))
      let softmax = Double.exponential(relative, constants)
      let before = Row.lanes(row + token)
      Row.store(lanes: multiplyAdd(softmax, Lanes(repeating: weight), before), row + token)
      token &+= 8
    }
  }
}
