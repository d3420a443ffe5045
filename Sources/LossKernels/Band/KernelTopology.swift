/// One step of a lattice, forward and backward, for a block of slots during a tile.
protocol KernelTopology {
  static var hasLabelStates: Bool { get }
  /// Advances the sums over the frames of a span, and stores the values that
  /// ``retreat(_:_:weight:)`` needs.
  static func advance<Row, Number: LatticeNumber>(
    _ span: BlockSpan<Row>, _ number: Number.Type, keepsPrefixes: Bool)
  /// Moves suffix sums back over the frames, and replaces the stored prefix sums by the posteriors
  /// of the labels, or by their derivatives, times `weight`.
  static func retreat<Row, Number: LatticeNumber>(
    _ span: BlockSpan<Row>, _ number: Number.Type, weight: Double)
}

/// Repeats are merged: a label may last several frames, and a different label may follow without a
/// blank.
enum ClassicTopology: KernelTopology {
  static var hasLabelStates: Bool { true }

  /// The states of eight slots, and the factors of their moves.
  private struct Vector<Number: LatticeNumber> {
    var blanks: Number
    var labels: Number
    let toBlank: Lanes
    let toLabel: Lanes
    let skips: Lanes

    @inline(__always)
    init<Row>(_ states: StateArrays, _ span: BlockSpan<Row>, at slot: Int) {
      blanks = Number(states.blanks + slot, stride: span.stride)
      labels = Number(states.labels + slot, stride: span.stride)
      toBlank = load(span.toBlank + slot)
      toLabel = load(span.toLabel + slot)
      skips = load(span.skips + slot)
    }

    @inline(__always)
    func save(_ states: StateArrays, stride: Int, at slot: Int) {
      blanks.save(states.blanks + slot, stride: stride)
      labels.save(states.labels + slot, stride: stride)
    }

    /// Advances by one frame; `carry` is the label's sum of the slot before the first.
    @inline(__always)
    mutating func advance(carry: Number.Lane, blank: Number.Factor, label: Number.Factor) {
      let before = labels.movedUp(first: carry)
      let stay = labels.adding(blanks, times: toLabel)
      blanks = blanks.adding(before, times: toBlank).times(blank)
      labels = stay.adding(before, times: skips).times(label)
    }

    /// The contribution of each slot's states to the previous slot, one frame back.
    @inline(__always)
    mutating func retreat(blank: Number.Factor, label: Number.Factor) -> Number {
      let viaBlank = blanks.times(blank)
      let viaLabel = labels.times(label)
      blanks = viaBlank.adding(viaLabel, times: toLabel)
      labels = viaLabel
      return viaBlank.scaled(toBlank).adding(viaLabel, times: skips)
    }
  }

  @inline(__always)
  static func advance<Row, Number: LatticeNumber>(
    _ span: BlockSpan<Row>, _ number: Number.Type, keepsPrefixes: Bool
  ) {
    var low = Vector<Number>(span.states, span, at: 0)
    var high = Vector<Number>(span.states, span, at: 8)
    var frame = span.first
    while frame < span.end {
      let blank = Number.blankFactor(span, frame)
      let carry = span.carry(frame, number)
      let inner = low.labels[7]
      span.hand(high.labels[7], frame, number)
      low.advance(carry: carry, blank: blank, label: Number.labelFactor(span, frame, at: 0))
      high.advance(carry: inner, blank: blank, label: Number.labelFactor(span, frame, at: 8))
      if keepsPrefixes {
        span.keep(low.labels, frame, at: 0)
        span.keep(high.labels, frame, at: 8)
      }
      frame &+= 1
    }
    low.save(span.states, stride: span.stride, at: 0)
    high.save(span.states, stride: span.stride, at: 8)
  }

  @inline(__always)
  static func retreat<Row, Number: LatticeNumber>(
    _ span: BlockSpan<Row>, _ number: Number.Type, weight: Double
  ) {
    var low = Vector<Number>(span.suffixes, span, at: 0)
    var high = Vector<Number>(span.suffixes, span, at: 8)
    let weights = Lanes(repeating: weight)
    var frame = span.end &- 1
    while frame >= span.first {
      span.meet(low.labels, weights, frame, at: 0)
      span.meet(high.labels, weights, frame, at: 8)
      let blank = Number.blankFactor(span, frame)
      let lowAfter = low.retreat(blank: blank, label: Number.labelFactor(span, frame, at: 0))
      let highAfter = high.retreat(blank: blank, label: Number.labelFactor(span, frame, at: 8))
      low.labels = low.labels.adding(lowAfter.movedDown(last: highAfter[0]))
      high.labels = high.labels.adding(highAfter.movedDown(last: span.carry(frame, number)))
      span.hand(lowAfter[0], frame, number)
      frame &-= 1
    }
    low.save(span.suffixes, stride: span.stride, at: 0)
    high.save(span.suffixes, stride: span.stride, at: 8)
  }
}

/// Repeats are kept: a label lasts one frame, so one state per slot is enough.
enum SimplifiedTopology: KernelTopology {
  static var hasLabelStates: Bool { false }

  @inline(__always)
  static func advance<Row, Number: LatticeNumber>(
    _ span: BlockSpan<Row>, _ number: Number.Type, keepsPrefixes: Bool
  ) {
    var low = Number(span.states.blanks, stride: span.stride)
    var high = Number(span.states.blanks + 8, stride: span.stride)
    let (lowToNext, highToNext) = (load(span.toBlank), load(span.toBlank + 8))
    var frame = span.first
    while frame < span.end {
      if keepsPrefixes {
        span.keep(low, frame, at: 0)
        span.keep(high, frame, at: 8)
      }
      let blank = Number.blankFactor(span, frame)
      let lowMoved = low.times(Number.labelFactor(span, frame, at: 0))
      let highMoved = high.times(Number.labelFactor(span, frame, at: 8))
      let carry = span.carry(frame, number)
      span.hand(highMoved[7], frame, number)
      low = low.times(blank).adding(lowMoved.movedUp(first: carry), times: lowToNext)
      high = high.times(blank).adding(highMoved.movedUp(first: lowMoved[7]), times: highToNext)
      frame &+= 1
    }
    low.save(span.states.blanks, stride: span.stride)
    high.save(span.states.blanks + 8, stride: span.stride)
  }

  @inline(__always)
  static func retreat<Row, Number: LatticeNumber>(
    _ span: BlockSpan<Row>, _ number: Number.Type, weight: Double
  ) {
    var low = Number(span.suffixes.blanks, stride: span.stride)
    var high = Number(span.suffixes.blanks + 8, stride: span.stride)
    let (lowToNext, highToNext) = (load(span.toBlank), load(span.toBlank + 8))
    let weights = Lanes(repeating: weight)
    var frame = span.end &- 1
    while frame >= span.first {
      let blank = Number.blankFactor(span, frame)
      let lowAfter = low.scaled(lowToNext)
      let highAfter = high.scaled(highToNext)
      let lowMoved = lowAfter.movedDown(last: highAfter[0])
        .times(Number.labelFactor(span, frame, at: 0))
      let highMoved = highAfter.movedDown(last: span.carry(frame, number))
        .times(Number.labelFactor(span, frame, at: 8))
      span.hand(lowAfter[0], frame, number)
      span.meet(lowMoved, weights, frame, at: 0)
      span.meet(highMoved, weights, frame, at: 8)
      low = lowMoved.adding(low.times(blank))
      high = highMoved.adding(high.times(blank))
      frame &-= 1
    }
    low.save(span.suffixes.blanks, stride: span.stride)
    high.save(span.suffixes.blanks + 8, stride: span.stride)
  }
}
