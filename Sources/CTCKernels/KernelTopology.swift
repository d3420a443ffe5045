/// One step of a lattice, forwards and transposed, for a block of slots during a tile.
protocol KernelTopology {
  static var hasLabelStates: Bool { get }
  /// Steps from the sums before the span's frames to those after, and keeps what
  /// ``retreat(_:weight:)`` needs.
  static func advance<Row>(_ span: BlockSpan<Row>, keepsPrefixes: Bool)
  /// Steps suffix sums back, and turns kept prefix sums into posteriors of the labels, times
  /// `weight`.
  static func retreat<Row>(_ span: BlockSpan<Row>, weight: Double)
}

/// Repeats are merged: a label may last, and be followed by another label without a blank.
enum ClassicTopology: KernelTopology {
  static var hasLabelStates: Bool { true }

  /// The states of eight slots, and what their moves are multiplied by.
  private struct Vector {
    var blanks: Lanes
    var labels: Lanes
    let toBlank: Lanes
    let toLabel: Lanes
    let skips: Lanes

    @inline(__always)
    init<Row>(
      _ blanks: UnsafePointer<Double>, _ labels: UnsafePointer<Double>, _ span: BlockSpan<Row>,
      at slot: Int
    ) {
      self.blanks = load(blanks + slot)
      self.labels = load(labels + slot)
      toBlank = load(span.toBlank + slot)
      toLabel = load(span.toLabel + slot)
      skips = load(span.skips + slot)
    }

    @inline(__always)
    func save(_ blanks: UnsafeMutablePointer<Double>, _ labels: UnsafeMutablePointer<Double>) {
      store(self.blanks, blanks)
      store(self.labels, labels)
    }

    /// One frame on; `carry` is the label's sum in the slot before the first.
    @inline(__always)
    mutating func advance(carry: Double, blank: Lanes, label: Lanes) {
      let before = shiftedUp(labels, first: carry)
      let stay = multiplyAdd(toLabel, blanks, labels)
      blanks = product(multiplyAdd(toBlank, before, blanks), blank)
      labels = product(multiplyAdd(skips, before, stay), label)
    }

    /// What leaves each slot's states for the slot before, one frame back.
    @inline(__always)
    mutating func retreat(blank: Lanes, label: Lanes) -> Lanes {
      let viaBlank = product(blanks, blank)
      let viaLabel = product(labels, label)
      blanks = multiplyAdd(toLabel, viaLabel, viaBlank)
      labels = viaLabel
      return multiplyAdd(skips, viaLabel, product(toBlank, viaBlank))
    }
  }

  @inline(__always)
  static func advance<Row>(_ span: BlockSpan<Row>, keepsPrefixes: Bool) {
    var low = Vector(span.blankStates, span.labelStates, span, at: 0)
    var high = Vector(span.blankStates, span.labelStates, span, at: 8)
    var emissions = span.emissions + span.first &* span.stride
    var prefixes = span.prefixes + span.first &* span.stride
    var frame = span.first
    while frame < span.end {
      let blank = Lanes(repeating: span.blankEmissions[frame])
      let carry = span.carries[frame]
      let inner = low.labels[7]
      span.carries[frame] = high.labels[7]
      low.advance(carry: carry, blank: blank, label: Row.lanes(emissions))
      high.advance(carry: inner, blank: blank, label: Row.lanes(emissions + 8))
      if keepsPrefixes {
        store(low.labels, prefixes)
        store(high.labels, prefixes + 8)
      }
      emissions += span.stride
      prefixes += span.stride
      frame &+= 1
    }
    low.save(span.blankStates, span.labelStates)
    high.save(span.blankStates + 8, span.labelStates + 8)
  }

