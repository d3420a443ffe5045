import CTCKernelInterface

/// What every arc of some nodes is worth, from the rows that they leave.
struct ArcProbabilities<Element: KernelElement> {
  private let sample: UnsafeMutablePointer<GridSample>
  private let memory: GridMemory
  private let rowLength: Int
  private let columnCount: Int
  private let durationCount: Int

  @inline(__always)
  init(_ sample: UnsafeMutablePointer<GridSample>, _ memory: GridMemory) {
    self.sample = sample
    self.memory = memory
    rowLength = sample.pointee.labelCount &+ 1
    columnCount = sample.pointee.columnCount
    durationCount = sample.pointee.durationCount
  }

  /// Writes the probabilities of the arcs that leave a frame's nodes; false where a token that an arc has is NaN or
  /// out of range.
  @inline(__always)
  func write(_ frame: Int) -> Bool {
    let positions = sample.pointee.positions(frame)
    for arc in 0..<sample.pointee.arcCount {
      if positions.lowerBound > 0 { clear(arc, frame, 0..<positions.lowerBound) }
      if positions.upperBound < rowLength { clear(arc, frame, positions.upperBound..<rowLength) }
    }
    var first = positions.lowerBound
    while first < positions.upperBound {
      let end = min(first &+ 8, positions.upperBound)
      guard read(frame, first..<end, from: positions.lowerBound) else { return false }
      for arc in 0..<sample.pointee.arcCount { write(arc, frame, first..<end) }
      first = end
    }
    return true
  }

  /// Brings the tokens' and durations' probabilities at some positions into the block.
  @inline(__always)
  private func read(_ frame: Int, _ positions: Range<Int>, from base: Int) -> Bool {
    let isNormalized = sample.pointee.normalization == .none
    let node = frame &* rowLength &+ positions.lowerBound
    let shifts = isNormalized ? Lanes.zero : load(memory.shifts + node)
    let inverseSums = isNormalized ? Lanes(repeating: 1) : load(memory.inverseSums + node)
    for place in 0..<columnCount {
      let column = sample.pointee.columns[place]
      let target = block(place)
      guard gather(frame, positions, base, column, into: target) else { return false }
      if place == 0 && sample.pointee.normalization == .factored { continue }
      var probability = ExtendedLanes(exponentialOf: load(target))
      probability = ExtendedLanes(
        positive: product(probability.mantissa, inverseSums),
        exponent: difference(probability.exponent, shifts))
      keep(probability, place)
    }
    if sample.pointee.normalization == .factored { separateBlank() }
    return durationCount == 0 || readDurations(frame, positions, base)
  }

  /// Eight values of a column, 0 in lanes past the positions.
  @inline(__always)
  private func gather(
    _ frame: Int, _ positions: Range<Int>, _ base: Int, _ column: Int,
    into target: UnsafeMutablePointer<Double>
  ) -> Bool {
    store(Lanes.zero, target)
    for position in positions {
      let values = JoinerRows<Element>.values(sample, frame, position &- base)
      var column = column
      if column < 0 {
        // Past the last label there is none to emit.
        guard position < sample.pointee.labelCount else { continue }
        column = sample.pointee.labels[position]
      }
      let value = values[column].row.double
      if !(value >= -0x1p29) {
        guard value == -.infinity else {
          sample.pointee.outcome = value == value ? .wide : .invalid
          return false
        }
      }
      // Without a softmax nothing else bounds it.
      if value > 0x1p29 {
        sample.pointee.outcome = value == .infinity ? .invalid : .wide
        return false
      }
      target[position &- positions.lowerBound] = value
    }
    return true
  }

  /// The blank's probability from its logit, which stands in the block, and the others' times its complement.
  @inline(__always)
  private func separateBlank() {
    let logits = load(block(0))
    let magnitude = larger(logits, difference(Lanes.zero, logits))
    let power = ExtendedLanes(exponentialOf: difference(Lanes.zero, magnitude))
    let likely = ExtendedLanes(mantissa: Lanes(repeating: 1), exponent: Lanes.zero)
    let whole = likely + power
    // 1 / (1 + e^-|x|), and its complement e^-|x| / (1 + e^-|x|).
    var inverse = Lanes.zero
    let total = product(whole.mantissa, powerOfTwo(whole.exponent))
    for lane in 0..<8 { inverse[lane] = 1 / total[lane] }
    let more = ExtendedLanes(positive: inverse, exponent: Lanes.zero)
    let less = ExtendedLanes(positive: product(power.mantissa, inverse), exponent: power.exponent)
    var (blank, others) = (more, less)
    for lane in 0..<8 where logits[lane] < 0 {
      blank.mantissa[lane] = less.mantissa[lane]
      blank.exponent[lane] = less.exponent[lane]
      others.mantissa[lane] = more.mantissa[lane]
      others.exponent[lane] = more.exponent[lane]
    }
    keep(blank, 0)
    for place in 1..<columnCount { keep(loaded(place) * others, place) }
  }

