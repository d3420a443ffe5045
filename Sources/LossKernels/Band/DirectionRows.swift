import LossKernelInterface

/// The rows of a direction along which the gradient is differentiated.
///
/// A direction minus its mean under the softmax is the derivative of the log-probabilities.
struct DirectionRows<Element: KernelElement> {
  typealias Row = Element.Row

  private let sample: UnsafeMutablePointer<BandSample>
  private let memory: BandMemory
  private let rows: BandSample.Rows
  private let slots: Int

  /// `nil` without a direction.
  @inline(__always)
  init?(_ sample: UnsafeMutablePointer<BandSample>, _ memory: BandMemory) {
    guard let rows = sample.pointee.direction else { return nil }
    self.sample = sample
    self.memory = memory
    self.rows = rows
    slots = sample.pointee.paddedSlots
  }

  /// Multiplies a frame's numerators by the direction minus its mean, and stores the direction's
  /// entries at the slots.
  ///
  /// False if they are out of range.
  @inline(never)
  func apply(_ frame: Int, to numerators: UnsafeMutablePointer<Row>, sum rowSum: Double) -> Bool {
    let row = contiguousRow(frame)
    let vocabulary = sample.pointee.vocabulary
    var mean = 0.0
    if sample.pointee.isLogits {
      var lanes = Lanes.zero
      var token = 0
      while token &+ 8 <= vocabulary {
        lanes = multiplyAdd(
          Row.lanes(numerators + token), Element.lanes(row + token), lanes)
        token &+= 8
      }
      var total = laneSum(lanes)
      while token < vocabulary {
        total += numerators[token].double * row[token].row.double
        token &+= 1
      }
      mean = total / rowSum
      multiply(numerators, by: row, less: mean)
    }
    return note(row, frame, mean: mean)
  }

  @inline(__always)
  private func multiply(
    _ numerators: UnsafeMutablePointer<Row>, by row: UnsafePointer<Element>, less mean: Double
  ) {
    let vocabulary = sample.pointee.vocabulary
    let means = Lanes(repeating: mean)
    var token = 0
    while token &+ 8 <= vocabulary {
      let centred = difference(Element.lanes(row + token), means)
      Row.store(lanes: product(Row.lanes(numerators + token), centred), numerators + token)
      token &+= 8
    }
    while token < vocabulary {
      numerators[token] = Row(
        rounding: numerators[token].double * (row[token].row.double - mean))
      token &+= 1
    }
  }

  /// Stores the entries that the lattice needs; false if one is NaN or too large.
  @inline(__always)
  private func note(_ row: UnsafePointer<Element>, _ frame: Int, mean: Double) -> Bool {
    let target = memory.directions.assumingMemoryBound(to: Row.self) + frame &* slots
    let labelCount = sample.pointee.labelCount
    let labels = memory.labels
    let blankRate = row[sample.pointee.blank].row.double - mean
    var largest = max(mean.magnitude, blankRate.magnitude)
    var isNumber = mean == mean && blankRate == blankRate
    for slot in 0..<labelCount {
      let entry = row[Int(labels[slot])].row
      let size = entry.double.magnitude
      isNumber = isNumber && size == size
      largest = size > largest ? size : largest
      target[slot] = entry
    }
    for slot in labelCount..<slots { target[slot] = Row(rounding: mean) }
    memory.directionMeans[frame] = mean
    memory.blankRates[frame] = blankRate
    // Sums over all frames of a layout are at most 2^24 times as large, far from `Double`'s limit.
    return isNumber && largest <= 0x1p60
  }

  @inline(__always)
  private func contiguousRow(_ frame: Int) -> UnsafePointer<Element> {
    let base = rows.base.assumingMemoryBound(to: Element.self) + frame &* rows.frameStride
    if rows.tokenStride == 1 { return UnsafePointer(base) }
    let copy = memory.directionRow.assumingMemoryBound(to: Element.self)
    for token in 0..<sample.pointee.vocabulary { copy[token] = base[token &* rows.tokenStride] }
    return UnsafePointer(copy)
  }
}
