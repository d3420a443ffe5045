import LossKernelInterface

/// The rows of a transducer's joiner: their normalizers, and the rows of the gradient.
struct JoinerRows<Element: KernelElement> {
  typealias Row = Element.Row

  private let sample: UnsafeMutablePointer<GridSample>
  private let memory: GridMemory
  private let vocabulary: Int
  private let paddedCount: Int
  /// Whether rows are used in place.
  private let isInPlace: Bool
  private let isFactored: Bool
  private let copy: UnsafeMutablePointer<Element>
  private let mask: UnsafeMutablePointer<Row>
  private var shift = RowShift<Row>()
  /// The source of the current row of the gradient.
  private var softmaxSource: UnsafePointer<Element>
  private var softmaxFactor = 0.0

  @inline(__always)
  init(_ sample: UnsafeMutablePointer<GridSample>, _ memory: GridMemory) {
    self.sample = sample
    self.memory = memory
    vocabulary = sample.pointee.vocabulary
    paddedCount = max(Row.width, vocabulary)
    isFactored = sample.pointee.isFactored
    isInPlace = vocabulary >= Row.width && !isFactored
    copy = memory.row.assumingMemoryBound(to: Element.self)
    mask = memory.mask.assumingMemoryBound(to: Row.self)
    softmaxSource = UnsafePointer(copy)
    fillMask(mask)
  }

  /// The values of a node's row; `position` counts from the frame's first position.
  @inline(__always)
  static func values(
    _ sample: UnsafeMutablePointer<GridSample>, _ frame: Int, _ position: Int
  ) -> UnsafeMutablePointer<Element> {
    sample.pointee.logits.assumingMemoryBound(to: Element.self)
      + (frame &* sample.pointee.frameStride &+ position &* sample.pointee.positionStride)
  }

  /// The address from which a row can be read in whole vectors, without the blank if it is
  /// separate.
  @inline(__always)
  private func source(_ frame: Int, _ position: Int) -> UnsafePointer<Element> {
    let values = Self.values(sample, frame, position)
    if isInPlace { return UnsafePointer(values) }
    copyRow(values)
    return UnsafePointer(copy)
  }

  @inline(never)
  private func copyRow(_ values: UnsafeMutablePointer<Element>) {
    let nothing = Element(row: Row(rounding: -.infinity))
    for token in 0..<vocabulary { copy[token] = values[token] }
    for token in vocabulary..<paddedCount { copy[token] = nothing }
    if isFactored { copy[sample.pointee.columns[0]] = nothing }
  }

  /// Computes the normalizers of a frame's rows; false if a row has none, or none in range.
  @inline(__always)
  mutating func measure(_ frame: Int, _ positions: Range<Int>) -> Bool {
    let first = frame &* (sample.pointee.labelCount &+ 1)
    for position in positions {
      let row = source(frame, position &- positions.lowerBound)
      if shift.value.isNaN {
        guard center(on: largestValue(of: row, count: paddedCount)) else { return false }
      }
      var result = sumExponentials(of: row, count: paddedCount, shift.constants, mask) { _, _ in }
      if !(shift.offset(of: result.largest).magnitude <= 8) {
        guard center(on: result.largest) else { return false }
        result = sumExponentials(of: row, count: paddedCount, shift.constants, mask) { _, _ in }
      }
      guard result.sum == result.sum else {
        sample.pointee.outcome = .invalid
        return false
      }
      memory.shifts[first &+ position] = shift.value
      memory.inverseSums[first &+ position] = 1 / result.sum
    }
    return true
  }

  /// Chooses the shift by a row's largest logit; false if there is none in range.
  @inline(__always)
  private mutating func center(on largest: Double) -> Bool {
    switch shift.center(on: largest) {
    case nil: return true
    case .invalid: sample.pointee.outcome = .invalid
    case .wide: sample.pointee.outcome = .wide
    }
    return false
  }

  /// Begins a row of the gradient with the token head: the softmax times `mass`.
  @inline(__always)
  mutating func begin(_ frame: Int, _ position: Int, node: Int, mass: Double) {
    if memory.shifts[node] != shift.value { shift.take(memory.shifts[node]) }
    softmaxSource = source(frame, position)
    softmaxFactor = mass * memory.inverseSums[node]
  }

  /// A value of the current row, before it is rounded to the element type.
  @inline(__always)
  func value(_ token: Int) -> Row {
    let first = max(0, min(token, vocabulary &- Row.width))
    let row = Row.exponential(Element.widened(softmaxSource + first), shift.constants)
    return Row.lane(Row.multiply(row, Row.repeating(softmaxFactor)), token &- first)
  }

  /// Writes the current row. `target` may be the address of the logits.
  @inline(__always)
  func write(into target: UnsafeMutablePointer<Element>) {
    let source = softmaxSource
    let factor = Row.repeating(softmaxFactor)
    let constants = shift.constants
    guard vocabulary >= Row.width else {
      let values = memory.row.assumingMemoryBound(to: Row.self)
      let row = Row.multiply(Row.exponential(Element.widened(source), constants), factor)
      // Overwrites the copy of the logits, which has been read.
      Row.store(row, values)
      for token in 0..<vocabulary { target[token] = Element(row: values[token]) }
      return
    }
    // The last vector overlaps the one before and may share its memory, so it is computed first.
    let rest = vocabulary &- Row.width
    let last = Row.multiply(Row.exponential(Element.widened(source + rest), constants), factor)
    var token = 0
    while token < rest {
      let row = Row.multiply(Row.exponential(Element.widened(source + token), constants), factor)
      Element.store(row, target + token)
      token &+= Row.width
    }
    Element.store(last, target + rest)
  }

  /// Clips the values of the gradient to a limit.
  @inline(never)
  func limit(_ target: UnsafeMutablePointer<Element>, count: Int, _ limit: Double) {
    for column in 0..<count {
      let value = target[column].row.double
      target[column] = Element(rounding: min(limit, max(-limit, value)))
    }
  }
}
