import LossKernelInterface

/// The gradient of a transducer from its posteriors. For each head, it is the softmax times the
/// posterior that a path leaves the node by this head, minus the posterior of each column.
struct GridGradient<Element: KernelElement> {
  private let sample: UnsafeMutablePointer<GridSample>
  private let memory: GridMemory
  private let rowLength: Int
  private let vocabulary: Int
  private let durationCount: Int
  private let columns: UnsafePointer<Int>
  private let columnCount: Int
  private let isFactored: Bool

  @inline(__always)
  init(_ sample: UnsafeMutablePointer<GridSample>, _ memory: GridMemory) {
    self.sample = sample
    self.memory = memory
    rowLength = sample.pointee.labelCount &+ 1
    vocabulary = sample.pointee.vocabulary
    durationCount = sample.pointee.durationCount
    columns = sample.pointee.columns
    columnCount = sample.pointee.columnCount
    isFactored = sample.pointee.isFactored
  }

  /// Writes the rows of a frame.
  @inline(__always)
  func write(_ frame: Int, _ positions: Range<Int>, _ rows: inout JoinerRows<Element>) {
    for position in positions {
      write(frame, position, from: positions.lowerBound, &rows)
    }
  }

  @inline(__always)
  private func write(
    _ frame: Int, _ position: Int, from base: Int, _ rows: inout JoinerRows<Element>
  ) {
    guard let gradient = sample.pointee.gradient else { return }
    let row =
      gradient.assumingMemoryBound(to: Element.self)
      + (frame &* sample.pointee.frameStride
        &+ (position &- base) &* sample.pointee.positionStride)
    let place = memory.offsets[frame &+ position] &+ position
    // The posterior that a path leaves the node by the blank; by any token; and by a token other
    // than the blank. Labels are weighted by FastEmit.
    let blankShare = share(0, place)
    var mass = blankShare
    var column = 1
    while column < columnCount {
      mass += share(column, place)
      column &+= 1
    }
    guard mass.magnitude > Element.Row.negligible else {
      return clear(row, vocabulary &+ durationCount)
    }
    if sample.pointee.isNormalized {
      clear(row, vocabulary)
      subtractShares(from: row, position, place)
    } else {
      let node = frame &* rowLength &+ position
      // Read before the row is written, because the gradient may overwrite the logits.
      let blankLogit =
        isFactored
        ? JoinerRows<Element>.values(sample, frame, position &- base)[columns[0]].row.double : 0
      rows.begin(
        frame, position &- base, node: node, mass: isFactored ? mass - blankShare : mass)
      let blank = isFactored ? mass * logistic(blankLogit) : 0
      if Element.isRow {
        rows.write(into: row)
        if isFactored { row[columns[0]] = Element(rounding: blank) }
        subtractShares(from: row, position, place)
      } else {
        writeRoundedOnce(row, blank, position, place, rows)
      }
    }
    if durationCount > 0 { writeDurations(row + vocabulary, place) }
    if sample.pointee.gradientLimit < .infinity {
      rows.limit(row, count: vocabulary &+ durationCount, sample.pointee.gradientLimit)
    }
  }

  /// Subtracts each column's posterior from a row, which contains the softmax times the sum of the
  /// posteriors.
  @inline(__always)
  private func subtractShares(
    from row: UnsafeMutablePointer<Element>, _ position: Int, _ place: Int
  ) {
    var column = 0
    while column < columnCount {
      let token = token(column, position)
      row[token] = Element(rounding: row[token].row.double - share(column, place))
      column &+= 1
    }
  }

  /// Writes the current row minus the posteriors. They are subtracted before anything is rounded to
  /// the element type: for a likely token, the difference is much smaller than both.
  @inline(__always)
  private func writeRoundedOnce(
    _ row: UnsafeMutablePointer<Element>, _ blank: Double, _ position: Int, _ place: Int,
    _ rows: JoinerRows<Element>
  ) {
    let values = memory.block
    var column = 0
    while column < columnCount {
      let value =
        isFactored && column == 0
        ? Element.Row(rounding: blank) : rows.value(token(column, position))
      values[column] = value.double - share(column, place)
      column &+= 1
    }
    rows.write(into: row)
    // The blank's own column comes last, because past the last label the label's column is also the
    // blank.
    while column > 0 {
      column &-= 1
      row[token(column, position)] = Element(rounding: values[column])
    }
  }

  /// The token of a column. Past the last label, where no path emits one, the blank stands for the
  /// label.
  @inline(__always)
  private func token(_ column: Int, _ position: Int) -> Int {
    if columns[column] >= 0 { return columns[column] }
    return position < sample.pointee.labelCount ? sample.pointee.labels[position] : columns[0]
  }

  /// The posterior that a path leaves a node by a token.
  @inline(__always)
  private func share(_ column: Int, _ place: Int) -> Double {
    let share = memory.shares[column &* memory.planeSize &+ place]
    return columns[column] < 0 ? share * sample.pointee.labelFactor : share
  }

  /// FastEmit does not apply to durations, as in NeMo.
  @inline(__always)
  private func writeDurations(_ row: UnsafeMutablePointer<Element>, _ place: Int) {
    let planeSize = memory.planeSize
    let shares = memory.shares + (columnCount &* planeSize &+ place)
    let probabilities = memory.planes + (2 &* columnCount &* planeSize &+ place)
    var mass = 0.0
    var duration = 0
    while duration < durationCount {
      mass += shares[duration &* planeSize]
      duration &+= 1
    }
    if sample.pointee.isNormalized { mass = 0 }
    duration = 0
    while duration < durationCount {
      let mantissa = probabilities[2 &* duration &* planeSize]
      let power = powerOfTwo(probabilities[(2 &* duration &+ 1) &* planeSize])
      row[duration] = Element(rounding: mass * (mantissa * power) - shares[duration &* planeSize])
      duration &+= 1
    }
  }

  /// 1 / (1 + e^-x).
  @inline(__always)
  private func logistic(_ x: Double) -> Double {
    let magnitude = x < 0 ? -x : x
    let power = Double.exponential(
      Lanes(repeating: max(-magnitude, -700)), ShiftConstants<Double>(shift: 0))[0]
    return x < 0 ? power / (1 + power) : 1 / (1 + power)
  }

  @inline(__always)
  private func clear(_ row: UnsafeMutablePointer<Element>, _ count: Int) {
    UnsafeMutableRawPointer(row).initializeMemory(
      as: UInt8.self, repeating: 0, count: count &* MemoryLayout<Element>.stride)
  }
}
