import LossKernelInterface

/// A transducer's gradient from the shares of its paths: for each head, the softmax times the share of the paths that
/// leave the node by it, less each column's own.
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

  /// Writes a frame's rows.
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
    // Of the paths that leave the node, labels counted FastEmit's way: all, those by another token than the blank.
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
      // Read before the row is written, which may be where the logits are.
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

  /// Subtracts each column's share from a row that holds the softmax times the shares of all.
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

  /// Writes the row that was begun, less the shares, which are subtracted before anything is rounded to the element
  /// type: a likely token's softmax and its share leave a difference that has no digits in common with them.
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
    // The blank's own column comes last: past the last label, the label's names the blank as well.
    while column > 0 {
      column &-= 1
      row[token(column, position)] = Element(rounding: values[column])
    }
  }

  /// The token of a column; past the last label, where no path has one, the blank for the label's.
  @inline(__always)
  private func token(_ column: Int, _ position: Int) -> Int {
    if columns[column] >= 0 { return columns[column] }
    return position < sample.pointee.labelCount ? sample.pointee.labels[position] : columns[0]
  }

  /// The share of the paths that leave a node by a token.
  @inline(__always)
  private func share(_ column: Int, _ place: Int) -> Double {
    let share = memory.shares[column &* memory.planeSize &+ place]
    return columns[column] < 0 ? share * sample.pointee.labelFactor : share
  }

  /// FastEmit leaves durations alone, as NeMo has it.
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