  /// The duration head's softmax, kept for the gradient too.
  @inline(__always)
  private func readDurations(_ frame: Int, _ positions: Range<Int>, _ base: Int) -> Bool {
    let vocabulary = sample.pointee.vocabulary
    let isNormalized = sample.pointee.normalization == .none
    var total = ExtendedLanes.zero
    for duration in 0..<durationCount {
      let place = columnCount &+ duration
      guard gather(frame, positions, base, vocabulary &+ duration, into: block(place)) else {
        return false
      }
      let numerator = ExtendedLanes(exponentialOf: load(block(place)))
      keep(numerator, place)
      total = total + numerator
    }
    if isNormalized { return true }
    for lane in 0..<positions.count where total.exponent[lane] < zeroExponent / 2 {
      sample.pointee.outcome = .invalid
      return false
    }
    var inverse = Lanes.zero
    for lane in 0..<8 { inverse[lane] = 1 / total.mantissa[lane] }
    let planeSize = sample.pointee.frames &* rowLength &+ 8
    let node = frame &* rowLength &+ positions.lowerBound
    for duration in 0..<durationCount {
      let place = columnCount &+ duration
      let numerator = loaded(place)
      let probability = ExtendedLanes(
        positive: product(numerator.mantissa, inverse),
        exponent: difference(numerator.exponent, total.exponent))
      keep(probability, place)
      store(
        product(probability.mantissa, powerOfTwo(probability.exponent)),
        memory.durations + (duration &* planeSize &+ node))
    }
    return true
  }

  /// Spreads an arc's probabilities over the diagonals.
  @inline(__always)
  private func write(_ index: Int, _ frame: Int, _ positions: Range<Int>) {
    let arc = sample.pointee.arcs[index]
    let end = frame &+ arc.frames
    guard end < sample.pointee.frames || (end == sample.pointee.frames && arc.mayEnd) else {
      return clear(index, frame, positions)
    }
    var probability = loaded(arc.token)
    if arc.duration >= 0 { probability = probability * loaded(columnCount &+ arc.duration) }
    if arc.hasFactor {
      probability = ExtendedLanes(
        positive: product(probability.mantissa, Lanes(repeating: arc.factorMantissa)),
        exponent: sum(probability.exponent, Lanes(repeating: arc.factorExponent)))
    }
    let (mantissas, exponents) = (planes(index), planes(index) + memory.planeSize)
    let labels = sample.pointee.labelCount
    for position in positions {
      let place = memory.offsets[frame &+ position] &+ position
      var isPossible = arc.labels == 0 || position < labels
      if isPossible, arc.labels == 1, let windows = sample.pointee.windows {
        isPossible = windows[2 &* position] <= frame && frame < windows[2 &* position &+ 1]
      }
      let lane = position &- positions.lowerBound
      mantissas[place] = isPossible ? probability.mantissa[lane] : 1
      exponents[place] = isPossible ? probability.exponent[lane] : zeroExponent
    }
  }

  /// Makes an arc impossible.
  @inline(__always)
  private func clear(_ arc: Int, _ frame: Int, _ positions: Range<Int>) {
    let (mantissas, exponents) = (planes(arc), planes(arc) + memory.planeSize)
    for position in positions {
      let place = memory.offsets[frame &+ position] &+ position
      mantissas[place] = 1
      exponents[place] = zeroExponent
    }
  }

  @inline(__always)
  private func planes(_ arc: Int) -> UnsafeMutablePointer<Double> {
    memory.planes + 2 &* arc &* memory.planeSize
  }

  @inline(__always)
  private func block(_ place: Int) -> UnsafeMutablePointer<Double> { memory.block + 16 &* place }

  @inline(__always)
  private func loaded(_ place: Int) -> ExtendedLanes {
    ExtendedLanes(mantissa: load(block(place)), exponent: load(block(place) + 8))
  }

  @inline(__always)
  private func keep(_ number: ExtendedLanes, _ place: Int) {
    let target = block(place)
    store(number.mantissa, target)
    store(number.exponent, target + 8)
  }
}
