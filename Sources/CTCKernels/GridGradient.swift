import CTCKernelInterface

/// A transducer's gradient from the arcs' shares of its paths: for each head, the softmax times the share of the paths
/// that leave the node, less each arc's at its column.
struct GridGradient<Element: KernelElement> {
  private let sample: UnsafeMutablePointer<GridSample>
  private let memory: GridMemory
  private let rowLength: Int

  @inline(__always)
  init(_ sample: UnsafeMutablePointer<GridSample>, _ memory: GridMemory) {
    self.sample = sample
    self.memory = memory
    rowLength = sample.pointee.labelCount &+ 1
  }

  /// Writes a frame's rows.
  @inline(__always)
  func write(_ frame: Int, _ rows: inout JoinerRows<Element>) {
    let positions = sample.pointee.positions(frame)
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
    let (vocabulary, durations) = (sample.pointee.vocabulary, sample.pointee.durationCount)
    let place = memory.offsets[frame &+ position] &+ position
    let arcs = sample.pointee.arcs
    let labelFactor = sample.pointee.labelFactor
    // Of the paths that leave the node, labels counted FastEmit's way: all, those by another token than the blank.
    var mass = 0.0
    var otherMass = 0.0
    var durationMass = 0.0
    var arc = 0
    while arc < sample.pointee.arcCount {
      let share = memory.planes[2 &* arc &* memory.planeSize &+ place]
      let tokenShare = arcs[arc].labels == 0 ? share : share * labelFactor
      mass += tokenShare
      if arcs[arc].token != 0 { otherMass += tokenShare }
      if arcs[arc].duration >= 0 { durationMass += share }
      arc &+= 1
    }
    guard mass.magnitude > Element.Row.negligible else {
      let bytes = (vocabulary &+ durations) &* MemoryLayout<Element>.stride
      clearBytes(UnsafeMutableRawPointer(row), bytes)
      return
    }
    let node = frame &* rowLength &+ position
    // Read before the row is written, which may be where the logits are.
    let values = JoinerRows<Element>.values(sample, frame, position &- base)
    let blank = values[sample.pointee.columns[0]].row.double
    switch sample.pointee.normalization {
    case .softmax:
      rows.write(frame, position &- base, node: node, mass: mass, into: row)
    case .factored:
      rows.write(frame, position &- base, node: node, mass: otherMass, into: row)
      row[sample.pointee.columns[0]] = Element(rounding: mass * logistic(blank))
    case .none:
      clearBytes(UnsafeMutableRawPointer(row), vocabulary &* MemoryLayout<Element>.stride)
    }
    subtractShares(row, place, position)
    if durations > 0 { writeDurations(row + vocabulary, node, place, durationMass) }
    if sample.pointee.gradientLimit < .infinity {
      rows.limit(row, count: vocabulary &+ durations, sample.pointee.gradientLimit)
    }
  }

  @inline(__always)
  private func subtractShares(_ row: UnsafeMutablePointer<Element>, _ place: Int, _ position: Int) {
    let (arcs, columns) = (sample.pointee.arcs, sample.pointee.columns)
    var token = 0
    while token < sample.pointee.columnCount {
      var share = 0.0
      var arc = 0
      while arc < sample.pointee.arcCount {
        if arcs[arc].token == token {
          share += memory.planes[2 &* arc &* memory.planeSize &+ place]
        }
        arc &+= 1
      }
      var column = columns[token]
      if column < 0 {
        share *= sample.pointee.labelFactor
        column = position < sample.pointee.labelCount ? sample.pointee.labels[position] : 0
      }
      if share != 0 { row[column] = Element(rounding: row[column].row.double - share) }
      token &+= 1
    }
  }

  /// FastEmit leaves durations alone, as NeMo has it.
  @inline(__always)
  private func writeDurations(
    _ row: UnsafeMutablePointer<Element>, _ node: Int, _ place: Int, _ mass: Double
  ) {
    let planeSize = sample.pointee.frames &* rowLength &+ 8
    for duration in 0..<sample.pointee.durationCount {
      var value =
        sample.pointee.normalization == .none
        ? 0 : mass * memory.durations[duration &* planeSize &+ node]
      var arc = 0
      while arc < sample.pointee.arcCount {
        if sample.pointee.arcs[arc].duration == duration {
          value -= memory.planes[2 &* arc &* memory.planeSize &+ place]
        }
        arc &+= 1
      }
      row[duration] = Element(rounding: value)
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
  private func clearBytes(_ base: UnsafeMutableRawPointer, _ count: Int) {
    base.initializeMemory(as: UInt8.self, repeating: 0, count: count)
  }
}
