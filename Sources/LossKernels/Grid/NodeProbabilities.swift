import LossKernelInterface

/// Computes the probabilities of the tokens and durations that arcs need at each node, and stores
/// them by diagonals.
struct NodeProbabilities<Element: KernelElement> {
  private let sample: UnsafeMutablePointer<GridSample>
  private let memory: GridMemory
  private let rowLength: Int
  private let columnCount: Int
  private let durationCount: Int
  private let isNormalized: Bool
  private let isFactored: Bool
  private let planes: NodePlanes

  @inline(__always)
  init(_ sample: UnsafeMutablePointer<GridSample>, _ memory: GridMemory) {
    self.sample = sample
    self.memory = memory
    rowLength = sample.pointee.labelCount &+ 1
    columnCount = sample.pointee.columnCount
    durationCount = sample.pointee.durationCount
    isNormalized = sample.pointee.isNormalized
    isFactored = sample.pointee.isFactored
    planes = NodePlanes(sample, memory)
  }

  /// Writes the probabilities at a frame's nodes; false if one is NaN or out of range.
  @inline(__always)
  func write(_ frame: Int, _ positions: Range<Int>) -> Bool {
    if positions.lowerBound > 0 { planes.clear(frame, 0..<positions.lowerBound) }
    if positions.upperBound < rowLength { planes.clear(frame, positions.upperBound..<rowLength) }
    var first = positions.lowerBound
    while first < positions.upperBound {
      let end = min(first &+ 8, positions.upperBound)
      guard read(frame, first..<end, from: positions.lowerBound) else { return false }
      planes.spread(frame, first..<end)
      first = end
    }
    return true
  }

  /// Computes the probabilities of a block of positions.
  @inline(__always)
  private func read(_ frame: Int, _ positions: Range<Int>, from base: Int) -> Bool {
    let node = frame &* rowLength &+ positions.lowerBound
    let shifts = isNormalized ? Lanes.zero : load(memory.shifts + node)
    let inverseSums = isNormalized ? Lanes(repeating: 1) : load(memory.inverseSums + node)
    var place = 0
    while place < columnCount {
      let target = planes.block(place)
      guard gather(frame, positions, base, sample.pointee.columns[place], into: target) else {
        return false
      }
      if place > 0 || !isFactored {
        let numerator = ExtendedLanes(exponentialOf: load(target))
        planes.keep(
          ExtendedLanes(
            positive: product(numerator.mantissa, inverseSums),
            exponent: difference(numerator.exponent, shifts)), place)
      }
      place &+= 1
    }
    if isFactored { separateBlank() }
    return durationCount == 0 || readDurations(frame, positions, base)
  }

  /// Eight values of a column; 0 in lanes past the positions.
  @inline(__always)
  private func gather(
    _ frame: Int, _ positions: Range<Int>, _ base: Int, _ column: Int,
    into target: UnsafeMutablePointer<Double>
  ) -> Bool {
    store(Lanes.zero, target)
    var values = JoinerRows<Element>.values(sample, frame, positions.lowerBound &- base)
    let stride = sample.pointee.positionStride
    let (labels, labelCount) = (sample.pointee.labels, sample.pointee.labelCount)
    for position in positions {
      // After the last label there is no label to emit.
      if column >= 0 || position < labelCount {
        let value = values[column >= 0 ? column : labels[position]].row.double
        // Without a softmax, values are not bounded otherwise.
        if !(value.magnitude <= 0x1p29) && value != -.infinity {
          sample.pointee.outcome = value.magnitude < .infinity ? .wide : .invalid
          return false
        }
        target[position &- positions.lowerBound] = value
      }
      values += stride
    }
    return true
  }

  /// Computes the probability of the blank from its logit in the block, and multiplies the others
  /// by its complement.
  @inline(__always)
  private func separateBlank() {
    let logits = load(planes.block(0))
    let magnitude = larger(logits, difference(Lanes.zero, logits))
    let power = ExtendedLanes(exponentialOf: difference(Lanes.zero, magnitude))
    let whole = ExtendedLanes(mantissa: Lanes(repeating: 1), exponent: Lanes.zero) + power
    // 1 / (1 + e^-|x|), and its complement e^-|x| / (1 + e^-|x|).
    let inverse = reciprocal(product(whole.mantissa, powerOfTwo(whole.exponent)))
    let more = ExtendedLanes(positive: inverse, exponent: Lanes.zero)
    let less = ExtendedLanes(positive: product(power.mantissa, inverse), exponent: power.exponent)
    var (blank, others) = (more, less)
    for lane in 0..<8 where logits[lane] < 0 {
      blank.mantissa[lane] = less.mantissa[lane]
      blank.exponent[lane] = less.exponent[lane]
      others.mantissa[lane] = more.mantissa[lane]
      others.exponent[lane] = more.exponent[lane]
    }
    planes.keep(blank, 0)
    var place = 1
    while place < columnCount {
      planes.keep(planes.loaded(place) * others, place)
      place &+= 1
    }
  }

  /// The duration head's softmax.
  @inline(__always)
  private func readDurations(_ frame: Int, _ positions: Range<Int>, _ base: Int) -> Bool {
    let vocabulary = sample.pointee.vocabulary
    var total = ExtendedLanes.zero
    for duration in 0..<durationCount {
      let place = columnCount &+ duration
      guard gather(frame, positions, base, vocabulary &+ duration, into: planes.block(place)) else {
        return false
      }
      let numerator = ExtendedLanes(exponentialOf: load(planes.block(place)))
      planes.keep(numerator, place)
      total = total + numerator
    }
    if isNormalized { return true }
    for lane in 0..<positions.count where total.exponent[lane] < zeroExponent / 2 {
      sample.pointee.outcome = .invalid
      return false
    }
    let inverse = reciprocal(total.mantissa)
    for duration in 0..<durationCount {
      let place = columnCount &+ duration
      let numerator = planes.loaded(place)
      planes.keep(
        ExtendedLanes(
          positive: product(numerator.mantissa, inverse),
          exponent: difference(numerator.exponent, total.exponent)), place)
    }
    return true
  }

  @inline(__always)
  private func reciprocal(_ lanes: Lanes) -> Lanes {
    var inverse = Lanes.zero
    for lane in 0..<8 { inverse[lane] = 1 / lanes[lane] }
    return inverse
  }
}