  @inline(__always)
  static func retreat<Row>(_ span: BlockSpan<Row>, weight: Double) {
    var low = Vector(span.blankSuffixes, span.labelSuffixes, span, at: 0)
    var high = Vector(span.blankSuffixes, span.labelSuffixes, span, at: 8)
    let weights = Lanes(repeating: weight)
    var emissions = span.emissions + (span.end &- 1) &* span.stride
    var prefixes = span.prefixes + (span.end &- 1) &* span.stride
    var frame = span.end &- 1
    while frame >= span.first {
      Row.store(posteriors: product(product(load(prefixes), weights), low.labels), prefixes)
      Row.store(
        posteriors: product(product(load(prefixes + 8), weights), high.labels), prefixes + 8)
      let blank = Lanes(repeating: span.blankEmissions[frame])
      let lowAfter = low.retreat(blank: blank, label: Row.lanes(emissions))
      let highAfter = high.retreat(blank: blank, label: Row.lanes(emissions + 8))
      low.labels = sum(low.labels, shiftedDown(lowAfter, last: highAfter[0]))
      high.labels = sum(high.labels, shiftedDown(highAfter, last: span.carries[frame]))
      span.carries[frame] = lowAfter[0]
      emissions -= span.stride
      prefixes -= span.stride
      frame &-= 1
    }
    low.save(span.blankSuffixes, span.labelSuffixes)
    high.save(span.blankSuffixes + 8, span.labelSuffixes + 8)
  }
}

/// Repeats stay: a label is one frame, and one state a slot is enough.
enum SimplifiedTopology: KernelTopology {
  static var hasLabelStates: Bool { false }

  @inline(__always)
  static func advance<Row>(_ span: BlockSpan<Row>, keepsPrefixes: Bool) {
    var low = load(span.blankStates)
    var high = load(span.blankStates + 8)
    let (lowToNext, highToNext) = (load(span.toBlank), load(span.toBlank + 8))
    var emissions = span.emissions + span.first &* span.stride
    var prefixes = span.prefixes + span.first &* span.stride
    var frame = span.first
    while frame < span.end {
      if keepsPrefixes {
        store(low, prefixes)
        store(high, prefixes + 8)
      }
      let blank = Lanes(repeating: span.blankEmissions[frame])
      let lowMoved = product(low, Row.lanes(emissions))
      let highMoved = product(high, Row.lanes(emissions + 8))
      let carry = span.carries[frame]
      span.carries[frame] = highMoved[7]
      low = multiplyAdd(lowToNext, shiftedUp(lowMoved, first: carry), product(low, blank))
      high = multiplyAdd(
        highToNext, shiftedUp(highMoved, first: lowMoved[7]), product(high, blank))
      emissions += span.stride
      prefixes += span.stride
      frame &+= 1
    }
    store(low, span.blankStates)
    store(high, span.blankStates + 8)
  }

  @inline(__always)
  static func retreat<Row>(_ span: BlockSpan<Row>, weight: Double) {
    var low = load(span.blankSuffixes)
    var high = load(span.blankSuffixes + 8)
    let (lowToNext, highToNext) = (load(span.toBlank), load(span.toBlank + 8))
    let weights = Lanes(repeating: weight)
    var emissions = span.emissions + (span.end &- 1) &* span.stride
    var prefixes = span.prefixes + (span.end &- 1) &* span.stride
    var frame = span.end &- 1
    while frame >= span.first {
      let blank = Lanes(repeating: span.blankEmissions[frame])
      let lowAfter = product(lowToNext, low)
      let highAfter = product(highToNext, high)
      let lowMoved = product(
        shiftedDown(lowAfter, last: highAfter[0]), Row.lanes(emissions))
      let highMoved = product(
        shiftedDown(highAfter, last: span.carries[frame]), Row.lanes(emissions + 8))
      span.carries[frame] = lowAfter[0]
      Row.store(posteriors: product(product(load(prefixes), weights), lowMoved), prefixes)
      Row.store(
        posteriors: product(product(load(prefixes + 8), weights), highMoved), prefixes + 8)
      low = multiplyAdd(low, blank, lowMoved)
      high = multiplyAdd(high, blank, highMoved)
      emissions -= span.stride
      prefixes -= span.stride
      frame &-= 1
    }
    store(low, span.blankSuffixes)
    store(high, span.blankSuffixes + 8)
  }
}
