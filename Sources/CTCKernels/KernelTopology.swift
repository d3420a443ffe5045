/// One step of a lattice, forwards and transposed, for eight slots during a tile.
protocol KernelTopology {
  static var hasLabelStates: Bool { get }
  /// Steps from the sums before the span's frames to those after, and keeps what ``retreat(_:weight:)`` needs.
  static func advance<Row>(_ span: BlockSpan<Row>, keepsPrefixes: Bool)
  /// Steps suffix sums back, and turns kept prefix sums into posteriors of the labels, times
  /// `weight`.
  static func retreat<Row>(_ span: BlockSpan<Row>, weight: Double)
}

/// Repeats are merged: a label may last, and be followed by another label without a blank.
enum ClassicTopology: KernelTopology {
  static var hasLabelStates: Bool { true }

  @inline(__always)
  static func advance<Row>(_ span: BlockSpan<Row>, keepsPrefixes: Bool) {
    var blanks = load(span.blankStates)
    var labels = load(span.labelStates)
    let (toBlank, toLabel, skips) = (load(span.toBlank), load(span.toLabel), load(span.skips))
    var frame = span.first
    while frame < span.end {
      let before = shiftedUp(labels, first: span.carries[frame])
      span.carries[frame] = labels[7]
      let emission = Row.widened(Row.load(span.emissions + frame &* span.stride))
      let stay = multiplyAdd(toLabel, blanks, labels)
      let blank = Lanes(repeating: span.blankEmissions[frame])
      blanks = product(multiplyAdd(toBlank, before, blanks), blank)
      labels = product(multiplyAdd(skips, before, stay), emission)
      if keepsPrefixes { store(labels, span.prefixes + frame &* span.stride) }
      frame &+= 1
    }
    store(blanks, span.blankStates)
    store(labels, span.labelStates)
  }

  @inline(__always)
  static func retreat<Row>(_ span: BlockSpan<Row>, weight: Double) {
    var blanks = load(span.blankSuffixes)
    var labels = load(span.labelSuffixes)
    let (toBlank, toLabel, skips) = (load(span.toBlank), load(span.toLabel), load(span.skips))
    let weights = Lanes(repeating: weight)
    var frame = span.end &- 1
    while frame >= span.first {
      let prefixes = span.prefixes + frame &* span.stride
      Row.store(
        posteriors: product(product(load(prefixes), weights), labels), prefixes)
      let emission = Row.widened(Row.load(span.emissions + frame &* span.stride))
      let viaBlank = product(blanks, Lanes(repeating: span.blankEmissions[frame]))
      let viaLabel = product(labels, emission)
      let after = multiplyAdd(skips, viaLabel, product(toBlank, viaBlank))
      let next = shiftedDown(after, last: span.carries[frame])
      span.carries[frame] = after[0]
      blanks = multiplyAdd(toLabel, viaLabel, viaBlank)
      labels = sum(viaLabel, next)
      frame &-= 1
    }
    store(blanks, span.blankSuffixes)
    store(labels, span.labelSuffixes)
  }
}

/// Repeats stay: a label is one frame, and one state a slot is enough.
enum SimplifiedTopology: KernelTopology {
  static var hasLabelStates: Bool { false }

  @inline(__always)
  static func advance<Row>(_ span: BlockSpan<Row>, keepsPrefixes: Bool) {
    var states = load(span.blankStates)
    let toNext = load(span.toBlank)
    var frame = span.first
    while frame < span.end {
      if keepsPrefixes { store(states, span.prefixes + frame &* span.stride) }
      let emission = Row.widened(Row.load(span.emissions + frame &* span.stride))
      let moved = product(states, emission)
      let before = shiftedUp(moved, first: span.carries[frame])
      span.carries[frame] = moved[7]
      states = multiplyAdd(
        toNext, before, product(states, Lanes(repeating: span.blankEmissions[frame])))
      frame &+= 1
    }
    store(states, span.blankStates)
  }

  @inline(__always)
  static func retreat<Row>(_ span: BlockSpan<Row>, weight: Double) {
    var states = load(span.blankSuffixes)
    let toNext = load(span.toBlank)
    let weights = Lanes(repeating: weight)
    var frame = span.end &- 1
    while frame >= span.first {
      let after = product(toNext, states)
      let next = shiftedDown(after, last: span.carries[frame])
      span.carries[frame] = after[0]
      let emission = Row.widened(Row.load(span.emissions + frame &* span.stride))
      let moved = product(next, emission)
      let prefixes = span.prefixes + frame &* span.stride
      Row.store(
        posteriors: product(product(load(prefixes), weights), moved), prefixes)
      states = multiplyAdd(states, Lanes(repeating: span.blankEmissions[frame]), moved)
      frame &-= 1
    }
    store(states, span.blankSuffixes)
  }
}
