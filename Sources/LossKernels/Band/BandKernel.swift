import LossKernelInterface

/// Computes the loss and gradient of one sample. The forward pass turns rows into numerators and
/// prefix sums, segment by segment. The backward pass then computes suffix sums, beginning with the
/// last segment.
struct BandKernel<Element: KernelElement> {
  typealias Row = Element.Row

  let sample: UnsafeMutablePointer<BandSample>
  /// The memory of the current segment.
  private(set) var memory: BandMemory
  let frames: Int
  let slots: Int
  let labelCount: Int
  var columnCount = 0

  @inline(__always)
  init(_ sample: UnsafeMutablePointer<BandSample>) {
    self.sample = sample
    memory = BandMemory(sample.pointee)
    frames = sample.pointee.frames
    slots = sample.pointee.paddedSlots
    labelCount = sample.pointee.labelCount
    placeLabels()
    if !Element.isRow && !Element.isCentred && sample.pointee.gradient != nil { assignColumns() }
  }

  @inline(__always)
  var emissions: UnsafeMutablePointer<Row> { memory.emissions.assumingMemoryBound(to: Row.self) }

  /// Stores the label of each slot, and the places where blanks may be skipped.
  @inline(__always)
  private func placeLabels() {
    let labels = sample.pointee.labels
    for slot in 0..<labelCount {
      memory.labels[slot] = Int32(truncatingIfNeeded: labels[slot])
      memory.canSkip[slot] = slot > 0 && labels[slot &- 1] != labels[slot] ? 1 : 0
    }
    for slot in labelCount..<slots {
      memory.labels[slot] = 0
      memory.canSkip[slot] = 0
    }
  }

  /// Gives each distinct label a column, for ``subtractByColumn``.
  @inline(__always)
  private mutating func assignColumns() {
    for index in 0..<sample.pointee.vocabulary { memory.columnOfToken[index] = -1 }
    for slot in 0..<labelCount {
      let label = memory.labels[slot]
      if memory.columnOfToken[Int(label)] < 0 {
        memory.columnOfToken[Int(label)] = Int32(truncatingIfNeeded: columnCount)
        memory.tokens[columnCount] = label
        memory.firstSlots[columnCount] = Int32(truncatingIfNeeded: slot)
        columnCount &+= 1
      }
      memory.columns[slot] = memory.columnOfToken[Int(label)]
    }
  }

  // By patterns, because `==` for a type of another module is a function of which each build would
  // have a copy.
  @inline(__always)
  private var keepsPrefixes: Bool {
    if case .none = sample.pointee.prefixes { false } else { true }
  }
  @inline(__always)
  private var isSegmented: Bool {
    if case .segment = sample.pointee.prefixes { true } else { false }
  }

  /// Runs all stages and stores the outcome in the sample.
  @inline(__always)
  mutating func run<Topology: KernelTopology, Number: LatticeNumber>(
    _ topology: Topology.Type, _ number: Number.Type
  ) {
    var rows = SoftmaxRows<Element>(sample, memory)
    var lattice = BandSums<Row, Topology, Number>(
      memory: memory, frames: frames, slots: slots, labelCount: labelCount,
      keepsPrefixes: keepsPrefixes)
    let whole = memory
    let segmentCount = (frames &+ whole.framesInSegment &- 1) / whole.framesInSegment
    for index in 0..<segmentCount {
      let segment = segment(index, of: whole, isAgain: false)
      guard enter(segment, &rows, &lattice) else { return }
    }
    let total = lattice.total
    guard total > 0 else {
      sample.pointee.outcome = .infeasible
      return
    }
    sample.pointee.mantissa = total / rows.normalizer
    sample.pointee.exponent = lattice.totalExponent - rows.exponent
    sample.pointee.reference = rows.reference
    // A mantissa is below 2^(its exponent + 1).
    let bits = -(sample.pointee.exponent + binaryExponent(sample.pointee.mantissa) + 1)
    guard bits >= sample.pointee.leastBits else {
      sample.pointee.outcome = .wide
      return
    }
    sample.pointee.outcome = .done
    let gradient = sample.pointee.gradient
    let shared = sample.pointee.shared?.posteriors
    guard gradient != nil || shared != nil, findShare() else { return }
    lattice.startSuffixes()
    var index = segmentCount &- 1
    while index >= 0 {
      if index < segmentCount &- 1 {
        // Cannot fail, because it succeeded in the forward pass.
        _ = enter(segment(index, of: whole, isAgain: true), &rows, &lattice)
      }
      // An immutable copy; each call would copy a mutable value.
      let kernel = self
      lattice.sumSuffixes(
        weight: sample.pointee.weight, negligible: sample.pointee.negligible ?? Element.negligible
      ) { frame, blocks in
        if let gradient { kernel.subtract(frame, blocks, from: gradient) }
        if let shared { kernel.add(frame, blocks, to: shared) }
      }
      index &-= 1
    }
  }

  @inline(__always)
  private func segment(_ index: Int, of whole: BandMemory, isAgain: Bool) -> Segment {
    let first = index &* whole.framesInSegment
    return Segment(
      index: index, first: first, end: min(frames, first &+ whole.framesInSegment),
      memory: first == 0 ? whole : whole.moved(to: first),
      checkpoint: isSegmented ? whole.checkpoint(index) : nil,
      isAgain: isAgain)
  }

  /// Reads the rows of a segment and computes its prefix sums; false, with the outcome set, if that
  /// fails.
  @inline(__always)
  private mutating func enter<Topology: KernelTopology, Number: LatticeNumber>(
    _ segment: Segment, _ rows: inout SoftmaxRows<Element>,
    _ lattice: inout BandSums<Row, Topology, Number>
  ) -> Bool {
    memory = segment.memory
    if segment.checkpoint != nil {
      if segment.isAgain {
        rows.resume(memory.shifts[segment.index])
      } else {
        memory.shifts[segment.index] = rows.shift
      }
    }
    let directions = DirectionRows<Element>(sample, memory)
    for frame in segment.first..<segment.end {
      if let shared = sample.pointee.shared {
        take(frame, shared)
        continue
      }
      guard rows.read(frame) else {
        sample.pointee.outcome = rows.isInvalid ? .invalid : .wide
        return false
      }
      gather(frame, from: rows.numerators)
      if let directions, !directions.apply(frame, to: rows.numerators, sum: rows.rowSum) {
        sample.pointee.outcome = .wide
        return false
      }
      // Only if its posteriors are computed next.
      if segment.checkpoint == nil || segment.isAgain || segment.end == frames {
        rows.finish(frame)
      }
    }
    for frame in segment.first..<segment.end {
      guard measure(frame) else {
        sample.pointee.outcome = .wide
        return false
      }
    }
    lattice.enter(segment)
    guard lattice.sumPrefixes(segment.first, segment.end) else {
      sample.pointee.outcome = .wide
      return false
    }
    return true
  }

  /// Copies the numerators of the tokens that a frame needs to their slots.
  @inline(__always)
  func gather(_ frame: Int, from numerators: UnsafePointer<Row>) {
    let target = emissions + frame &* slots
    Row.gather(
      numerators, vocabulary: sample.pointee.vocabulary, memory.labels, count: labelCount,
      into: target)
    for slot in labelCount..<slots { target[slot] = Row(rounding: 0) }
    memory.blankEmissions[frame] = numerators[sample.pointee.blank].double
  }

  /// Stores the number of bits by which a frame may decrease a sum; false if a numerator is out of
  /// range.
  ///
  /// Not done while gathering, because loading a vector of values that were just written one by one
  /// would stall.
  @inline(__always)
  private func measure(_ frame: Int) -> Bool {
    let numerators = emissions + frame &* slots
    var least = memory.blankEmissions[frame]
    if labelCount >= Row.width {
      var small = Row.load(numerators)
      var slot = Row.width
      while slot < labelCount {
        // The last vector may overlap the one before.
        small = Row.minimum(small, Row.load(numerators + min(slot, labelCount &- Row.width)))
        slot &+= Row.width
      }
      least = min(least, Row.smallest(small))
    } else {
      for slot in 0..<labelCount { least = min(least, numerators[slot].double) }
    }
    if least == 0 {
      guard let positive = smallestPositive(frame) else { return false }
      least = positive
    }
    memory.lostBits[frame] = max(0, 0 - binaryExponent(least))
    return true
  }

  /// The smallest positive numerator that is needed; `nil` if a zero stands for a probability that
  /// is only too small.
  @inline(never)
  private func smallestPositive(_ frame: Int) -> Double? {
    let logits = sample.pointee.logits
    let row = logits.base.assumingMemoryBound(to: Element.self) + frame &* logits.frameStride
    var smallest = 1.0
    func include(_ numerator: Double, _ token: Int) -> Bool {
      if numerator > 0 { smallest = min(smallest, numerator) }
      return numerator > 0 || row[token &* logits.tokenStride].row.double == -.infinity
    }
    let numerators = emissions + frame &* slots
    for slot in 0..<labelCount
    where !include(numerators[slot].double, Int(memory.labels[slot])) {
      return nil
    }
    return include(memory.blankEmissions[frame], sample.pointee.blank) ? smallest : nil
  }
}
